import { Command, InvalidArgumentError } from 'commander';
import { faultKinds } from '../plans/plan.ts';
import { seeds } from '../seeds/catalog.ts';
import { workloads } from '../workloads/catalog.ts';

/** What the user asked for. */
export interface FaultOptions {
  /** Every plan, every seed and every field; else a part of each. */
  readonly full: boolean;
  /** One plan alone, with its trace. */
  readonly plan: string | undefined;
  /** Names of workloads; empty for all. */
  readonly workloads: readonly string[];
  /** Kinds of faults; empty for all. */
  readonly kinds: readonly string[];
  /** Only say which plans there are. */
  readonly list: boolean;
  /** Chooses the plans of a part, and the order in which seeds are looked for. */
  readonly seed: number;
  readonly jobs: number;
  /** How many plans a part has. */
  readonly count: number;
  /** Names of seeds to look for; undefined for what fits: all with `--full`, else some. */
  readonly seeds: readonly string[] | undefined;
  /**
   * Run a plan that fails again, and count it as failed if it fails again. What chance did in the first run is told all
   * the same.
   */
  readonly twice: boolean;
  /** What is run. */
  readonly parts: readonly Part[];
  /** A file whose section between the markers is replaced by the summary. */
  readonly report: string | undefined;
}

/** The three parts of a campaign. */
export const partNames = ['plans', 'fields', 'seeds'] as const;
export type Part = (typeof partNames)[number];

/** The seed of a run that names none: the same plans for everybody, until the workloads change. */
const SEED = 20_261_122;
/** As many plans as fit into some three minutes on two idle cores. */
const COUNT = 120;

const guide = `
A workload is run twice without faults; then once for each plan, with its fault between the operator and the API server.
Whatever the fault, the end has to be the same. Deliberate defects (seeds) are put into the operator to see that the plans
would find them, and every field of spec is changed to see that it has its effect.

SMOOTH_TEST_KUBECONFIG=… uses a control plane that runs already; without it one is started, and ended.

Examples:
  node test/faults/cli.ts                                      a part of the plans, the fields and the seeds
  node test/faults/cli.ts --full --report docs/reliability.md  everything, as the document has it
  node test/faults/cli.ts --list --workload create             the plans of one workload
  node test/faults/cli.ts --full --only plans --kind conflict  every plan with one kind of fault
  node test/faults/cli.ts --plan create/apply-services-weather-1/crash-after-commit
  node test/faults/cli.ts --only seeds --seeds hash-omitted    one defect: is it found?
  node test/faults/cli.ts --plan ID --seeds hash-omitted       one plan with an operator that has the defect

The last line is the count: "N passed, N failed". Exit codes: 0 all passed, 1 something failed, 2 wrong command line.`;

/**
 * Reads the command line.
 *
 * @param args without the program
 * @throws CommanderError after it has printed what is wrong, or the help
 */
export function parseOptions(args: readonly string[]): FaultOptions {
  const program = new Command('node test/faults/cli.ts')
    .description('Breaks what is between the operator and the API server, one plan after the other.')
    .option('--full', 'every plan, every field and every seed', false)
    .option('--plan <id>', 'one plan, with its trace')
    .option('--workload <names...>', 'the plans of these workloads', [])
    .option('--kind <kinds...>', 'the plans with these kinds of faults', [])
    .option('--list', 'say which plans there are, and run none', false)
    .option('--seed <number>', 'chooses the plans of a part', wholeNumber, SEED)
    .option('--jobs <number>', 'runs at a time', countOf, 3)
    .option('--count <plans>', 'plans in a part', countOf, COUNT)
    .option('--twice', 'a plan fails when it fails again', false)
    .option('--seeds <names...>', 'look for these defects: names, or all')
    .option('--only <parts...>', `${partNames.join(', ')}`, (part: string, all: readonly Part[] = []) => [
      ...all,
      partOf(part),
    ])
    .option('--report <file>', 'write the summary into this file')
    .addHelpText('after', guide)
    .exitOverride()
    .showHelpAfterError('Run it with --help to see what there is.');
  program.parse(args, { from: 'user' });
  const flags: Flags = program.opts();
  const known = (names: readonly string[], all: readonly string[], what: string) => {
    const wrong = names.find((name) => !all.includes(name));
    if (wrong !== undefined) program.error(`error: no such ${what}: ${wrong}. There are ${all.join(', ')}.`);
    return names;
  };
  const seedNames = seeds.map(({ name }) => name);
  const wanted = flags.seeds?.includes('all') ? seedNames : flags.seeds;
  return {
    full: flags.full,
    plan: flags.plan,
    workloads: known(
      flags.workload,
      workloads.map(({ name }) => name),
      'workload',
    ),
    kinds: known(flags.kind, Object.keys(faultKinds), 'kind of fault'),
    list: flags.list,
    seed: flags.seed,
    jobs: flags.jobs,
    count: flags.count,
    seeds: wanted === undefined ? undefined : known(wanted, seedNames, 'seed'),
    twice: flags.twice,
    parts: flags.only ?? partNames,
    report: flags.report,
  };
}

interface Flags {
  readonly full: boolean;
  readonly plan?: string;
  readonly workload: readonly string[];
  readonly kind: readonly string[];
  readonly list: boolean;
  readonly seed: number;
  readonly jobs: number;
  readonly count: number;
  readonly twice: boolean;
  readonly seeds?: readonly string[];
  readonly only?: readonly Part[];
  readonly report?: string;
}

function partOf(text: string): Part {
  const part = partNames.find((name) => name === text);
  if (part === undefined) throw new InvalidArgumentError(`There are ${partNames.join(', ')}.`);
  return part;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('It is a number from 1.');
  return Number(text);
}
