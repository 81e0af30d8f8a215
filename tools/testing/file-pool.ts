import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { type FileRun, type FileRunOptions, startFile } from './file-run.ts';
import { type Outcome, sum } from './outcome.ts';

/** How a list of test files is run. */
export interface PoolOptions extends FileRunOptions {
  /** How many files run at the same time. */
  readonly concurrency: number;
  /** Told of each file that is done. */
  readonly onFile: (path: string, outcome: Outcome, ms: number) => void;
  /** Told what runs whenever that changes, for those who wonder. Default: nobody. */
  readonly onRunning?: (runs: readonly FileRun[]) => void;
}

/**
 * Runs test files, a few at a time, each in a process of its own. Once the signal fires no further file is started.
 *
 * @param files absolute paths, in the order in which they are started
 */
export async function runFiles(files: readonly string[], options: PoolOptions): Promise<Outcome> {
  const { concurrency, onFile, onRunning = () => undefined, signal } = options;
  const clock: Clock = options.clock ?? systemClock;
  const queue = [...files];
  const runs = new Set<FileRun>();
  const outcomes: Outcome[] = [];

  async function work(): Promise<void> {
    for (let file = queue.shift(); file !== undefined && !signal?.aborted; file = queue.shift()) {
      const start = clock.monotonic();
      const run = startFile(file, options);
      runs.add(run);
      onRunning([...runs]);
      const outcome = await run.result;
      runs.delete(run);
      onRunning([...runs]);
      outcomes.push(outcome);
      onFile(run.path, outcome, clock.monotonic() - start);
    }
  }

  await Promise.all(Array.from({ length: Math.min(concurrency, files.length) }, work));
  return sum(outcomes);
}
