import type { Key } from './object.ts';

/** How retries of one key are spread. */
export interface BackoffOptions {
  /** The first wait, in milliseconds. Default 100: a conflict or a blip is over by then. */
  readonly baseMs?: number;
  /** No wait is longer than this before jitter, whatever the server asks for. Default 5 minutes. */
  readonly maxMs?: number;
  /** Up to this share of the wait is added at random, so that keys that failed together do not return together. Default 0.5. */
  readonly jitter?: number;
  /** Uniform in [0, 1). Default Math.random. */
  readonly random?: () => number;
}

/** Exponential backoff for each key by itself. */
export interface Backoff {
  /**
   * Counts a failure of the key and tells how long to wait, in milliseconds: twice as long as the last time.
   *
   * @param retryAfterMs what the server asked for; the wait is never shorter (up to the maximum)
   */
  next(key: Key, retryAfterMs?: number): number;
  /** How often the key has failed since it was last forgotten. */
  failures(key: Key): number;
  /** The key succeeded: its next failure waits the base again. */
  forget(key: Key): void;
}

/**
 * A backoff with no state but a failure count per failing key.
 * (controller-runtime begins at 5 ms and ends at 1,000 s; an operator that is told 503 has no use for twelve tries in
 * the first ten seconds, and one whose user just fixed the cause should not sleep for a quarter of an hour.)
 */
export function createBackoff(options: BackoffOptions = {}): Backoff {
  const { baseMs = 100, maxMs = 300_000, jitter = 0.5, random = Math.random } = options;
  const failures = new Map<Key, number>();
  return {
    next(key, retryAfterMs = 0) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      const wait = Math.min(maxMs, Math.max(baseMs * 2 ** count, retryAfterMs));
      return wait * (1 + jitter * random());
    },
    failures: (key) => failures.get(key) ?? 0,
    forget(key) {
      failures.delete(key);
    },
  };
}
