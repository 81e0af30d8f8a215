import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareVersions, supersedes } from './resource-version.ts';

describe('compareVersions', () => {
  const cases: readonly [string, string, 'older' | 'same' | 'newer' | 'unknown', string][] = [
    ['1', '2', 'older', 'plain'],
    ['10', '9', 'newer', 'by value, not by text'],
    ['7', '7', 'same', 'equal'],
    ['18446744073709551616', '18446744073709551615', 'newer', 'beyond 64 bits'],
    ['9007199254740993', '9007199254740992', 'newer', 'beyond what a number holds'],
    ['opaque', 'opaque', 'same', 'equality needs no order'],
    ['0', '1', 'unknown', 'zero means "any" to the API server'],
    ['01', '1', 'unknown', 'leading zero'],
    ['-1', '1', 'unknown', 'sign'],
    ['1.5', '2', 'unknown', 'fraction'],
    ['', '2', 'unknown', 'empty'],
    ['1 ', '2', 'unknown', 'space'],
    ['abc', '2', 'unknown', 'opaque'],
  ];
  for (const [a, b, expected, why] of cases) {
    it(`${JSON.stringify(a)} is ${expected} than ${JSON.stringify(b)}: ${why}`, () => {
      const order = compareVersions(a, b);
      const found = order === undefined ? 'unknown' : order < 0 ? 'older' : order > 0 ? 'newer' : 'same';
      assert.equal(found, expected);
    });
  }

  it('agrees with integers of any length, both ways round', () => {
    const version = fc.bigInt({ min: 1n, max: 1n << 200n });
    fc.assert(
      fc.property(version, version, (a, b) => {
        const expected = a < b ? -1 : a > b ? 1 : 0;
        assert.equal(Math.sign(compareVersions(String(a), String(b)) ?? Number.NaN), expected);
        assert.equal(Math.sign(compareVersions(String(b), String(a)) ?? Number.NaN), 0 - expected);
      }),
    );
  });
});

describe('supersedes', () => {
  it('replaces by what is newer only', () => {
    assert.equal(supersedes('2', '1'), true);
    assert.equal(supersedes('1', '2'), false);
    assert.equal(supersedes('2', '2'), false);
  });

  it('replaces by what differs when nobody can tell', () => {
    assert.equal(supersedes('b', 'a'), true);
    assert.equal(supersedes('a', 'b'), true);
    assert.equal(supersedes('a', 'a'), false);
  });

  it('replaces when either has no version', () => {
    assert.equal(supersedes(undefined, '1'), true);
    assert.equal(supersedes('1', undefined), true);
  });
});
