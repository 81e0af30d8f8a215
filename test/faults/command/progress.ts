import { duration } from '../../../cluster/progress.ts';
import type { Clock } from '../../../src/runtime/clock.ts';

/** Tells how many of many are done, and how long the rest will take. */
export interface Progress {
  /** One more is done. */
  done(isGood: boolean): void;
}

/** A line is printed at most so often, in milliseconds. */
const EVERY_MS = 10_000;

/**
 * Progress of some work: a line every ten seconds, and one at the end.
 *
 * @param what the things, in the plural: `plans`
 */
export function createProgress(what: string, total: number, clock: Clock, print: (line: string) => void): Progress {
  const start = clock.monotonic();
  let last = start;
  let done = 0;
  let failed = 0;
  return {
    done(isGood) {
      done += 1;
      if (!isGood) failed += 1;
      const now = clock.monotonic();
      if (done < total && now - last < EVERY_MS) return;
      last = now;
      const spent = now - start;
      const left = done < total ? `, about ${duration((spent / done) * (total - done))} left` : '';
      print(`  ${done} of ${total} ${what}, ${failed} failed, ${duration(spent)}${left}`);
    },
  };
}
