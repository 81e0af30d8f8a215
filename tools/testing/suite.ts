import { duration } from '../../cluster/progress.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { checks } from './check.ts';
import type { Machine } from './machine.ts';
import type { TestOptions } from './options.ts';
import { countLine, failureLines, nothing, type Outcome, sum } from './outcome.ts';
import { type CoverageStore, createCoverageStore, type PhaseContext, runChecks, runTests } from './phases.ts';
import { createVoice } from './quiet-watch.ts';
import { findTests, select, type TestKind } from './test-files.ts';

/** What a run of the tests needs from outside. */
export interface SuiteContext {
  /** The root of the repository, absolute. */
  readonly root: string;
  readonly clock: Clock;
  readonly print: (line: string) => void;
  /** Aborts when the user has had enough. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly machine: Machine;
}

/** The share of lines, in percent, that tests must have run. */
const required: Readonly<Record<string, number>> = { 'src/controller': 90, 'src/runtime': 90 };
/** What runs pods runs the operator's bundle, of which coverage knows nothing. */
const covering: readonly TestKind[] = ['unit', 'integration'];

/**
 * Runs what was asked for, phase by phase, and tells how it goes. The last line is the count.
 *
 * @returns what passed and what did not; after an interruption, what there was until then
 */
export async function runSuite(options: TestOptions, context: SuiteContext): Promise<Outcome> {
  const { root, clock, signal } = context;
  let doing: () => readonly string[] = () => [];
  const voice = createVoice({ clock, print: context.print, doing: () => doing() });
  const say = voice.say;
  const phaseContext: PhaseContext = { ...context, say, doing: (what) => (doing = what) };
  const outcomes: Outcome[] = [];
  const times: string[] = [];

  async function phase(title: string, work: () => Promise<Outcome>): Promise<void> {
    if (signal.aborted) return;
    say(`== ${title}`);
    doing = () => [title];
    const start = clock.monotonic();
    const outcome = await work();
    outcomes.push(outcome);
    times.push(`  ${duration(clock.monotonic() - start).padStart(12)}  ${title}: ${countLine(outcome)}`);
    say('');
  }

  let store: CoverageStore | undefined;
  try {
    const selection = select(await findTests(root), root, options.filter);
    store = options.coverage ? await createCoverageStore(phaseContext) : undefined;
    if (options.checks) await phase('checks', () => runChecks(checks, phaseContext));
    const runKind = async (kind: TestKind) => {
      const count = selection.files[kind].length;
      if (count === 0) return;
      const coverageDirectory = covering.includes(kind) ? store?.directory : undefined;
      await phase(`${kind} tests, ${count} ${count === 1 ? 'file' : 'files'}`, () =>
        runTests({ kind, selection, concurrency: options.concurrency, coverageDirectory }, phaseContext),
      );
    };
    for (const kind of options.kinds) if (kind !== 'e2e') await runKind(kind);
    // Before the tests that take the whole machine.
    if (options.faults)
      await phase('fault plans, a part of them', () => context.machine.runFaultPlans({ root, say, signal }));
    if (options.kinds.includes('e2e')) await runKind('e2e');
    const measured = covering.filter((kind) => options.kinds.includes(kind));
    const whole = measured.length === covering.length;
    if (store !== undefined && measured.length > 0) {
      const { report } = store;
      await phase(`coverage of src/ by ${measured.join(' and ')} tests, in lines of code`, () =>
        report(whole ? required : {}),
      );
    }
  } finally {
    voice.end();
    await store?.remove();
  }
  const outcome = outcomes.length === 0 ? nothing : sum(outcomes);
  for (const line of closing(outcome, times, signal.aborted)) context.print(line);
  return outcome;
}

/** What a run ends with: what was skipped and why, what failed in full, how long it took, the count. */
function closing(outcome: Outcome, times: readonly string[], interrupted: boolean): string[] {
  const { failures, skips } = outcome;
  const lines: string[] = [];
  if (skips.length > 0) {
    lines.push('== skipped', ...skips.map(({ title, reason }) => `  ${title}: ${reason}`), '');
  }
  if (failures.length > 0) {
    lines.push('== failures', ...failures.flatMap((failure, index) => [...failureLines(failure, index + 1), '']));
  }
  if (times.length > 0) lines.push('== times', ...times, '');
  if (interrupted) lines.push('interrupted: what follows is the count until then');
  return [...lines, countLine(outcome)];
}
