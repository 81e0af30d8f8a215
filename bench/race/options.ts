import { parseArgs } from 'node:util';
import { type PhaseName, phaseNames } from './phase-result.ts';

/** What to race. */
export interface RaceOptions {
  /** How many servers: one race each. */
  readonly servers: readonly number[];
  readonly runs: number;
  readonly phases: ReadonlySet<PhaseName>;
  /** Files of adapters for other operators. */
  readonly adapters: readonly string[];
  /** Without this project's operator: only the yardstick and the adapters. */
  readonly withOperator: boolean;
  readonly inFlight: number;
  readonly singles: number;
  readonly steadySeconds: number;
  /** Whether profiles are written: the figures are then not to be compared. */
  readonly profile: boolean;
  /** Whether results, chart and document are written. */
  readonly save: boolean;
  /** Whether the last race, which was interrupted, goes on. */
  readonly resume: boolean;
}

/** What is raced unless something else is said: the sizes of the promise. */
const SERVERS = '500,2000,10000';

/** Printed for `--help`. */
export const help = `Usage: make bench ARGS="[options]", or: node bench/race/run.ts [options]

Races the operator against the floor, which is the fewest writes as fast as one process can send them. Each turn is on
an etcd and a kube-apiserver of its own, started for it. Prints a table. A whole run (all sizes, all phases) also writes
bench/results.json, and into docs/ the chart and the table of performance.md. On a machine that does something else the
figures are worth little: ratios more than times.

  --n N,N,…            how many MCPServers (default ${SERVERS})
  --runs N             how often each is repeated, alternating; the table then has the spread (default 1)
  --phases A,B,…       of ${phaseNames.join(', ')} (default all; "burst" goes with the ones after it)
  --adapter FILE       race another operator too; bench/race/adapters/README.md tells how. May be given several times
  --without-operator   leave this project's own out
  --in-flight N        requests of the load at a time, few enough that the contestant sets the pace (default 16)
  --singles N          samples of one server at idle (default 200)
  --steady N           seconds to watch at rest (default 30)
  --profile            write CPU profiles of each phase and a heap snapshot to .local/bench/profiles/
  --save, --no-save    write results, chart and document, or do not (default: only for a whole run)
  --resume             go on with the race that was interrupted: its turns are in .local/bench/turns.json. Say the same
                       options again; --n and --runs may be others`;

const smallest = { runs: 1, 'in-flight': 1, singles: 1, steady: 1 } as const;

/**
 * The options on a command line.
 *
 * @param args without the program
 * @returns undefined when help is asked for
 * @throws Error in words for what cannot be
 */
export function raceOptions(args: readonly string[]): RaceOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      n: { type: 'string', default: SERVERS },
      runs: { type: 'string', default: '1' },
      phases: { type: 'string', default: phaseNames.join(',') },
      adapter: { type: 'string', multiple: true, default: [] },
      'without-operator': { type: 'boolean', default: false },
      'in-flight': { type: 'string', default: '16' },
      singles: { type: 'string', default: '200' },
      steady: { type: 'string', default: '30' },
      profile: { type: 'boolean', default: false },
      save: { type: 'boolean' },
      resume: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const number = (name: keyof typeof smallest) => whole(`--${name}`, values[name], smallest[name]);
  const phases = phasesOf(values.phases);
  const isWhole =
    values.n === SERVERS &&
    phases.size === phaseNames.length &&
    !values.profile &&
    !values['without-operator'] &&
    values.adapter.length === 0;
  return {
    servers: values.n.split(',').map((count) => whole('--n', count, 1)),
    runs: number('runs'),
    phases,
    adapters: values.adapter,
    withOperator: !values['without-operator'],
    inFlight: number('in-flight'),
    singles: number('singles'),
    steadySeconds: number('steady'),
    profile: values.profile,
    save: values.save ?? isWhole,
    resume: values.resume,
  };
}

/** Those that need servers, which a burst makes. */
const needBurst: readonly PhaseName[] = ['available', 'steady', 'scale', 'children', 'restart'];

function phasesOf(text: string): ReadonlySet<PhaseName> {
  const names = text.split(',').map((name) => {
    const known = phaseNames.find((each) => each === name.trim());
    if (known === undefined)
      throw new RangeError(`--phases: there is no "${name}"; there are ${phaseNames.join(', ')}`);
    return known;
  });
  return new Set(names.some((name) => needBurst.includes(name)) ? [...names, 'burst' as const] : names);
}

/** @throws RangeError for what is no whole number, or too small */
export function whole(option: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value;
  throw new RangeError(`${option} must be a whole number of at least ${least}, not "${text}"`);
}
