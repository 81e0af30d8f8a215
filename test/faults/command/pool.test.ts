import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pool } from './pool.ts';

test('works on every item, no more at a time than it may, and keeps their order', async () => {
  let running = 0;
  let most = 0;
  const results = await pool([5, 1, 4, 2, 3], 2, async (item) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
    running -= 1;
    return item * 10;
  });
  assert.deepEqual(results, [50, 10, 40, 20, 30]);
  assert.equal(most, 2);
});

test('what throws ends it, once what runs has ended', async () => {
  const done: number[] = [];
  const work = async (item: number) => {
    if (item === 2) throw new Error('broken');
    await Promise.resolve();
    done.push(item);
  };
  await assert.rejects(pool([1, 2, 3, 4, 5, 6], 2, work), /broken/);
  assert.ok(!done.includes(6), 'nothing more is started');
});

test('starts nothing more when it is interrupted', async () => {
  const abort = new AbortController();
  const started: number[] = [];
  const work = async (item: number) => {
    started.push(item);
    abort.abort();
  };
  await pool([1, 2, 3], 1, work, abort.signal);
  assert.deepEqual(started, [1]);
});

test('of nothing it makes nothing', async () => {
  assert.deepEqual(await pool([], 3, async () => 1), []);
});
