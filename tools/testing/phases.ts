import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ClusterError } from '../../cluster/cluster-error.ts';
import { duration } from '../../cluster/progress.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { type Check, runCheck } from './check.ts';
import { coverageLines, measureCoverage, shortfalls } from './coverage/coverage-report.ts';
import { runFiles } from './file-pool.ts';
import type { TestLimits } from './file-run.ts';
import type { Machine } from './machine.ts';
import { nothing, type Outcome, sum } from './outcome.ts';
import type { Selection, TestKind } from './test-files.ts';

/** What every phase of a run needs. */
export interface PhaseContext {
  /** The root of the repository. */
  readonly root: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** Told what goes on now, for the line that breaks a silence. */
  readonly doing: (what: () => readonly string[]) => void;
  readonly machine: Machine;
  /** The environment of this process. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The tests of one kind. */
export interface TestPhase {
  readonly kind: TestKind;
  readonly selection: Selection;
  /** Undefined for what fits this machine. */
  readonly concurrency: number | undefined;
  /** Where the processes write their coverage. Default: nowhere. */
  readonly coverageDirectory?: string | undefined;
}

const limits: Readonly<Record<TestKind, TestLimits>> = {
  unit: { testMs: 120_000, fileMs: 300_000 },
  integration: { testMs: 600_000, fileMs: 1_200_000 },
  // The first one may have to build Kubernetes.
  e2e: { testMs: 1_200_000, fileMs: 1_500_000 },
};

/** How many files run at the same time. Unit tests compute, integration tests wait; e2e tests have one machine. */
const concurrencyOf: Readonly<Record<TestKind, number>> = {
  unit: Math.max(2, availableParallelism()),
  integration: Math.max(2, availableParallelism()),
  e2e: 1,
};

/** Runs the checks, one after the other. */
export async function runChecks(checks: readonly Check[], context: PhaseContext): Promise<Outcome> {
  const { root, signal, clock, say, doing } = context;
  const outcomes: Outcome[] = [];
  for (const check of checks) {
    if (signal.aborted) break;
    doing(() => [check.command.join(' ')]);
    const start = clock.monotonic();
    const outcome = await runCheck(check, root, signal);
    say(`  ${mark(outcome)}  ${check.name}  ${duration(clock.monotonic() - start)}`);
    outcomes.push(outcome);
  }
  return sum(outcomes);
}

/** Runs the tests of one kind, with what they need: a shared control plane, or a machine that runs containers. */
export async function runTests(phase: TestPhase, context: PhaseContext): Promise<Outcome> {
  if (phase.kind === 'integration') return withControlPlane(phase, context);
  if (phase.kind === 'e2e') return onThisMachine(phase, context);
  return runKind(phase, context, {});
}

async function withControlPlane(phase: TestPhase, context: PhaseContext): Promise<Outcome> {
  const { env, say, signal, doing, machine } = context;
  const given = env.SMOOTH_TEST_KUBECONFIG;
  if (given) {
    say(`  using the API server of SMOOTH_TEST_KUBECONFIG=${given}`);
    return runKind(phase, context, {});
  }
  doing(() => ['starting a control plane for the tests']);
  try {
    const plane = await machine.startControlPlane((line) => say(`  ${line}`), signal);
    try {
      return await runKind(phase, context, { SMOOTH_TEST_KUBECONFIG: plane.kubeconfig });
    } finally {
      doing(() => ['stopping the control plane']);
      await plane.stop();
    }
  } catch (thrown) {
    const error = ClusterError.from(thrown);
    if (error.code === 'Aborted') return nothing;
    const title = 'the control plane for the integration tests';
    return { ...nothing, failures: [{ title, where: '', text: error.format() }] };
  }
}

async function onThisMachine(phase: TestPhase, context: PhaseContext): Promise<Outcome> {
  const { root, say, doing, machine } = context;
  const reason = await machine.whyNoPods();
  if (reason !== undefined) {
    say(`  skipped: ${reason}`);
    const skips = phase.selection.files.e2e.map((file) => ({ title: relative(root, file), reason }));
    return { ...nothing, skips };
  }
  const wasUp = await machine.isClusterUp();
  if (wasUp) say('  the local cluster is up: the tests use it, and it stays up');
  try {
    // A file by itself ends what it has started. Here the next one goes on with it.
    return await runKind(phase, context, wasUp ? {} : { SMOOTH_TEST_ENDS_CLUSTER: '1' });
  } finally {
    doing(() => ['ending the local cluster']);
    // A test that failed half way leaves it up.
    if (!wasUp) await machine.endCluster((line) => say(`  ${line}`));
  }
}

function runKind(phase: TestPhase, context: PhaseContext, env: Readonly<Record<string, string>>): Promise<Outcome> {
  const { kind, selection, concurrency, coverageDirectory } = phase;
  const { root, clock, signal, say, doing } = context;
  return runFiles(selection.files[kind], {
    root,
    clock,
    signal,
    names: selection.names,
    limits: limits[kind],
    concurrency: concurrency ?? concurrencyOf[kind],
    env: coverageDirectory === undefined ? env : { ...env, NODE_V8_COVERAGE: coverageDirectory },
    onRunning: (runs) =>
      doing(() => runs.map(({ path, running }) => [path, running().at(-1)].filter(Boolean).join(' › '))),
    onFile(path, outcome, ms) {
      // Of the files in which a named test is not, there are many.
      if (selection.names.length > 0 && outcome.passed + outcome.failures.length + outcome.skips.length === 0) return;
      say(`  ${mark(outcome)}  ${path}  ${counts(outcome)}, ${duration(ms)}`);
      for (const { title, text } of outcome.failures) {
        say(`          ${title}`);
        for (const line of text.split('\n').slice(0, FIRST_LINES)) if (line !== '') say(`            ${line}`);
      }
    },
  });
}

/** Of what went wrong, so many are told at once: a log that is cut short still says why. The rest comes at the end. */
const FIRST_LINES = 6;

/** Where coverage is gathered while the tests run. */
export interface CoverageStore {
  readonly directory: string;
  /** Prints the table; fails when a folder has less than it must. Empty `required`: only the table. */
  report(required: Readonly<Record<string, number>>): Promise<Outcome>;
  remove(): Promise<void>;
}

/** A place for coverage outside the repository. */
export async function createCoverageStore(context: PhaseContext): Promise<CoverageStore> {
  const { root, say, doing } = context;
  const directory = await mkdtemp(join(tmpdir(), 'smooth-coverage-'));
  return {
    directory,
    async report(required) {
      doing(() => ['adding up the coverage']);
      const files = await measureCoverage(root, directory);
      for (const line of coverageLines(files, required)) say(line);
      if (Object.keys(required).length === 0) return nothing;
      const short = shortfalls(files, required);
      if (short.length === 0) return { ...nothing, passed: 1 };
      return { ...nothing, failures: [{ title: 'coverage', where: '', text: short.join('\n') }] };
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

function mark({ failures }: Outcome): string {
  return failures.length === 0 ? 'ok  ' : 'FAIL';
}

function counts({ passed, failures, skips }: Outcome): string {
  const parts = [`${passed} passed`];
  if (failures.length > 0) parts.push(`${failures.length} failed`);
  if (skips.length > 0) parts.push(`${skips.length} skipped`);
  return parts.join(', ');
}
