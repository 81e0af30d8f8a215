import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createBackoff } from './backoff.ts';
import { createQueue, type Priority } from './queue.ts';

/**
 * Several workers at one queue, in every order in which their awaits can come back: what `queue.property.test.ts`, which
 * takes and returns keys in one thread of its own, does not see. And the end: a queue that is shut down under them.
 */

interface Add {
  readonly key: string;
  readonly priority: Priority;
  /** The work that this add leads to fails, once. */
  readonly fails: boolean;
}

const add: fc.Arbitrary<Add> = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  priority: fc.constantFrom<Priority>('fresh', 'background'),
  fails: fc.boolean(),
});

/** Lets promises that are resolved run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function play(s: fc.Scheduler, adds: readonly Add[], workers: number, shutDownAfter: number | undefined) {
  const clock = createFakeClock();
  const afterTheEnd: string[] = [];
  let closed = false;
  const counts = { added: 0, started: 0, finished: 0, retried: 0 };
  const count = (name: keyof typeof counts) => () => {
    counts[name] += 1;
    if (closed && name !== 'finished') afterTheEnd.push(name);
  };
  const queue = createQueue({
    clock,
    backoff: createBackoff({ random: () => 0 }),
    hooks: {
      added: count('added'),
      started: count('started'),
      finished: count('finished'),
      retried: count('retried'),
    },
  });
  const working = new Set<string>();
  const toFail = new Set<string>();
  /** The latest add of each key that no work has begun after. */
  const owed = new Set<string>();
  let drained = false;
  let ended = 0;

  async function work(): Promise<void> {
    for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
      assert.ok(!working.has(key), `two workers have ${key}`);
      working.add(key);
      owed.delete(key);
      await s.schedule(Promise.resolve(), `work on ${key}`);
      assert.ok(!drained, 'it said that all work had ended');
      if (toFail.delete(key)) {
        queue.retry(key);
        if (!closed) owed.add(key);
      } else queue.forget(key);
      working.delete(key);
      queue.done(key);
    }
    ended += 1;
  }

  const all = Array.from({ length: workers }, work);
  // What a worker asserts is told below, and is no unhandled rejection until then.
  for (const each of all) each.catch(() => undefined);
  let shutDown: Promise<void> | undefined;
  const end = () => {
    closed = true;
    owed.clear();
    shutDown ??= queue.shutDown().then(() => {
      drained = true;
    });
  };
  adds.forEach(({ key, priority, fails }, index) => {
    void s.schedule(Promise.resolve(), `add ${key}`).then(() => {
      if (!closed) owed.add(key);
      if (fails) toFail.add(key);
      queue.add(key, { priority });
      if (index === shutDownAfter) end();
    });
  });
  // Backoffs end too, while others are at work.
  do {
    while (s.count() > 0) await s.waitOne();
    await clock.advance(1_000);
    await settled();
  } while (s.count() > 0 || queue.stats().delayed > 0);
  assert.deepEqual([...owed], [], 'somebody wanted these looked at, and nobody did');
  assert.equal(working.size, 0);
  end();
  await Promise.all([...all, shutDown]);
  assert.deepEqual(afterTheEnd, [], 'nothing begins once it is shut down');
  assert.equal(ended, workers, 'every worker was told of the end');
  assert.equal(counts.started, counts.finished);
  if (shutDownAfter === undefined) assert.equal(counts.added, counts.started);
  assert.ok(counts.added >= counts.started, 'nothing is handed out that was not added');
}

describe('queue: several workers', () => {
  test('never share a key, leave none, and end when they are told to', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(add, { maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        fc.option(fc.nat(24), { nil: undefined }),
        play,
      ),
      { numRuns: 200 },
    );
  });
});
