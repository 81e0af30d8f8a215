import { parseArgs } from 'node:util';

/** What to run. */
export interface BenchOptions {
  /** Calls in all. */
  readonly calls: number;
  /** Calls at a time. */
  readonly concurrency: number;
  /** Whether a figure that is missed is a failure. */
  readonly check: boolean;
}

/** Printed for `--help`. */
export const help = `Usage: node bench/webhook/run.ts [options]

Asks the admission webhook about new MCPServers, with a real API server behind it, and prints how long an answer takes,
how long its two dry runs take when they are sent without it, and how long an answer takes where dry runs take no time:
that is what the webhook itself costs.

  --calls N         calls in all (default 600)
  --concurrency N   calls at a time (default 4)
  --check           exit with 1 when a figure is missed`;

/**
 * The options on a command line.
 *
 * @param args without the program
 * @returns undefined when help is asked for
 * @throws RangeError in words for what cannot be
 */
export function benchOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: 'string', default: '600' },
      concurrency: { type: 'string', default: '4' },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const number = (name: 'calls' | 'concurrency') => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= 1) return value;
    throw new RangeError(`--${name} must be a whole number of at least 1, not "${values[name]}"`);
  };
  return { calls: number('calls'), concurrency: number('concurrency'), check: values.check };
}
