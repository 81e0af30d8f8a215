import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { retryAfter } from './retry-after.ts';

const now = Date.UTC(2026, 10, 22, 12, 0, 0);
const day = 24 * 60 * 60 * 1000;

describe('Retry-After', () => {
  const rows: readonly (readonly [string | undefined, number | undefined])[] = [
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['0', 0],
    ['30', 30_000],
    [' 30 ', 30_000],
    ['86400', day],
    ['999999999999', day],
    ['Sun, 22 Nov 2026 12:00:10 GMT', 10_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['Sun, 22 Nov 2099 11:00:00 GMT', day],
  ];
  for (const [header, ms] of rows) {
    it(`${JSON.stringify(header)} is ${ms} ms`, () => assert.equal(retryAfter(header, now), ms));
  }
});
