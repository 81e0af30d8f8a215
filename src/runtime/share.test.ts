import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { shared } from './share.ts';

/** As it comes from the API server. */
const parse = (text: string): Record<string, unknown> => JSON.parse(text);
const json = fc.json({ maxDepth: 4 });
/** A few fields and values, so that two objects have something in common. */
const few = fc.jsonValue({ maxDepth: 3 }).chain(
  (leaf) =>
    fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(leaf, 'a', 'b', 1, null),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('x', 'y', '__proto__', 'constructor'), tie('tree'), { maxKeys: 3 }),
      ),
    })).tree,
);

describe('shared', () => {
  it('gives what cannot be told from the value, to the letter, and leaves the other as it was', () => {
    const check = (a: string, b: string) => {
      const other = JSON.parse(b);
      assert.equal(JSON.stringify(shared(JSON.parse(a), other)), JSON.stringify(JSON.parse(a)));
      assert.equal(JSON.stringify(other), JSON.stringify(JSON.parse(b)));
    };
    fc.assert(fc.property(json, json, check));
    fc.assert(fc.property(few, few, (a, b) => check(JSON.stringify(a), JSON.stringify(b))));
  });

  it('gives the other where all of it is equal', () => {
    fc.assert(
      fc.property(json, (text) => {
        const other = JSON.parse(text);
        assert.equal(shared(JSON.parse(text), other), other);
      }),
    );
  });

  it('takes the parts that are equal from the other, and only those', () => {
    const other = parse('{"metadata":{"name":"a","labels":{"l":"1"}},"spec":{"ports":[{"port":1},{"port":2}]}}');
    const value = parse('{"metadata":{"name":"b","labels":{"l":"1"}},"spec":{"ports":[{"port":1},{"port":3}]}}');
    const result = shared(value, other) as typeof value & Record<'metadata' | 'spec', Record<string, unknown>>;
    const theirs = other as typeof result;
    assert.equal(result, value);
    assert.equal(result.metadata.labels, theirs.metadata.labels);
    assert.equal((result.spec.ports as unknown[])[0], (theirs.spec.ports as unknown[])[0]);
    assert.deepEqual((result.spec.ports as unknown[])[1], { port: 3 });
  });

  it('keeps the order of fields: two objects in another order are not one', () => {
    const value = parse('{"a":1,"b":{"x":1,"y":2}}');
    const result = shared(value, parse('{"a":1,"b":{"y":2,"x":1}}'));
    assert.equal(JSON.stringify(result), '{"a":1,"b":{"x":1,"y":2}}');
  });

  it('does not take a list for an object with the same fields', () => {
    assert.deepEqual(shared(['a'], { 0: 'a' }), ['a']);
    assert.deepEqual(shared({ 0: 'a' }, ['a']), { 0: 'a' });
    assert.deepEqual(shared([], {}), []);
  });

  it('has nothing to do with what is inherited', () => {
    const value = parse('{"constructor":{"a":1},"__proto__":{"b":1}}');
    assert.equal(JSON.stringify(shared(value, {})), '{"constructor":{"a":1},"__proto__":{"b":1}}');
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });

  it('leaves alone what is frozen, and takes it for equal all the same', () => {
    const other = { a: { b: 'text' } };
    const frozen = Object.freeze({ a: Object.freeze({ b: 'text' }) });
    assert.equal(shared(frozen, other), other);
    assert.equal(shared(frozen, { a: { b: 'other' } }), frozen);
  });
});
