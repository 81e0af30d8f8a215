import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schedule, secondsToGo } from './schedule.ts';

test('contestants alternate, every other time the other way round', () => {
  const turns = schedule(['floor', 'operator'], [500, 2_000], 2).map(
    ({ contestant, servers, run }) => `${contestant} ${servers} ${run}`,
  );
  assert.deepEqual(turns, [
    'floor 500 1',
    'operator 500 1',
    'operator 500 2',
    'floor 500 2',
    'floor 2000 1',
    'operator 2000 1',
    'operator 2000 2',
    'floor 2000 2',
  ]);
});

test('each has as many turns as the others, of each size', () => {
  const turns = schedule(['a', 'b', 'c'], [1, 2], 3);
  assert.equal(turns.length, 18);
  assert.equal(new Set(turns.map((turn) => JSON.stringify(turn))).size, 18);
});

test('what is to come takes as long, for its size, as what was', () => {
  const turns = schedule(['floor', 'operator'], [500, 10_000], 1);
  const [small, large] = [68.875, 1_045];
  assert.equal(Math.round(secondsToGo(turns, 0, 0)), Math.round(2 * small + 2 * large));
  // The first two took twice as long as was guessed: so will the others.
  assert.equal(Math.round(secondsToGo(turns, 2, 2 * 2 * small)), 2 * 2 * large);
  assert.equal(secondsToGo(turns, 4, 1_000), 0);
});
