import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { metricValues } from '../../test/support/metric-values.ts';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import { type ControllerOptions, createController, type Reconcile } from './controller.ts';
import { ApiError } from './errors.ts';
import { createMetrics } from './metrics.ts';

/** A started controller with a clock, a log and metrics of its own. */
function startController(reconcile: Reconcile, options: Partial<ControllerOptions> = {}) {
  const clock = createFakeClock();
  const log = createRecordedLog();
  const metrics = createMetrics();
  const abort = new AbortController();
  const controller = createController({ name: 'test', reconcile, clock, log, metrics, random: () => 0, ...options });
  const value = async (name: string, result?: string) => {
    const labels = result === undefined ? '{controller="test"}' : `{controller="test",result="${result}"}`;
    return (await metricValues(metrics, name))[labels];
  };
  void controller.start(abort.signal);
  return { abort, clock, controller, log, metrics, value };
}

/** A promise that the test resolves. */
const gate = () => Promise.withResolvers<void>();

describe('controller: which keys are worked on when', () => {
  test('reconciles each key that is added, with its context', async () => {
    const seen: string[] = [];
    const ids = new Set<string>();
    const { clock, controller, log } = startController(async (key, context) => {
      seen.push(key);
      ids.add(context.reconcileID);
      context.log.info('looked');
      assert.equal(context.signal.aborted, false);
      return undefined;
    });
    controller.enqueue('team-a/weather');
    controller.enqueue('team-a/time');
    await clock.advance(0);
    assert.deepEqual(seen, ['team-a/weather', 'team-a/time']);
    assert.equal(ids.size, 2, 'each run has its own ID');
    const { fields } = log.line('looked');
    assert.deepEqual(
      [fields.controller, fields.namespace, fields.name, ids.has(String(fields.reconcileID))],
      ['test', 'team-a', 'weather', true],
    );
  });

  test('keys that are added before the start are reconciled after it', async () => {
    const clock = createFakeClock();
    const seen: string[] = [];
    const controller = createController({
      name: 'test',
      clock,
      log: createRecordedLog(),
      metrics: createMetrics(),
      reconcile: async (key) => {
        seen.push(key);
        return undefined;
      },
    });
    controller.enqueue('a');
    await clock.advance(0);
    assert.deepEqual(seen, []);
    void controller.start(new AbortController().signal);
    await clock.advance(0);
    assert.deepEqual(seen, ['a']);
  });

  test('different keys at the same time, up to the limit', async () => {
    const underWay = new Set<string>();
    const open = gate();
    const { clock, controller, value } = startController(
      async (key) => {
        underWay.add(key);
        await open.promise;
        return undefined;
      },
      { maxConcurrentReconciles: 3 },
    );
    for (const key of ['a', 'b', 'c', 'd']) controller.enqueue(key);
    await clock.advance(0);
    assert.deepEqual([...underWay], ['a', 'b', 'c']);
    assert.equal(await value('controller_runtime_active_workers'), 3);
    assert.equal(await value('controller_runtime_max_concurrent_reconciles'), 3);
    open.resolve();
    await clock.advance(0);
    assert.ok(underWay.has('d'));
    assert.equal(await value('controller_runtime_active_workers'), 0);
  });

  test('the same key never at the same time, and again when it changed meanwhile', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const gates = [gate(), gate()];
    const { clock, controller } = startController(async () => {
      running += 1;
      most = Math.max(most, running);
      await gates[runs++]?.promise;
      running -= 1;
      return undefined;
    });
    controller.enqueue('a');
    await clock.advance(0);
    controller.enqueue('a');
    controller.enqueue('a');
    await clock.advance(0);
    assert.equal(runs, 1);
    gates[0]?.resolve();
    await clock.advance(0);
    assert.equal(runs, 2);
    gates[1]?.resolve();
    await clock.advance(0);
    assert.deepEqual({ runs, most, running }, { runs: 2, most: 1, running: 0 });
  });

  test('a thousand settled objects leave turns of the event loop to others', async () => {
    const clock = createFakeClock();
    let now = 0;
    const slow = { ...clock, monotonic: () => now };
    let turnsBetween = 0;
    let done = 0;
    const count = () => {
      turnsBetween += done > 0 && done < 1_000 ? 1 : 0;
      if (done < 1_000) setImmediate(count);
    };
    const finished = gate();
    const { controller } = startController(
      async () => {
        now += 1; // each one takes a millisecond of the processor, and awaits nothing
        done += 1;
        if (done === 1_000) finished.resolve();
        return undefined;
      },
      { clock: slow, maxConcurrentReconciles: 1 },
    );
    for (let key = 0; key < 1_000; key += 1) controller.enqueue(`key-${key}`);
    setImmediate(count);
    await finished.promise;
    assert.ok(turnsBetween >= 50, `only ${turnsBetween} turns for others`);
  });
});

describe('controller: looking again', () => {
  test('after the time that the reconcile asked for', async () => {
    let runs = 0;
    const { clock, controller, value } = startController(async () => {
      runs += 1;
      return runs === 1 ? { requeueAfterMs: 30_000 } : undefined;
    });
    controller.enqueue('a');
    await clock.advance(29_999);
    assert.equal(runs, 1);
    await clock.advance(1);
    assert.equal(runs, 2);
    assert.equal(await value('controller_runtime_reconcile_total', 'requeue_after'), 1);
    assert.equal(await value('controller_runtime_reconcile_total', 'success'), 1);
    await clock.advance(3_600_000);
    assert.equal(runs, 2);
  });

  test('everything after the resync period, in the background, again and again', async () => {
    const seen: string[] = [];
    const { clock } = startController(
      async (key) => {
        seen.push(key);
        return undefined;
      },
      { resync: { keys: () => ['a', 'b'], periodMs: 10_000 }, random: () => 0.5 },
    );
    await clock.advance(9_999);
    assert.deepEqual(seen, []);
    await clock.advance(1);
    assert.deepEqual(seen, ['a', 'b']);
    await clock.advance(10_000);
    assert.deepEqual(seen, ['a', 'b', 'a', 'b']);
  });

  test('resyncs every ten hours by default, within a tenth', async () => {
    for (const [random, due] of [
      [0, 9 * 3_600_000],
      [0.999_999_999, 11 * 3_600_000],
    ] as const) {
      const { clock } = startController(async () => undefined, { resync: { keys: () => [] }, random: () => random });
      assert.equal(Math.round((clock.pending()[0] ?? 0) / 1000), due / 1000);
    }
  });

  test('a fresh key overtakes a resync', async () => {
    const seen: string[] = [];
    const first = gate();
    const { clock, controller } = startController(
      async (key) => {
        seen.push(key);
        if (key === 'blocker') await first.promise;
        return undefined;
      },
      { maxConcurrentReconciles: 1 },
    );
    controller.enqueue('blocker');
    await clock.advance(0);
    controller.enqueue('old', { priority: 'background' });
    controller.enqueue('new');
    first.resolve();
    await clock.advance(0);
    assert.deepEqual(seen, ['blocker', 'new', 'old']);
  });
});

describe('controller: what is thrown', () => {
  /** Throws the given things one after another, then succeeds; tells when it ran. */
  function failing(...thrown: readonly unknown[]) {
    const at: number[] = [];
    const started = startController(async () => {
      at.push(started.clock.monotonic());
      const error = thrown[at.length - 1];
      if (error !== undefined) throw error;
      return undefined;
    });
    started.controller.enqueue('ns/a');
    return { at, ...started };
  }

  test('an error is tried again with growing waits, and counted', async () => {
    const down = new ApiError('ServerError', 'the server is down', { status: 503 });
    const { at, clock, log, value } = failing(down, down, down);
    await clock.advance(10_000);
    assert.deepEqual(at, [0, 100, 300, 700]);
    assert.equal(await value('controller_runtime_reconcile_total', 'error'), 3);
    assert.equal(await value('controller_runtime_reconcile_total', 'success'), 1);
    assert.equal(await value('controller_runtime_reconcile_errors_total'), 3);
    assert.equal(await value('controller_runtime_terminal_reconcile_errors_total'), 0);
    assert.equal(await value('controller_runtime_reconcile_panics_total'), 0);
    const line = log.line('reconcile failed; will try again');
    assert.deepEqual([line.level, line.fields.afterMs, line.fields.error], ['error', 100, down]);
  });

  test('after a success the waits begin anew', async () => {
    const down = new ApiError('ServerError', 'the server is down');
    const { at, clock, controller } = failing(down);
    await clock.advance(1_000);
    assert.deepEqual(at, [0, 100]);
    controller.enqueue('ns/a');
    await clock.advance(0);
    assert.equal(at.length, 3);
  });

  test('Retry-After is honoured', async () => {
    const { at, clock } = failing(new ApiError('TooManyRequests', 'slow down', { retryAfterMs: 7_000 }));
    await clock.advance(10_000);
    assert.deepEqual(at, [0, 7_000]);
  });

  test('a conflict is read again soon, and is no error', async () => {
    const { at, clock, log, value } = failing(new ApiError('Conflict', 'changed'));
    await clock.advance(10_000);
    assert.deepEqual(at, [0, 100]);
    assert.equal(await value('controller_runtime_reconcile_total', 'requeue'), 1);
    assert.equal(await value('controller_runtime_reconcile_errors_total'), 0);
    assert.deepEqual([...log.at('error'), ...log.at('warn')], []);
  });

  test('what a retry cannot mend is told, and tried again ever more rarely, or when something changes', async () => {
    const no = new ApiError('Forbidden', 'you may not', { status: 403 });
    const { at, clock, controller, log, value } = failing(no, no, no);
    await clock.advance(9_999);
    assert.deepEqual(at, [0]);
    await clock.advance(1);
    assert.deepEqual(at, [0, 10_000]);
    controller.enqueue('ns/a');
    await clock.advance(0);
    assert.deepEqual(at, [0, 10_000, 10_000]);
    assert.equal(await value('controller_runtime_terminal_reconcile_errors_total'), 3);
    assert.equal(await value('controller_runtime_reconcile_errors_total'), 3);
    assert.equal(log.at('error').length, 3);
  });

  // Found by the fault plan image-change/apply-mcpservers-status-weather-5/forbidden: after one 403 of a status write
  // nothing was tried for five minutes, and no event came that would have told of better times.
  test('one refusal costs seconds; of many each waits twice as long, up to five minutes; a success ends that', async () => {
    const no = new ApiError('Forbidden', 'you may not', { status: 403 });
    const { at, clock, controller } = failing(no, no, no, no, no, no, no);
    await clock.advance(10_000 + 20_000 + 40_000 + 80_000 + 160_000 + 300_000 + 300_000);
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    assert.deepEqual(waits, [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    controller.enqueue('ns/a');
    await clock.advance(0);
    assert.equal(at.length, 9, 'it succeeds now');
  });

  test('a refusal after a success waits the least again', async () => {
    const no = new ApiError('Forbidden', 'you may not', { status: 403 });
    const { at, clock, controller } = failing(no, undefined, no);
    await clock.advance(10_000);
    assert.deepEqual(at, [0, 10_000]);
    controller.enqueue('ns/a');
    await clock.advance(10_000);
    assert.deepEqual(at, [0, 10_000, 10_000, 20_000]);
  });

  test('a bug is contained: told with its stack, counted, tried again, and the others go on', async () => {
    const bug = new TypeError('undefined is not a function');
    const { at, clock, controller, log, value } = failing(bug);
    controller.enqueue('ns/b');
    await clock.advance(10_000);
    assert.equal(at.length, 3);
    assert.equal(await value('controller_runtime_reconcile_panics_total'), 1);
    assert.equal(await value('controller_runtime_reconcile_errors_total'), 1);
    assert.equal(await value('controller_runtime_reconcile_total', 'success'), 2);
    const line = log.line('reconcile threw something unexpected, which is a bug; will try again');
    assert.equal(line.level, 'error');
    assert.equal(line.fields.error, bug);
    assert.equal(line.fields.name, 'a');
  });

  test('a reconcile that throws before it returns a promise is contained too', async () => {
    const { clock, controller, value } = startController(() => {
      throw new Error('at once');
    });
    controller.enqueue('a');
    await clock.advance(0);
    assert.equal(await value('controller_runtime_reconcile_panics_total'), 1);
  });

  test('without the lease a key is put aside without a word, and not lost', async () => {
    const { at, clock, log, value } = failing(new ApiError('NotLeader', 'no lease'));
    await clock.advance(1_000);
    assert.deepEqual(at, [0, 1_000]);
    assert.equal(await value('controller_runtime_reconcile_errors_total'), 0);
    assert.equal(await value('controller_runtime_reconcile_total', 'requeue'), 1);
    assert.deepEqual([...log.at('error'), ...log.at('warn')], []);
  });
});

describe('controller: deadlines', () => {
  test('a reconcile that takes too long is aborted, counted and tried again', async () => {
    let runs = 0;
    const { clock, controller, log, value } = startController(
      (_key, { signal }) => {
        runs += 1;
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
        });
      },
      { reconcileTimeoutMs: 5_000 },
    );
    controller.enqueue('a');
    await clock.advance(5_000);
    assert.equal(await value('controller_runtime_reconcile_timeouts_total'), 1);
    assert.equal(await value('controller_runtime_reconcile_errors_total'), 1);
    const { fields } = log.line('reconcile failed; will try again');
    assert.ok(fields.error instanceof ApiError && fields.error.code === 'Timeout');
    await clock.advance(100);
    assert.equal(runs, 2);
  });

  test('one that ignores the abort keeps its key, so that two never run at once, and is found stuck', async () => {
    let runs = 0;
    const { clock, controller, log } = startController(
      () => {
        runs += 1;
        return gate().promise.then(() => undefined);
      },
      { reconcileTimeoutMs: 5_000 },
    );
    controller.enqueue('a');
    await clock.advance(5_000);
    controller.enqueue('a');
    await clock.advance(44_999);
    assert.equal(controller.stuck(), undefined);
    await clock.advance(1);
    assert.equal(controller.stuck(), 'a reconcile has not ended for 50 s');
    assert.equal(runs, 1);
    assert.equal(log.at('warn').length, 1);
  });

  test('a deadline that is met leaves no timer behind', async () => {
    const { clock, controller } = startController(async () => undefined);
    controller.enqueue('a');
    await clock.advance(0);
    assert.deepEqual(clock.pending(), []);
  });
});

describe('controller: stopping', () => {
  test('waits for reconciles under way and takes no new key', async () => {
    const seen: string[] = [];
    const open = gate();
    const { clock, controller, log } = startController(
      async (key, { signal }) => {
        seen.push(key);
        await open.promise;
        assert.equal(signal.aborted, false, 'an orderly stop lets a reconcile end');
        return undefined;
      },
      { maxConcurrentReconciles: 1 },
    );
    controller.enqueue('a');
    controller.enqueue('b');
    await clock.advance(0);
    let stopped = false;
    const stopping = Promise.resolve(controller.stop?.({ clean: true })).then(() => {
      stopped = true;
    });
    await clock.advance(60_000 - 1);
    assert.equal(stopped, false);
    open.resolve();
    await stopping;
    controller.enqueue('c');
    await clock.advance(1_000);
    assert.deepEqual(seen, ['a']);
    assert.equal(log.line('waiting for reconciles to end').fields.reconciles, 1);
  });

  test('is done at once when nothing is under way, and ends the resync', async () => {
    const { clock, controller, log } = startController(async () => undefined, { resync: { keys: () => ['a'] } });
    await controller.stop?.({ clean: true });
    assert.deepEqual(clock.pending(), []);
    assert.ok(!log.at('info').includes('waiting for reconciles to end'));
  });

  test('aborts what is under way when everything is given up, and what starts after', async () => {
    const aborted: string[] = [];
    const { abort, clock, controller } = startController(
      (key, { signal }) =>
        new Promise((_resolve, reject) => {
          const stop = () => {
            aborted.push(key);
            reject(new ApiError('Aborted', 'shutting down'));
          };
          if (signal.aborted) stop();
          else signal.addEventListener('abort', stop);
        }),
    );
    controller.enqueue('a');
    await clock.advance(0);
    abort.abort();
    controller.enqueue('b');
    await clock.advance(0);
    assert.deepEqual(aborted, ['a', 'b']);
  });
});

describe('controller: metrics', () => {
  test('all series are there from the start, at zero', async () => {
    const { value } = startController(async () => undefined);
    for (const result of ['success', 'error', 'requeue', 'requeue_after']) {
      assert.equal(await value('controller_runtime_reconcile_total', result), 0, result);
    }
    for (const name of ['reconcile_errors', 'terminal_reconcile_errors', 'reconcile_panics', 'reconcile_timeouts']) {
      assert.equal(await value(`controller_runtime_${name}_total`), 0, name);
    }
    assert.equal(await value('controller_runtime_max_concurrent_reconciles'), 16);
  });

  test('the time of a reconcile is observed in seconds', async () => {
    const open = gate();
    const { clock, controller, value } = startController(() => open.promise.then(() => undefined));
    controller.enqueue('a');
    await clock.advance(1_500);
    open.resolve();
    await clock.advance(0);
    assert.equal(await value('controller_runtime_reconcile_time_seconds_sum'), 1.5);
    assert.equal(await value('controller_runtime_reconcile_time_seconds_count'), 1);
  });
});
