import { type Clock, sleep, systemClock } from '../src/runtime/clock.ts';
import { ClusterError } from './cluster-error.ts';

/** A value that is not "no". */
export type Truthy<T> = Exclude<T, false | 0 | '' | null | undefined>;

/** How long to wait, and for what. */
export interface WaitOptions {
  /** The condition in words, after "waited for": `the node to be Ready`. */
  readonly what: string;
  /** Milliseconds until it is given up. Default 60,000. */
  readonly deadlineMs?: number;
  /** Milliseconds between two looks. Default 100: a local API server does not notice. */
  readonly intervalMs?: number;
  /** Ends the wait with `Aborted`. Default: never. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Makes the error of a passed deadline. Default: a `DeadlinePassed` that names `what` and the time. */
  readonly onDeadline?: (message: string, cause: unknown) => Promise<Error> | Error;
}

/**
 * Waits until a condition holds, looking again and again.
 *
 * @param condition returns something truthy when it holds. What it throws is "not yet" and is told when the deadline
 *   passes, except a ClusterError, which ends the wait: that is how a condition says that it cannot come true any more
 * @returns what the condition returned
 * @throws ClusterError `DeadlinePassed` or `Aborted`
 */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions): Promise<Truthy<T>> {
  const { what, deadlineMs = 60_000, intervalMs = 100, signal, clock = systemClock } = options;
  const end = clock.monotonic() + deadlineMs;
  let last: unknown;
  for (;;) {
    if (signal?.aborted) throw new ClusterError('Aborted', `stopped while waiting for ${what}`);
    try {
      const value = await condition();
      if (value) return value as Truthy<T>;
      last = undefined;
    } catch (thrown) {
      if (thrown instanceof ClusterError) throw thrown;
      last = thrown;
    }
    if (clock.monotonic() >= end) break;
    await pause(clock, intervalMs, signal);
  }
  const why = last instanceof Error ? `; the last look failed with: ${last.message}` : '';
  const message = `waited ${deadlineMs / 1000} s for ${what}, in vain${why}`;
  throw (await options.onDeadline?.(message, last)) ?? new ClusterError('DeadlinePassed', message, { cause: last });
}

/** A wait that keeps the process alive: `systemClock`'s timers do not, and a program must not end in the middle. */
async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  const alive = setInterval(() => undefined, 60_000);
  await sleep(clock, ms, signal);
  clearInterval(alive);
}
