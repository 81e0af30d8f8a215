import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createBackoff } from './backoff.ts';
import { createQueue, type QueueHooks } from './queue.ts';

function createTestQueue(hooks?: QueueHooks) {
  const clock = createFakeClock();
  const backoff = createBackoff({ random: () => 0 });
  const queue = createQueue({ clock, backoff, ...(hooks === undefined ? undefined : { hooks }) });
  return { clock, queue };
}

/** Everything that is ready now, in order; all of it is then being worked on. */
async function takeAll(queue: ReturnType<typeof createQueue>): Promise<string[]> {
  const keys: string[] = [];
  while (queue.stats().depth.fresh + queue.stats().depth.background > 0) keys.push((await queue.get()) ?? 'shut down');
  return keys;
}

describe('queue: adding', () => {
  test('hands out keys in the order in which they were added', async () => {
    const { queue } = createTestQueue();
    for (const key of ['a', 'b', 'c']) queue.add(key);
    assert.deepEqual(await takeAll(queue), ['a', 'b', 'c']);
  });

  test('holds each key once', async () => {
    const { queue } = createTestQueue();
    for (const key of ['a', 'b', 'a', 'a', 'b']) queue.add(key);
    assert.deepEqual(queue.stats().depth, { fresh: 2, background: 0 });
    assert.deepEqual(await takeAll(queue), ['a', 'b']);
  });

  test('hands fresh keys out before background ones', async () => {
    const { queue } = createTestQueue();
    queue.add('old1', { priority: 'background' });
    queue.add('new1');
    queue.add('old2', { priority: 'background' });
    queue.add('new2', { priority: 'fresh' });
    assert.deepEqual(await takeAll(queue), ['new1', 'new2', 'old1', 'old2']);
  });

  test('a background key that changes becomes fresh, once', async () => {
    const { queue } = createTestQueue();
    queue.add('a', { priority: 'background' });
    queue.add('b', { priority: 'background' });
    queue.add('b');
    assert.deepEqual(queue.stats().depth, { fresh: 1, background: 1 });
    assert.deepEqual(await takeAll(queue), ['b', 'a']);
  });

  test('a fresh key does not become background', async () => {
    const { queue } = createTestQueue();
    queue.add('a', { priority: 'background' });
    queue.add('b');
    queue.add('b', { priority: 'background' });
    assert.deepEqual(await takeAll(queue), ['b', 'a']);
  });

  test('a worker that waits gets the key at once', async () => {
    const { queue } = createTestQueue();
    const waiting = queue.get();
    queue.add('a');
    assert.equal(await waiting, 'a');
    assert.equal(queue.stats().working, 1);
  });

  test('workers that wait are served in turn, one key each', async () => {
    const { queue } = createTestQueue();
    const waiting = [queue.get(), queue.get()];
    queue.add('a');
    queue.add('a');
    queue.add('b');
    assert.deepEqual(await Promise.all(waiting), ['a', 'b']);
  });
});

describe('queue: later', () => {
  test('a delayed key is not there before its time', async () => {
    const { clock, queue } = createTestQueue();
    const waiting = queue.get();
    queue.add('a', { afterMs: 1_000 });
    await clock.advance(999);
    assert.deepEqual(queue.stats().delayed, 1);
    await clock.advance(1);
    assert.equal(await waiting, 'a');
  });

  test('of several delays the earliest counts, in either order', async () => {
    for (const delays of [
      [5_000, 1_000],
      [1_000, 5_000],
    ]) {
      const { clock, queue } = createTestQueue();
      for (const afterMs of delays) queue.add('a', { afterMs });
      await clock.advance(1_000);
      assert.deepEqual(await takeAll(queue), ['a'], String(delays));
      queue.done('a');
      await clock.advance(10_000);
      assert.deepEqual(await takeAll(queue), [], 'the later one is gone');
    }
  });

  test('an add without delay overtakes a delayed one', async () => {
    const { clock, queue } = createTestQueue();
    queue.add('a', { afterMs: 1_000 });
    queue.add('a');
    assert.deepEqual(await takeAll(queue), ['a']);
    queue.done('a');
    await clock.advance(1_000);
    assert.deepEqual(await takeAll(queue), []);
    assert.deepEqual(clock.pending(), [], 'no timer is left behind');
  });

  test('a delayed add of a key that is ready already changes nothing but its priority', async () => {
    const { clock, queue } = createTestQueue();
    queue.add('a', { priority: 'background' });
    queue.add('a', { priority: 'fresh', afterMs: 1_000 });
    assert.deepEqual(queue.stats().depth, { fresh: 1, background: 0 });
    assert.deepEqual(await takeAll(queue), ['a']);
    queue.done('a');
    await clock.advance(1_000);
    assert.deepEqual(await takeAll(queue), []);
  });

  test('a delayed key keeps the highest priority that it was given', async () => {
    const { clock, queue } = createTestQueue();
    queue.add('b', { priority: 'background' });
    queue.add('a', { priority: 'background', afterMs: 10 });
    queue.add('a', { priority: 'fresh', afterMs: 50 });
    await clock.advance(10);
    assert.deepEqual(await takeAll(queue), ['a', 'b']);
  });

  test('a delay that is no number, or negative, is none', async () => {
    const { queue } = createTestQueue();
    queue.add('a', { afterMs: Number.NaN });
    queue.add('b', { afterMs: -5 });
    assert.deepEqual(await takeAll(queue), ['a', 'b']);
  });

  test('a delay beyond what a timer of Node.js can count is not cut short', async () => {
    const { clock, queue } = createTestQueue();
    const fortyDays = 40 * 24 * 3_600_000;
    queue.add('a', { afterMs: fortyDays });
    assert.ok((clock.pending()[0] ?? 0) <= 2 ** 31 - 1);
    await clock.advance(fortyDays - 1);
    assert.deepEqual(await takeAll(queue), []);
    await clock.advance(1);
    assert.deepEqual(await takeAll(queue), ['a']);
  });
});

describe('queue: working', () => {
  test('a key that is being worked on is not handed out again', async () => {
    const { queue } = createTestQueue();
    queue.add('a');
    assert.equal(await queue.get(), 'a');
    queue.add('a');
    queue.add('b');
    assert.equal(await queue.get(), 'b');
  });

  test('what changes during the work is looked at after it', async () => {
    const { queue } = createTestQueue();
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.add('a');
    queue.done('a');
    assert.deepEqual(await takeAll(queue), ['a']);
    queue.done('a');
    assert.deepEqual(await takeAll(queue), [], 'once is enough');
  });

  test('a delayed add during the work counts from when it was made', async () => {
    const { clock, queue } = createTestQueue();
    queue.add('a');
    await queue.get();
    queue.add('a', { afterMs: 1_000 });
    await clock.advance(600);
    queue.done('a');
    await clock.advance(399);
    assert.deepEqual(await takeAll(queue), []);
    await clock.advance(1);
    assert.deepEqual(await takeAll(queue), ['a']);
  });

  test('a delay that passes during the work is due at its end', async () => {
    const { clock, queue } = createTestQueue();
    queue.add('a');
    await queue.get();
    queue.add('a', { afterMs: 1_000 });
    await clock.advance(5_000);
    queue.done('a');
    assert.deepEqual(await takeAll(queue), ['a']);
  });

  test('adds during the work are merged: earliest time, highest priority', async () => {
    const { clock, queue } = createTestQueue();
    queue.add('a');
    await queue.get();
    queue.add('a', { afterMs: 1_000, priority: 'background' });
    queue.add('a', { afterMs: 3_000, priority: 'fresh' });
    queue.done('a');
    queue.add('b', { priority: 'background' });
    await clock.advance(1_000);
    assert.deepEqual(await takeAll(queue), ['a', 'b']);
  });

  test('done without get is a bug, and says so', () => {
    const { queue } = createTestQueue();
    assert.throws(() => queue.done('a'), /done\("a"\) without get/);
  });
});

describe('queue: retrying', () => {
  test('waits longer each time, and is reset by forget', async () => {
    const { clock, queue } = createTestQueue();
    const waits: number[] = [];
    queue.add('a');
    for (let round = 0; round < 4; round += 1) {
      const key = await queue.get();
      assert.equal(key, 'a');
      if (round === 3) queue.forget('a');
      const wait = queue.retry('a');
      waits.push(wait);
      queue.done('a');
      await clock.advance(wait);
    }
    assert.deepEqual(waits, [100, 200, 400, 100]);
  });

  test('honours what the server asked for', async () => {
    const { clock, queue } = createTestQueue();
    queue.add('a');
    await queue.get();
    assert.equal(queue.retry('a', 7_000), 7_000);
    queue.done('a');
    await clock.advance(6_999);
    assert.deepEqual(await takeAll(queue), []);
    await clock.advance(1);
    assert.deepEqual(await takeAll(queue), ['a']);
  });

  test('keeps the priority that the key was taken with', async () => {
    const { clock, queue } = createTestQueue();
    queue.add('a', { priority: 'background' });
    await queue.get();
    queue.retry('a');
    queue.done('a');
    await clock.advance(100);
    queue.add('b');
    assert.deepEqual(await takeAll(queue), ['b', 'a']);
  });

  test('a change does not wait for the retry', async () => {
    const { queue } = createTestQueue();
    queue.add('a');
    await queue.get();
    queue.retry('a', 60_000);
    queue.done('a');
    queue.add('a');
    assert.deepEqual(await takeAll(queue), ['a']);
  });
});

describe('queue: shutting down', () => {
  test('workers that wait are sent home, and nothing is handed out any more', async () => {
    const { queue } = createTestQueue();
    const waiting = [queue.get(), queue.get()];
    await queue.shutDown();
    assert.deepEqual(await Promise.all(waiting), [undefined, undefined]);
    queue.add('a');
    assert.equal(await queue.get(), undefined);
  });

  test('drops what waits, and its timers', async () => {
    const { clock, queue } = createTestQueue();
    queue.add('a');
    queue.add('b', { afterMs: 1_000 });
    await queue.shutDown();
    assert.deepEqual(queue.stats(), {
      depth: { fresh: 0, background: 0 },
      delayed: 0,
      working: 0,
      unfinishedMs: 0,
      longestMs: 0,
    });
    assert.deepEqual(clock.pending(), []);
  });

  test('resolves when the last key that is worked on is done', async () => {
    const { queue } = createTestQueue();
    queue.add('a');
    queue.add('b');
    await queue.get();
    await queue.get();
    let drained = 0;
    const both = [queue.shutDown(), queue.shutDown()].map((promise) => promise.then(() => (drained += 1)));
    queue.retry('a');
    queue.done('a');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(drained, 0);
    queue.done('b');
    await Promise.all(both);
    assert.equal(drained, 2, 'everyone who asked is told');
    assert.equal(queue.stats().delayed, 0, 'the retry was not kept');
  });
});

describe('queue: what is measured', () => {
  function recorded() {
    const calls: string[] = [];
    const hooks: QueueHooks = {
      added: () => calls.push('added'),
      retried: () => calls.push('retried'),
      started: (ms) => calls.push(`started after ${ms}`),
      finished: (ms) => calls.push(`finished after ${ms}`),
    };
    return { calls, ...createTestQueue(hooks) };
  }

  test('how long keys wait and how long the work takes', async () => {
    const { calls, clock, queue } = recorded();
    queue.add('a');
    await clock.advance(30);
    await queue.get();
    await clock.advance(12);
    queue.done('a');
    assert.deepEqual(calls, ['added', 'started after 30', 'finished after 12']);
  });

  test('an add that changes nothing is not counted, a delayed one when it is due', async () => {
    const { calls, clock, queue } = recorded();
    queue.add('a');
    queue.add('a');
    queue.add('b', { afterMs: 10 });
    assert.deepEqual(calls, ['added']);
    await clock.advance(10);
    assert.deepEqual(calls, ['added', 'added']);
  });

  test('an add during the work is counted once, and waits since then', async () => {
    const { calls, clock, queue } = recorded();
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.add('a');
    await clock.advance(50);
    queue.done('a');
    await queue.get();
    assert.deepEqual(calls, ['added', 'started after 0', 'added', 'finished after 50', 'started after 50']);
  });

  test('a delay that passes during the work is counted at its end', async () => {
    const { calls, clock, queue } = recorded();
    queue.add('a');
    await queue.get();
    queue.add('a', { afterMs: 20 });
    await clock.advance(50);
    assert.deepEqual(calls, ['added', 'started after 0']);
    queue.done('a');
    assert.deepEqual(calls, ['added', 'started after 0', 'finished after 50', 'added']);
  });

  test('a retry is counted, but not when it is dropped', async () => {
    const { calls, queue } = recorded();
    queue.add('a');
    await queue.get();
    queue.retry('a');
    void queue.shutDown();
    queue.retry('a');
    assert.deepEqual(calls, ['added', 'started after 0', 'retried']);
  });

  test('stats tell what is ready, delayed and worked on, and for how long', async () => {
    const { clock, queue } = createTestQueue();
    queue.add('a');
    await queue.get();
    await clock.advance(40);
    queue.add('b');
    await queue.get();
    await clock.advance(2);
    queue.add('a', { priority: 'background' });
    queue.add('c', { priority: 'background' });
    queue.add('d');
    queue.add('e', { afterMs: 5 });
    assert.deepEqual(queue.stats(), {
      depth: { fresh: 1, background: 2 },
      delayed: 1,
      working: 2,
      unfinishedMs: 44,
      longestMs: 42,
    });
  });
});
