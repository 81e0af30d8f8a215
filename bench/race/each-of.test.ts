import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachOf } from './each-of.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('each is done once, so many at a time', async () => {
  const seen: number[] = [];
  let now = 0;
  let most = 0;
  await eachOf([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    now += 1;
    most = Math.max(most, now);
    await turn();
    now -= 1;
    seen.push(item);
  });
  assert.deepEqual(seen.sort(), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(most, 3);
});

test('fewer items than may be at a time, or none, are no trouble', async () => {
  const seen: number[] = [];
  await eachOf([1], 8, async (item) => seen.push(item));
  await eachOf([], 8, () => assert.fail());
  assert.deepEqual(seen, [1]);
});

test('after the first failure nothing is begun any more', async () => {
  const seen: number[] = [];
  const work = async (item: number) => {
    seen.push(item);
    await turn();
    if (item === 2) throw new Error('no');
  };
  await assert.rejects(eachOf([1, 2, 3, 4, 5, 6, 7, 8], 2, work), /no/);
  await turn();
  assert.ok(seen.length <= 4, seen.join());
});
