import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createBackoff } from './backoff.ts';
import { createQueue, type Priority } from './queue.ts';

/**
 * The queue against a model that is too simple to be wrong, under random interleavings: a table of what each key is owed.
 * It checks that a key is worked on by one worker at a time, that nothing is handed out early, that nothing is lost,
 * that the earliest of several delays and the highest of several priorities count, and that nothing is handed out twice.
 */

const keys = ['a', 'b', 'c', 'd'];

type Command =
  | { readonly do: 'add'; readonly key: string; readonly priority: Priority; readonly afterMs: number }
  | { readonly do: 'take' }
  | { readonly do: 'done'; readonly pick: number }
  | { readonly do: 'retry'; readonly pick: number; readonly retryAfterMs: number }
  | { readonly do: 'advance'; readonly ms: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      key: fc.constantFrom(...keys),
      priority: fc.constantFrom<Priority>('fresh', 'background'),
      afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 })),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'take' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('done' as const), pick: fc.nat(10) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('retry' as const), pick: fc.nat(10), retryAfterMs: fc.nat(400) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 60 }) }) },
);

interface Owed {
  readonly dueAt: number;
  readonly priority: Priority;
  /** A timer makes it ready. */
  readonly isTimed: boolean;
}

/** What a correct queue owes: the earliest time and the highest priority of the adds since the key was last taken. */
class Model {
  readonly owed = new Map<string, Owed>();
  readonly working = new Map<string, Priority>();

  add(key: string, wish: Owed): void {
    const before = this.owed.get(key);
    this.owed.set(
      key,
      before === undefined
        ? wish
        : {
            dueAt: Math.min(before.dueAt, wish.dueAt),
            priority: before.priority === 'fresh' ? 'fresh' : wish.priority,
            isTimed: (before.dueAt <= wish.dueAt ? before : wish).isTimed,
          },
    );
  }

  /** The keys that may be handed out now, of the highest priority that there is. */
  ready(now: number): readonly string[] {
    const due = [...this.owed].filter(([key, { dueAt }]) => dueAt <= now && !this.working.has(key));
    // Of timers that ring at one instant one comes first, and to a worker that waits it is the only one there is.
    const rings = ([, { isTimed, dueAt }]: readonly [string, Owed]) => isTimed && dueAt === now;
    const fresh = due.filter(([, { priority }]) => priority === 'fresh');
    if (fresh.length > 0 && fresh.every(rings)) return due.filter(rings).map(([key]) => key);
    return (fresh.length > 0 ? fresh : due).map(([key]) => key);
  }

  take(key: string): void {
    const owed = this.owed.get(key);
    assert.ok(owed, `${key} was handed out although nobody had added it`);
    this.owed.delete(key);
    this.working.set(key, owed.priority);
  }
}

/** Lets promises that are resolved run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function play(commands: readonly Command[]): Promise<void> {
  const clock = createFakeClock();
  const queue = createQueue({ clock, backoff: createBackoff({ random: () => 0 }) });
  const model = new Model();
  const failures = new Map<string, number>();
  let hungry = 0;
  let early: string | undefined;

  function onKey(key: string | undefined): void {
    hungry -= 1;
    assert.ok(key !== undefined);
    const allowed = model.ready(clock.monotonic());
    if (!allowed.includes(key)) early = `${key} was handed out when [${allowed}] were to be`;
    if (model.working.has(key)) early = `${key} was handed out twice`;
    model.take(key);
  }

  for (const step of commands) {
    const now = clock.monotonic();
    const picked = 'pick' in step ? [...model.working.keys()][step.pick % Math.max(1, model.working.size)] : undefined;
    if (step.do === 'add') {
      model.add(step.key, { dueAt: now + step.afterMs, priority: step.priority, isTimed: step.afterMs > 0 });
      queue.add(step.key, { priority: step.priority, afterMs: step.afterMs });
    } else if (step.do === 'take') {
      hungry += 1;
      void queue.get().then(onKey);
    } else if (step.do === 'advance') {
      await clock.advance(step.ms);
    } else if (picked !== undefined) {
      if (step.do === 'retry') {
        const count = failures.get(picked) ?? 0;
        failures.set(picked, count + 1);
        const wait = Math.min(300_000, Math.max(100 * 2 ** count, step.retryAfterMs));
        assert.equal(queue.retry(picked, step.retryAfterMs), wait);
        model.add(picked, { dueAt: now + wait, priority: model.working.get(picked) ?? 'fresh', isTimed: true });
      }
      model.working.delete(picked);
      queue.done(picked);
    }
    await settled();
    assert.equal(early, undefined);
    const ready = model.ready(clock.monotonic());
    assert.ok(hungry === 0 || ready.length === 0, `a worker waits although [${ready}] are ready`);
    assert.equal(queue.stats().working, model.working.size);
  }

  // Whatever is owed is handed out in the end: nothing is lost.
  for (const key of model.working.keys()) queue.done(key);
  model.working.clear();
  await settled();
  for (let round = 0; model.owed.size > 0 || hungry > 0; round += 1) {
    assert.ok(round < 100, `[${[...model.owed.keys()]}] never came`);
    if (hungry === 0) {
      hungry += 1;
      void queue.get().then(onKey);
    }
    if (model.owed.size === 0) break;
    await clock.advance(300_000);
    assert.equal(early, undefined);
    for (const key of model.working.keys()) queue.done(key);
    model.working.clear();
    await settled();
  }
  assert.deepEqual(queue.stats().depth, { fresh: 0, background: 0 });
  assert.equal(queue.stats().delayed, 0);
}

describe('queue: properties', () => {
  test('agrees with the model under any interleaving', async () => {
    await fc.assert(fc.asyncProperty(fc.array(command, { maxLength: 60 }), play), {
      numRuns: 300,
      // Two timers for one instant, which chance seldom makes.
      examples: [
        [
          [
            { do: 'add', key: 'a', priority: 'background', afterMs: 37 },
            { do: 'add', key: 'b', priority: 'fresh', afterMs: 37 },
          ],
        ],
      ],
    });
  });
});
