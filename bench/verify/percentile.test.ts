import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percentile } from './percentile.ts';

test('a percentile is a value that occurs', () => {
  const values = [5, 1, 4, 2, 3];
  assert.deepEqual(
    [0, 0.2, 0.5, 0.99, 1].map((share) => percentile(values, share)),
    [1, 1, 3, 5, 5],
  );
  assert.deepEqual(values, [5, 1, 4, 2, 3], 'they are left in their order');
});

test('of one value it is that value, of none 0', () => {
  assert.equal(percentile([7], 0.5), 7);
  assert.equal(percentile([], 0.5), 0);
});
