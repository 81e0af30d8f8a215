import { ClusterError } from '../../cluster/cluster-error.ts';
import { untilInterrupted } from '../../images/interrupt.ts';

/**
 * Runs a program of the benchmark: prints its help, lets Ctrl-C clean up, says in words what went wrong, and sets the exit
 * code: 0, 1 for a failure, 130 for Ctrl-C.
 *
 * @param parse reads the options; undefined asks for help
 * @param work is given the signal of Ctrl-C. @returns false for a failure that it has told itself
 */
export async function runProgram<O>(
  help: string,
  parse: (args: readonly string[]) => O | undefined,
  work: (options: O, signal: AbortSignal) => Promise<boolean>,
): Promise<void> {
  let interrupted = false;
  try {
    const options = parse(process.argv.slice(2));
    if (options === undefined) return console.log(help);
    const ok = await untilInterrupted((signal) => {
      signal.addEventListener('abort', () => {
        interrupted = true;
        console.error('stopping');
      });
      return work(options, signal);
    });
    if (!ok) process.exitCode = 1;
  } catch (thrown) {
    if (interrupted) console.error('stopped; nothing is left running');
    else if (thrown instanceof ClusterError) console.error(thrown.format());
    else console.error(`error: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    process.exitCode = interrupted ? 130 : 1;
  }
}
