import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BackoffOptions, createBackoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { Component } from './component.ts';
import { countOutcome, initReconcileMetrics, queueHooks } from './controller-metrics.ts';
import type { Level, Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { type Key, splitKey } from './object.ts';
import { type AddOptions, createQueue, type Priority, type Queue } from './queue.ts';
import { type Outcome, outcomeOf, outcomeOfThrown, type ReconcileResult } from './reconcile-outcome.ts';

/** What a reconcile gets beside its key. */
export interface ReconcileContext {
  /** Adds controller, namespace, name and reconcileID to each line. */
  readonly log: Logger;
  /** One for each run, to find the lines of one run. */
  readonly reconcileID: string;
  /** Aborted when the reconcile's time is over, and when the process gives up. Pass it on to whatever can wait. */
  readonly signal: AbortSignal;
}

/**
 * Brings the world in line with one object, whatever has happened to it. Throws ApiError for what the API server
 * refused; everything else that it throws is taken for a bug.
 */
export type Reconcile = (key: Key, context: ReconcileContext) => Promise<ReconcileResult | undefined>;

/** What a controller is made of. */
export interface ControllerOptions {
  /** In metrics and log lines; lower case, such as `mcpserver`. */
  readonly name: string;
  readonly reconcile: Reconcile;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** How many keys are worked on at a time. Default 16: the work is waiting for the API server. */
  readonly maxConcurrentReconciles?: number;
  /** When a reconcile's signal is aborted, in milliseconds. Default 60 s. */
  readonly reconcileTimeoutMs?: number;
  /**
   * Looks at every key again from time to time, against events that got lost somewhere. `keys` tells all of them;
   * `periodMs`, default 10 hours as controller-runtime has it, varies by a tenth. Default: no resync.
   */
  readonly resync?: { readonly keys: () => Iterable<Key>; readonly periodMs?: number };
  /**
   * How rarely a key that failed for good is tried again all the same, in milliseconds. Default 5 minutes. The first wait
   * is 10 s, and each is twice as long as the one before: rights that are being replaced are back in a moment, and there
   * may be no event that tells.
   */
  readonly terminalRetryMs?: number;
  /** Default `createBackoff`'s. */
  readonly backoff?: BackoffOptions;
  /** Uniform in [0, 1), for jitter. Default Math.random. */
  readonly random?: () => number;
}

/** The first wait after a refusal that looks final, in milliseconds. */
const FIRST_TERMINAL_RETRY_MS = 10_000;

/** What the log says about each outcome. What nobody needs to look at is for developers. */
const said: Readonly<Record<Outcome['kind'], { readonly level: Level; readonly message: string }>> = {
  success: { level: 'debug', message: 'reconciled' },
  requeue_after: { level: 'debug', message: 'reconciled; will look again' },
  conflict: { level: 'debug', message: 'somebody else wrote first; will read again' },
  dropped: { level: 'debug', message: 'reconcile given up' },
  terminal: { level: 'error', message: 'reconcile failed, and will until something changes' },
  error: { level: 'error', message: 'reconcile failed; will try again' },
  panic: { level: 'error', message: 'reconcile threw something unexpected, which is a bug; will try again' },
};

/** A running loop of reconciles. Stop: no new key is taken, and those under way end. */
export interface Controller extends Component {
  /** Wants a key looked at; may be called at any time, also before the start. */
  enqueue(key: Key, options?: AddOptions): void;
  /**
   * For a liveness check: what is wrong when a reconcile has run for ten times its timeout, so it ignores its signal and
   * only a restart frees its key; undefined when nothing is.
   */
  stuck(): string | undefined;
}

/** After this long without a turn of the event loop, reconciles that need no network let others have one. */
const sliceMs = 10;
/** How soon a key that was dropped is looked at again, should this process still be here. */
const droppedRetryMs = 1_000;

/**
 * A controller in controller-runtime's sense. Reconciles of different keys run at the same time, of one key never;
 * nothing that a reconcile throws ends the loop.
 */
export function createController(options: ControllerOptions): Controller {
  const { name, clock, metrics, random = Math.random } = options;
  const { maxConcurrentReconciles = 16, reconcileTimeoutMs = 60_000, terminalRetryMs = 300_000, resync } = options;
  const log = options.log.with({ controller: name });
  const hooks = queueHooks(metrics, name, () => queue.stats());
  const refused = createBackoff({ baseMs: FIRST_TERMINAL_RETRY_MS, maxMs: terminalRetryMs, jitter: 0.1, random });
  const queue: Queue = createQueue({ clock, hooks, backoff: createBackoff({ random, ...options.backoff }) });
  const underWay = new Set<AbortController>();
  const jittered = (ms: number) => ms * (0.9 + 0.2 * random());
  let sliceStart = 0;
  let cancelResync: (() => void) | undefined;
  let gaveUp = false;
  initReconcileMetrics(metrics, name, maxConcurrentReconciles);

  async function work(): Promise<void> {
    for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
      await reconcileOnce(key);
      queue.done(key);
      // A settled object costs no request, so ten thousand of them would be one long turn of the event loop.
      if (clock.monotonic() - sliceStart < sliceMs) continue;
      await nextTurn();
      sliceStart = clock.monotonic();
    }
  }

  async function reconcileOnce(key: Key): Promise<void> {
    const started = clock.monotonic();
    const reconcileID = randomUUID();
    const runLog = log.with({ ...splitKey(key), reconcileID });
    metrics.activeWorkers.inc({ controller: name });
    const outcome = await run(key, runLog, reconcileID);
    metrics.activeWorkers.dec({ controller: name });
    metrics.reconcileTime.observe({ controller: name }, (clock.monotonic() - started) / 1000);
    settle(key, outcome, runLog);
  }

  async function run(key: Key, runLog: Logger, reconcileID: string): Promise<Outcome> {
    const abort = new AbortController();
    let timedOut = false;
    const cancel = clock.after(reconcileTimeoutMs, () => {
      timedOut = true;
      metrics.reconcileTimeouts.inc({ controller: name });
      runLog.warn('reconcile is taking too long; giving it up as soon as it lets go', { afterMs: reconcileTimeoutMs });
      abort.abort();
    });
    underWay.add(abort);
    if (gaveUp) abort.abort();
    try {
      return outcomeOf(await options.reconcile(key, { log: runLog, reconcileID, signal: abort.signal }));
    } catch (thrown) {
      return outcomeOfThrown(thrown, timedOut);
    } finally {
      cancel();
      underWay.delete(abort);
    }
  }

  function settle(key: Key, outcome: Outcome, runLog: Logger): void {
    const { level, message } = said[outcome.kind];
    countOutcome(metrics, name, outcome);
    const afterMs = lookAgain(key, outcome);
    runLog[level](message, {
      ...(afterMs === undefined ? undefined : { afterMs: Math.round(afterMs) }),
      ...('error' in outcome ? { error: outcome.error } : undefined),
    });
  }

  /** Decides when the key is looked at again, in milliseconds from now; undefined when something has to change first. */
  function lookAgain(key: Key, outcome: Outcome): number | undefined {
    const later = (afterMs: number, priority: Priority) => {
      queue.add(key, { afterMs, priority });
      return afterMs;
    };
    if (outcome.kind === 'success' || outcome.kind === 'requeue_after') refused.forget(key);
    switch (outcome.kind) {
      case 'success':
        queue.forget(key);
        return undefined;
      case 'requeue_after':
        queue.forget(key);
        return later(outcome.afterMs, 'fresh');
      case 'terminal':
        queue.forget(key);
        return later(refused.next(key), 'background');
      case 'dropped':
        return later(droppedRetryMs, 'fresh');
      case 'conflict':
      case 'panic':
        return queue.retry(key);
      case 'error':
        return queue.retry(key, outcome.error.retryAfterMs);
    }
  }

  function scheduleResync(keys: () => Iterable<Key>, periodMs: number): void {
    cancelResync = clock.after(jittered(periodMs), () => {
      for (const key of keys()) queue.add(key, { priority: 'background' });
      scheduleResync(keys, periodMs);
    });
  }

  function giveUp(): void {
    gaveUp = true;
    for (const abort of underWay) abort.abort();
  }

  return {
    name: `controller ${name}`,
    enqueue: queue.add,
    start(signal) {
      signal.addEventListener('abort', giveUp, { once: true });
      sliceStart = clock.monotonic();
      if (resync !== undefined) scheduleResync(resync.keys, resync.periodMs ?? 36_000_000);
      for (let worker = 0; worker < maxConcurrentReconciles; worker += 1) void work();
      log.info('controller started', { workers: maxConcurrentReconciles });
    },
    async stop() {
      cancelResync?.();
      const { working } = queue.stats();
      if (working > 0) log.info('waiting for reconciles to end', { reconciles: working });
      await queue.shutDown();
    },
    stuck() {
      const { longestMs } = queue.stats();
      if (longestMs < 10 * reconcileTimeoutMs) return undefined;
      return `a reconcile has not ended for ${Math.round(longestMs / 1000)} s`;
    },
  };
}
