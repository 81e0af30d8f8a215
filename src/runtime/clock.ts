/**
 * Time, injected. Nothing outside this file reads a clock or sets a timer, so tests own time
 * (`test/support/fake-clock.ts` has the other implementation).
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch: for timestamps that people read. */
  now(): number;
  /** Monotonic time in milliseconds: for durations and deadlines. Never goes back, whatever the wall clock does. */
  monotonic(): number;
  /**
   * Runs `callback` once after `delayMs` milliseconds.
   *
   * @returns a function that cancels it; calling it late or twice is harmless
   */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/**
 * Waits.
 *
 * @param delayMs how long, in milliseconds
 * @param signal ends the wait early; the promise then resolves, it never rejects: look at `signal.aborted`
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
