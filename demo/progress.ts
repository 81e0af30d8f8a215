import { duration, type Report } from '../cluster/progress.ts';
import { systemClock } from '../src/runtime/clock.ts';

/** The demo's voice: numbered steps, what they do, and how long they took. */
export interface Stage {
  /** Runs one step under its heading. */
  step<T>(title: string, work: (report: Report) => Promise<T>): Promise<T>;
  /** How long everything has taken so far, in words. */
  total(): string;
}

/**
 * A stage for so many steps. It needs no terminal: every line is written once and stays.
 *
 * @param count of steps
 * @param write takes a line
 */
export function createStage(count: number, write: (line: string) => void): Stage {
  const begin = systemClock.monotonic();
  let number = 0;
  return {
    async step(title, work) {
      number += 1;
      const start = systemClock.monotonic();
      write(`\n[${number}/${count}] ${title}`);
      const result = await work((line) => write(`      ${line}`));
      write(`      done in ${duration(systemClock.monotonic() - start)}`);
      return result;
    },
    total: () => duration(systemClock.monotonic() - begin),
  };
}
