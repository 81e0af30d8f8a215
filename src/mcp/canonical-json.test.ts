import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.ts';
import type { Json } from './json-value.ts';
import { isObject, isStrings, parseJson } from './json-value.ts';

describe('canonical JSON', () => {
  it('sorts keys by code unit, at every depth, and keeps the order of arrays', () => {
    const value = { b: 1, a: [{ d: null, c: true }, 'x'], é: 'e', Z: -0.5, '10': 1, '9': 2 };
    assert.equal(canonicalJson(value), '{"10":1,"9":2,"Z":-0.5,"a":[{"c":true,"d":null},"x"],"b":1,"é":"e"}');
  });

  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(JSON.parse(canonicalJson(value as Json)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('tells different values apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const [a, b] = [JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))];
        let same = true;
        try {
          assert.deepStrictEqual(a, b);
        } catch {
          same = false;
        }
        // -0 is 0 in JSON.
        assert.equal(canonicalJson(a) === canonicalJson(b), same || JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
});

describe('JSON values', () => {
  it('are told apart', () => {
    assert.equal(isObject({}), true);
    for (const value of [null, [], 1, 'x', true, undefined]) assert.equal(isObject(value), false);
    assert.equal(isStrings([]), true);
    assert.equal(isStrings(['a', 'b']), true);
    for (const value of [['a', 1], 'a', { 0: 'a' }, null, undefined]) assert.equal(isStrings(value), false);
  });

  it('are undefined where the text is not JSON', () => {
    assert.equal(parseJson('{'), undefined);
    assert.equal(parseJson('null'), null);
  });
});
