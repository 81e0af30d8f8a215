import { type Backoff, createBackoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import { createFifo } from './fifo.ts';
import type { Key } from './object.ts';

/** `fresh`: somebody changed something. `background`: a look that can wait, such as a resync or the first list. */
export type Priority = 'fresh' | 'background';

/** When and how soon a key is wanted. */
export interface AddOptions {
  /** Default `fresh`. A key that is added under both is fresh. */
  readonly priority?: Priority;
  /** Not before this many milliseconds from now. Default 0. Of several adds the earliest counts. */
  readonly afterMs?: number;
}

/** Called as things happen, for metrics. Durations in milliseconds. */
export interface QueueHooks {
  /** A key became ready that was not. */
  added(): void;
  retried(): void;
  started(waitedMs: number): void;
  finished(workedMs: number): void;
}

/** The queue at one moment. */
export interface QueueStats {
  /** Keys that are ready, by priority; keys that are wanted again while being worked on among them. */
  readonly depth: Readonly<Record<Priority, number>>;
  /** Keys that become ready later. */
  readonly delayed: number;
  /** Keys that are being worked on. */
  readonly working: number;
  /** How long those have been worked on, in sum and the longest, in milliseconds. */
  readonly unfinishedMs: number;
  readonly longestMs: number;
}

/** A queue of keys in which each key is at most once, and is worked on by at most one worker. */
export interface Queue {
  /** Wants a key looked at. While it is being worked on, it is looked at again afterwards. After shutDown: nothing. */
  add(key: Key, options?: AddOptions): void;
  /** The next key, fresh ones first, as soon as there is one; undefined once the queue is shut down. Pair with `done`. */
  get(): Promise<Key | undefined>;
  /** The work on a key has ended, well or not. */
  done(key: Key): void;
  /**
   * Adds a key that failed, after its backoff, at the priority that it was taken with.
   *
   * @param retryAfterMs what the server asked for
   * @returns the wait in milliseconds
   */
  retry(key: Key, retryAfterMs?: number): number;
  /** The key succeeded: its backoff starts anew. */
  forget(key: Key): void;
  /** Hands out no more keys, and drops those that wait. Resolves when the last key that is worked on is done. */
  shutDown(): Promise<void>;
  stats(): QueueStats;
}

/** What a queue is made of. */
export interface QueueOptions {
  readonly clock: Clock;
  /** Default `createBackoff()`. */
  readonly backoff?: Backoff;
  /** Default none. */
  readonly hooks?: QueueHooks;
}

interface Wish {
  readonly priority: Priority;
  /** Monotonic time. */
  readonly dueAt: number;
}
type Entry =
  | { readonly state: 'ready'; readonly key: Key; readonly priority: Priority; readonly since: number }
  | { readonly state: 'waiting'; readonly wish: Wish; readonly cancel: () => void }
  | Working;
type Ready = Extract<Entry, { state: 'ready' }>;
interface Working {
  readonly state: 'working';
  readonly priority: Priority;
  readonly since: number;
  /** Wanted again afterwards. */
  again: Wish | undefined;
  /** That wish was already due, and counted as an add. */
  counted: boolean;
}

/** The longest that a timer of Node.js can wait; longer delays are waited for in turns. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * A work queue as client-go and controller-runtime know it. A key is in one of three states, ready, waiting or working,
 * so an add only ever moves its due time earlier or its priority up: nothing is queued twice and nothing is lost.
 */
export function createQueue(options: QueueOptions): Queue {
  const { clock, backoff = createBackoff(), hooks } = options;
  const entries = new Map<Key, Entry>();
  /** May hold entries that have moved on since; `entries` knows. */
  const ready = { fresh: createFifo<Ready>(), background: createFifo<Ready>() };
  const idleGetters = createFifo<(key: Key | undefined) => void>();
  let working = 0;
  let closed = false;
  const drained: (() => void)[] = [];

  function want(key: Key, wish: Wish): void {
    if (closed) return;
    const entry = entries.get(key);
    if (entry === undefined) place(key, wish);
    else if (entry.state === 'working') wantAgain(entry, wish);
    else if (entry.state === 'waiting') {
      const sooner = merge(entry.wish, wish);
      if (sooner.dueAt === entry.wish.dueAt && sooner.priority === entry.wish.priority) return;
      entry.cancel();
      place(key, sooner);
    } else if (wish.priority === 'fresh' && entry.priority === 'background') {
      push({ ...entry, priority: 'fresh' });
    }
  }

  function wantAgain(entry: Working, wish: Wish): void {
    entry.again = entry.again === undefined ? wish : merge(entry.again, wish);
    if (entry.counted || entry.again.dueAt > clock.monotonic()) return;
    entry.counted = true;
    hooks?.added();
  }

  function place(key: Key, wish: Wish): void {
    const delay = wish.dueAt - clock.monotonic();
    if (delay > 0) {
      const cancel = clock.after(Math.min(delay, maxTimerMs), () => place(key, wish));
      entries.set(key, { state: 'waiting', wish, cancel });
      return;
    }
    hooks?.added();
    push({ state: 'ready', key, priority: wish.priority, since: clock.monotonic() });
  }

  function push(entry: Ready): void {
    entries.set(entry.key, entry);
    ready[entry.priority].push(entry);
    const getter = idleGetters.shift();
    if (getter !== undefined) getter(take());
  }

  function take(): Key | undefined {
    const entry = first('fresh') ?? first('background');
    if (entry === undefined) return undefined;
    const now = clock.monotonic();
    entries.set(entry.key, {
      state: 'working',
      priority: entry.priority,
      since: now,
      again: undefined,
      counted: false,
    });
    working += 1;
    hooks?.started(now - entry.since);
    return entry.key;
  }

  function first(priority: Priority): Ready | undefined {
    for (let entry = ready[priority].shift(); entry !== undefined; entry = ready[priority].shift()) {
      if (entries.get(entry.key) === entry) return entry;
    }
    return undefined;
  }

  return {
    add(key, { priority = 'fresh', afterMs = 0 } = {}) {
      want(key, { priority, dueAt: clock.monotonic() + (afterMs > 0 ? afterMs : 0) });
    },
    get() {
      if (closed) return Promise.resolve(undefined);
      const key = take();
      return key !== undefined ? Promise.resolve(key) : new Promise((resolve) => idleGetters.push(resolve));
    },
    done(key) {
      const entry = entries.get(key);
      if (entry?.state !== 'working') throw new Error(`queue: done("${key}") without get: a bug in the caller`);
      const now = clock.monotonic();
      entries.delete(key);
      working -= 1;
      hooks?.finished(now - entry.since);
      if (closed) {
        if (working === 0) for (const resolve of drained.splice(0)) resolve();
      } else if (entry.again !== undefined) {
        // It waits since it was wanted, not since now.
        if (entry.counted) push({ state: 'ready', key, priority: entry.again.priority, since: entry.again.dueAt });
        else place(key, entry.again);
      }
    },
    retry(key, retryAfterMs) {
      const entry = entries.get(key);
      const priority = entry?.state === 'working' ? entry.priority : 'fresh';
      const wait = backoff.next(key, retryAfterMs);
      if (!closed) hooks?.retried();
      want(key, { priority, dueAt: clock.monotonic() + wait });
      return wait;
    },
    forget: backoff.forget,
    shutDown() {
      closed = true;
      for (const [key, entry] of entries) {
        if (entry.state === 'waiting') entry.cancel();
        if (entry.state !== 'working') entries.delete(key);
      }
      for (let getter = idleGetters.shift(); getter !== undefined; getter = idleGetters.shift()) getter(undefined);
      return working === 0 ? Promise.resolve() : new Promise((resolve) => drained.push(resolve));
    },
    stats: () => statsOf(entries.values(), clock.monotonic()),
  };
}

function merge(one: Wish, other: Wish): Wish {
  return {
    priority: one.priority === 'fresh' ? 'fresh' : other.priority,
    dueAt: Math.min(one.dueAt, other.dueAt),
  };
}

function statsOf(entries: Iterable<Entry>, now: number): QueueStats {
  const depth = { fresh: 0, background: 0 };
  let delayed = 0;
  let working = 0;
  let unfinishedMs = 0;
  let longestMs = 0;
  for (const entry of entries) {
    if (entry.state === 'ready') depth[entry.priority] += 1;
    else if (entry.state === 'waiting') delayed += 1;
    else {
      working += 1;
      unfinishedMs += now - entry.since;
      longestMs = Math.max(longestMs, now - entry.since);
      if (entry.again !== undefined && entry.again.dueAt <= now) depth[entry.again.priority] += 1;
    }
  }
  return { depth, delayed, working, unfinishedMs, longestMs };
}
