import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Tool } from './tools.ts';
import { diffTools, summarise } from './tools.ts';

function tool(name: string, more: object = {}): Tool {
  return { name, description: `does ${name}`, inputSchema: { type: 'object' }, ...more };
}

const none = { added: [], removed: [], changed: [] };

describe('a summary of tools', () => {
  it('counts and names them in order', () => {
    const summary = summarise([tool('b'), tool('a'), tool('C')]);
    assert.equal(summary.count, 3);
    assert.deepEqual(summary.names, ['C', 'a', 'b']);
    assert.match(summary.hash, /^[0-9a-f]{64}$/);
  });

  it('is defined for no tools', () => {
    const summary = summarise([]);
    assert.deepEqual([summary.count, summary.names, summary.digests], [0, [], []]);
    assert.equal(summary.hash, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('never changes from release to release: this hash is in people’s status', () => {
    const { hash } = summarise([tool('echo', { annotations: { readOnlyHint: true }, title: 'Écho' })]);
    assert.equal(hash, '86ce416f7ccd66cbfb0c26b7236fa21a03dfe20dd81e97b669efd377bf359c56');
  });

  it('is the same for any order of tools and of keys', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const tools = fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1 }), extra: json, more: json }), {
      selector: ({ name }) => name,
    });
    fc.assert(
      fc.property(tools, fc.infiniteStream(fc.nat()), (specs, random) => {
        const made = specs.map(({ name, extra, more }) => tool(name, { annotations: extra, outputSchema: more }));
        const shuffled = made
          .map((value) => ({ value, order: Number(random.next().value) }))
          .sort((a, b) => a.order - b.order)
          .map(({ value }) => reversed(value) as Tool);
        assert.deepEqual(summarise(shuffled), summarise(made));
      }),
    );
  });

  const original = tool('t', { title: 'T', outputSchema: { a: 1 }, annotations: { readOnlyHint: true } });
  const changes: readonly (readonly [string, object])[] = [
    ['name', { name: 'u' }],
    ['title', { title: 'U' }],
    ['description', { description: 'does evil' }],
    ['description gone', { description: undefined }],
    ['inputSchema', { inputSchema: { type: 'object', properties: { x: {} } } }],
    ['outputSchema', { outputSchema: { a: '1' } }],
    ['annotations', { annotations: { readOnlyHint: false } }],
  ];
  for (const [what, change] of changes) {
    it(`changes with the ${what}`, () => {
      assert.notEqual(summarise([{ ...original, ...change } as Tool]).hash, summarise([original]).hash);
    });
  }

  it('does not change with what may differ between answers', () => {
    const other = { ...original, _meta: { at: 1 }, icons: [{ src: 'data:' }], execution: { taskSupport: 'forbidden' } };
    assert.equal(summarise([other]).hash, summarise([original]).hash);
  });

  it('has names that are safe to show, and hashes of the names as they are', () => {
    const long = 'n'.repeat(100_000);
    const summary = summarise([tool('a\u0000\u001b[31m\nb'), tool(long), tool('\u202e'), tool('a\u0000\u001b[31m b')]);
    for (const name of summary.names) {
      assert.ok(name.length <= 130);
      assert.doesNotMatch(name, /[\p{Cc}\p{Cf}]/u);
    }
    assert.deepEqual(summary.names.slice(0, 3), ['(unnamed)', 'a[31m b', 'a[31m b']);
    assert.notEqual(summary.digests[0]?.digest, summary.digests[1]?.digest);
  });

  it('takes keys that are special to JavaScript', () => {
    const schema = JSON.parse('{"__proto__":{"x":1},"constructor":2}');
    const other = JSON.parse('{"__proto__":{"x":2},"constructor":2}');
    const hashes = [schema, other, {}].map((inputSchema) => summarise([tool('t', { inputSchema })]).hash);
    assert.equal(new Set(hashes).size, 3);
  });

  it('refuses a definition that would exhaust the stack', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    assert.throws(() => summarise([tool('t', { annotations: deep })]), /nested deeper than 200/);
  });

  it('bears 20,000 tools', () => {
    const tools = Array.from({ length: 20_000 }, (_, index) => tool(`tool-${index}`));
    assert.equal(summarise(tools).count, 20_000);
  });
});

describe('the difference between two lists', () => {
  const before = summarise([tool('a'), tool('b'), tool('c')]);

  it('is nothing for the same tools', () => {
    assert.deepEqual(diffTools(before, summarise([tool('c'), tool('a'), tool('b')])), none);
  });

  it('names what came, went and changed', () => {
    const after = summarise([tool('d'), tool('a', { description: 'other' }), tool('c'), tool('aa')]);
    assert.deepEqual(diffTools(before, after), { added: ['aa', 'd'], removed: ['b'], changed: ['a'] });
    assert.deepEqual(diffTools(after, before), { added: ['b'], removed: ['aa', 'd'], changed: ['a'] });
  });

  it('begins and ends with nothing', () => {
    assert.deepEqual(diffTools(summarise([]), before), { ...none, added: ['a', 'b', 'c'] });
    assert.deepEqual(diffTools(before, summarise([])), { ...none, removed: ['a', 'b', 'c'] });
  });

  it('counts a name that comes twice as changed', () => {
    const twice = summarise([tool('a'), tool('a', { description: 'another' }), tool('b'), tool('c')]);
    assert.deepEqual(diffTools(before, twice), { ...none, changed: ['a'] });
  });

  it('is empty exactly when the hashes are equal', () => {
    const list = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), description: fc.constantFrom('x', 'y') }));
    fc.assert(
      fc.property(list, list, (one, other) => {
        const [first, second] = [one, other].map((tools) =>
          summarise(tools.map(({ name, ...rest }) => tool(name, rest))),
        );
        assert.ok(first && second);
        const { added, removed, changed } = diffTools(first, second);
        assert.equal(added.length + removed.length + changed.length === 0, first.hash === second.hash);
      }),
    );
  });
});

/** The same value with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
