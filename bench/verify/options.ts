import { parseArgs } from 'node:util';

/** What to run. */
export interface BenchOptions {
  readonly servers: number;
  /** Of each server. */
  readonly pods: number;
  /** Seconds between the probes of a pod. */
  readonly interval: number;
  /** How long to measure. */
  readonly seconds: number;
  /** Pods that hang, in the second part. */
  readonly hanging: number;
  /** How often a pod is made to hang, in the third. */
  readonly rounds: number;
  /** Whether a figure that is missed is a failure. */
  readonly check: boolean;
}

/** Printed for `--help`. */
export const help = `Usage: node bench/verify/run.ts [options]

Verifies many MCP servers, which are stubs in another process, and prints what that costs and how soon a pod that hangs
is noticed. The figures are those of issue "Ready means that the MCP server answers".

  --servers N    servers in all (default 1000)
  --pods N       pods of each (default 2)
  --interval N   seconds between the probes of a pod (default 30, at least 5)
  --seconds N    how long to measure (default 90)
  --hanging N    pods that hang beside the others, in the second part (default 200; 0 leaves it out)
  --rounds N     how often a pod is made to hang and to answer again, in the third (default 8; 0 leaves it out)
  --check        exit with 1 when a figure is missed`;

const smallest = { servers: 1, pods: 1, interval: 5, seconds: 1, hanging: 0, rounds: 0 } as const;

/**
 * The options on a command line.
 *
 * @param args without the program
 * @returns undefined when help is asked for
 * @throws Error in words for what cannot be
 */
export function benchOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      servers: { type: 'string', default: '1000' },
      pods: { type: 'string', default: '2' },
      interval: { type: 'string', default: '30' },
      seconds: { type: 'string', default: '90' },
      hanging: { type: 'string', default: '200' },
      rounds: { type: 'string', default: '8' },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const number = (name: keyof typeof smallest) => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= smallest[name]) return value;
    throw new RangeError(`--${name} must be a whole number of at least ${smallest[name]}, not "${values[name]}"`);
  };
  return {
    servers: number('servers'),
    pods: number('pods'),
    interval: number('interval'),
    seconds: number('seconds'),
    hanging: number('hanging'),
    rounds: number('rounds'),
    check: values.check,
  };
}
