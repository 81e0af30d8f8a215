import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json, JsonObject } from './json-value.ts';
import { defaultLimits } from './limits.ts';
import { McpError } from './mcp-error.ts';
import { listTools } from './tool-list.ts';

const tool = (name: string): JsonObject => ({ name, inputSchema: { type: 'object' } });

/** Lists from pages that are given; what is asked for beyond them is a fault of the test. */
async function list(pages: readonly JsonObject[], limits = defaultLimits) {
  const asked: (string | undefined)[] = [];
  const tools = await listTools(async (cursor) => {
    asked.push(cursor);
    const page = pages[asked.length - 1];
    assert.ok(page, 'asked for a page too many');
    return page;
  }, limits);
  return { names: tools.map(({ name }) => name), asked };
}

describe('the list of tools', () => {
  it('is one page, or all of them in order, also empty ones', async () => {
    assert.deepEqual(await list([{ tools: [] }]), { names: [], asked: [undefined] });
    const pages: JsonObject[] = [
      { tools: [tool('b')], nextCursor: 'x' },
      { tools: [], nextCursor: 'y' },
      { tools: [tool('a'), tool('b')] },
    ];
    assert.deepEqual(await list(pages), { names: ['b', 'a', 'b'], asked: [undefined, 'x', 'y'] });
  });

  it('keeps every field of a tool', async () => {
    const full = { ...tool('a'), title: 'A', outputSchema: {}, annotations: { readOnlyHint: true }, _meta: { x: 1 } };
    const tools = await listTools(async () => ({ tools: [full] }), defaultLimits);
    assert.deepEqual(tools, [full]);
  });

  const broken: readonly (readonly [string, Json, RegExp])[] = [
    ['no array', {}, /without an array "tools"/],
    ['an object', { tools: {} }, /without an array "tools"/],
    ['a tool that is none', { tools: [tool('a'), 'b'] }, /at place 2 of the list/],
    ['a tool without a name', { tools: [{ inputSchema: {} }] }, /without a name or an inputSchema, at place 1/],
    ['a tool with an empty name', { tools: [{ name: '', inputSchema: {} }] }, /at place 1/],
    ['a tool without a schema', { tools: [{ name: 'a' }] }, /at place 1/],
    ['a tool with null for a schema', { tools: [{ name: 'a', inputSchema: null }] }, /at place 1/],
    ['a cursor that is no string', { tools: [], nextCursor: { a: 1 } }, /not a string/],
  ];
  for (const [what, page, pattern] of broken) {
    it(`is broken by ${what}`, async () => {
      await assert.rejects(
        list([page as JsonObject]),
        (error) => error instanceof McpError && error.code === 'ProtocolError' && pattern.test(error.message),
      );
    });
  }

  it('counts the place over all pages', async () => {
    const pages: JsonObject[] = [{ tools: [tool('a'), tool('b')], nextCursor: 'x' }, { tools: [tool('c'), 1] }];
    await assert.rejects(list(pages), /at place 4 of the list/);
  });

  it('has limits of tools and of pages', async () => {
    const tooLarge = (error: unknown) => error instanceof McpError && error.code === 'TooLarge';
    const limits = { ...defaultLimits, tools: 2, pages: 3 };
    assert.equal((await list([{ tools: [tool('a'), tool('b')] }], limits)).names.length, 2);
    await assert.rejects(list([{ tools: [tool('a'), tool('b'), tool('c')] }], limits), tooLarge);
    const page = (nextCursor: string) => ({ tools: [], nextCursor });
    await assert.rejects(list([page('1'), page('2'), page('3')], limits), tooLarge);
    assert.deepEqual((await list([page('1'), page('2'), { tools: [] }], limits)).asked.length, 3);
  });

  it('passes on what asking for a page throws', async () => {
    const error = new McpError('ServerError', 'x');
    await assert.rejects(
      listTools(() => Promise.reject(error), defaultLimits),
      error,
    );
  });
});
