import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { type TestKind, testKinds } from './test-files.ts';

/** What the user asked for. */
export interface TestOptions {
  /** The kinds of tests to run, in order. */
  readonly kinds: readonly TestKind[];
  /** Lint and types too. */
  readonly checks: boolean;
  readonly filter: string | undefined;
  /** How many files run at the same time; undefined leaves it to the kind. */
  readonly concurrency: number | undefined;
  /** A part of the fault plans, after the integration tests. */
  readonly faults: boolean;
  /** Measure coverage. */
  readonly coverage: boolean;
}

/** What is no kind of test file, and yet can be named. */
const FAULTS = 'faults';

const guide = `
Lint and types run first, unless a kind or a filter is named. Unit tests need nothing but Node.js. Integration tests share
one real control plane, which is started for them and ended after them; SMOOTH_TEST_KUBECONFIG=… makes them use another.
E2e tests start the local cluster and end it, unless it was up. A run of everything has a part of the fault plans, too.

Examples:
  node tools/test.ts                                    everything, as CI does
  node tools/test.ts unit
  node tools/test.ts faults                             a part of the fault plans (make faults)
  node tools/test.ts --filter queue                     the files that have "queue" in their path
  node tools/test.ts integration --filter 'missing Secret'   the tests whose name matches

One file alone, by node itself: node --test src/runtime/queue.test.ts
The last line is the count: "N passed, N failed", with ", N skipped" when there are any.`;

/**
 * Reads the command line.
 *
 * @param args without the program
 * @throws CommanderError after it has printed what is wrong, or the help; see `exitCodeOf`
 */
export function parseOptions(args: readonly string[]): TestOptions {
  const program = new Command('node tools/test.ts')
    .description('Runs lint, types and the tests, with coverage of src/.')
    .argument('[kinds...]', `${testKinds.join(', ')}, faults or all (the default)`)
    .option('--filter <pattern>', 'part of a path, or a regular expression for the names of tests', once)
    .option('--concurrency <files>', 'how many test files run at the same time (default: fits this machine)', countOf)
    .option('--no-coverage', 'do not measure coverage')
    .addHelpText('after', guide)
    .exitOverride()
    .showHelpAfterError('Run it with --help to see what there is.');
  program.parse(args, { from: 'user' });
  const flags: { filter?: string; concurrency?: number; coverage: boolean } = program.opts();
  const wrong = program.args.find((kind) => kind !== 'all' && kind !== FAULTS && !isKind(kind));
  if (wrong !== undefined)
    program.error(`error: no such kind of test: ${wrong}. There are ${testKinds.join(', ')}, ${FAULTS}, all.`);
  const named = program.args.filter(isKind);
  const isWhole = program.args.length === 0 || program.args.includes('all');
  return {
    kinds: isWhole ? testKinds : testKinds.filter((kind) => named.includes(kind)),
    checks: isWhole && flags.filter === undefined,
    // They are no files with tests, so a filter leaves none of them.
    faults: flags.filter === undefined && (isWhole || program.args.includes(FAULTS)),
    filter: flags.filter,
    concurrency: flags.concurrency,
    // Coverage of some of the tests says nothing about the rest.
    coverage: flags.coverage && flags.filter === undefined,
  };
}

function once(pattern: string, before?: string): string {
  if (before !== undefined) throw new InvalidArgumentError(`It comes after ${before}: only one is taken.`);
  return pattern;
}

/**
 * The exit code after a `CommanderError`: 0 for help, 2 for a wrong command line.
 *
 * @returns undefined when something else was thrown
 */
export function exitCodeOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof CommanderError)) return undefined;
  return thrown.exitCode === 0 ? 0 : 2;
}

function isKind(text: string): text is TestKind {
  return testKinds.some((kind) => kind === text);
}

function countOf(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('It is a number from 1 to 99.');
  return Number(text);
}
