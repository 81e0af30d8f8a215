import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { limitBytes } from './text-limit.ts';

describe('text of limited size', () => {
  const rows: readonly (readonly [text: string, max: number, limited: string])[] = [
    ['', 10, ''],
    ['exactly ten', 11, 'exactly ten'],
    ['one too many', 11, 'one too …'],
    ['äöü', 6, 'äöü'],
    ['äöüä', 7, 'äö…'],
    ['äöüä', 6, 'ä…'],
    ['😀😀😀', 11, '😀😀…'],
    ['😀😀😀', 10, '😀…'],
    ['long', 3, '…'],
  ];
  for (const [text, max, limited] of rows) {
    test(`${JSON.stringify(text)} in ${max} bytes is ${JSON.stringify(limited)}`, () => {
      assert.equal(limitBytes(text, max), limited);
    });
  }

  test('property: never too long, never half a character, and a prefix of what was given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 3, max: 80 }), (text, max) => {
        const limited = limitBytes(text, max);
        assert.ok(Buffer.byteLength(limited) <= max);
        if (limited === text) return;
        assert.ok(limited.endsWith('…'));
        assert.ok(text.startsWith(limited.slice(0, -1)));
        assert.ok(!limited.includes('\ufffd') || text.includes('\ufffd'));
      }),
    );
  });
});
