import { parseArgs } from 'node:util';
import { whole } from './options.ts';

/** What to check. */
export interface CheckOptions {
  readonly servers: number;
  /** Alternations of floor and operator; the median counts. */
  readonly runs: number;
  /** How many more there may be before a ratio is believed to be too high. */
  readonly more: number;
  /** Whether the baseline is written anew instead. */
  readonly update: boolean;
}

/** Printed for `--help`. */
export const help = `Usage: make bench-check ARGS="[options]", or: node bench/race/check.ts [options]

Races the operator against the floor with few servers, and compares with bench/baseline.json. Fails when a ratio to the
floor or the memory is above 110 % of what is stored, or when the API server gets one request more than it should.

A ratio is taken from one run, floor and operator one after the other on the same machine, so that most of what disturbs
one disturbs both. It is the median of some alternations that counts, and one that is too high is measured again before
it fails: noise goes away, a slower operator does not.

  --n N       how many MCPServers (default 500: the baseline is of that)
  --runs N    alternations (default 3)
  --more N    alternations more before it fails (default 3)
  --update    store what is measured as the new baseline; say why in the commit`;

/**
 * The options on a command line.
 *
 * @param args without the program
 * @returns undefined when help is asked for
 * @throws Error in words for what cannot be
 */
export function checkOptions(args: readonly string[]): CheckOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      n: { type: 'string', default: '500' },
      runs: { type: 'string', default: '3' },
      more: { type: 'string', default: '3' },
      update: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    servers: whole('--n', values.n, 1),
    runs: whole('--runs', values.runs, 1),
    more: whole('--more', values.more, 0),
    update: values.update,
  };
}
