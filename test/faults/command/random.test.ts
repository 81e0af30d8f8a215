import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from './random.ts';

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number) => {
    const random = createRandom(seed);
    return [random.next(), random.next(), random.next()];
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
});

test('numbers are in [0, 1) and spread over it', () => {
  const random = createRandom(1);
  const tenths = new Array(10).fill(0);
  for (let count = 0; count < 10_000; count += 1) tenths[Math.floor(random.next() * 10)] += 1;
  for (const hits of tenths) assert.ok(hits > 800 && hits < 1200, tenths.join(' '));
});

test('a shuffle loses nothing, changes nothing that it was given, and does move things', () => {
  const items = Array.from({ length: 50 }, (_, index) => index);
  const shuffled = createRandom(3).shuffled(items);
  assert.deepEqual(
    [...shuffled].sort((a, b) => a - b),
    items,
  );
  assert.notDeepEqual(shuffled, items);
  assert.equal(items[0], 0);
});

test('picks each item in turn, and nothing from nothing', () => {
  const random = createRandom(2);
  const picked = new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])));
  assert.deepEqual([...picked].sort(), ['a', 'b', 'c']);
  assert.throws(() => random.pick([]), RangeError);
});
