import { duration } from '../../../cluster/progress.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { runFields } from '../fields/run-fields.ts';
import { generatePlans } from '../plans/generate-plans.ts';
import type { FaultPlan } from '../plans/plan.ts';
import { selectPlans } from '../plans/select-plans.ts';
import { seeds } from '../seeds/catalog.ts';
import { workloads } from '../workloads/catalog.ts';
import type { FaultOptions } from './options.ts';
import type { Campaign, RunOutcome, SeedOutcome } from './outcome.ts';
import { pool } from './pool.ts';
import { createProgress } from './progress.ts';
import { createRandom } from './random.ts';
import { makeReferences, planningReferences, type References } from './references.ts';
import { outcomeOf, runAndJudge } from './run-plans.ts';
import { searchSeed } from './run-seeds.ts';
import { spread } from './spread.ts';
import type { Workshop } from './workshop.ts';

/** What a campaign needs from outside. */
export interface CampaignContext {
  readonly workshop: Workshop;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The workload whose start-up is broken: the same in every command, so that ids stay. */
export const START_UP_OF = 'create';

/** Plans that a seed may take in a part of a campaign, and in a whole one; the fault-free runs come on top. */
const SEED_PLANS = { part: 60, full: 500 } as const;
/** Seeds in a part of a campaign: those that so few plans find. */
const PART_SEEDS: ReadonlySet<string> = new Set(['owner-omitted', 'deletions-missed', 'stale-reads']);

/** The references and the plans that follow from them. */
export async function preparePlans(
  { workshop, print, signal }: CampaignContext,
  { workloads: names, kinds, jobs }: Pick<FaultOptions, 'workloads' | 'kinds' | 'jobs'>,
): Promise<{ readonly references: References; readonly plans: readonly FaultPlan[] }> {
  const chosen = workloads.filter(({ name }) => names.length === 0 || names.includes(name));
  print(`== ${chosen.length} ${chosen.length === 1 ? 'workload' : 'workloads'} without faults, twice each`);
  const references = await makeReferences(workshop.stage, chosen, jobs, signal);
  const all = generatePlans(planningReferences(references), { startUpOf: START_UP_OF });
  return { references, plans: kinds.length === 0 ? all : all.filter(({ kind }) => kinds.includes(kind)) };
}

/** Runs what was asked for: plans, fields and seeds. */
export async function runCampaign(options: FaultOptions, context: CampaignContext): Promise<Campaign> {
  const { workshop, print, signal } = context;
  const start = systemClock.monotonic();
  const { parts, full, seed } = options;
  const { references, plans } = parts.some((part) => part !== 'fields')
    ? await preparePlans(context, options)
    : { references: new Map(), plans: [] };
  const outcomes = await judgeReferences(references);
  for (const outcome of outcomes) tellFailure(outcome, print);
  const random = createRandom(seed);
  const chosen = spread(random.shuffled(full ? plans : selectPlans(plans, { seed, limit: options.count })));

  const judged = parts.includes('plans') ? await runPlans(chosen, references, context, options) : [];
  const fields =
    parts.includes('fields') && !signal.aborted
      ? await runFields({ stage: workshop.stage, random, full, print, signal })
      : [];
  const found = parts.includes('seeds') && !signal.aborted ? await runSeeds(options, references, plans, context) : [];
  return {
    references: parts.includes('plans') ? outcomes : [],
    plans: judged,
    existing: plans.length,
    seeds: found,
    fields,
    ms: systemClock.monotonic() - start,
  };
}

async function judgeReferences(references: References): Promise<readonly RunOutcome[]> {
  const all = [...references.values()].flatMap((runs) => runs.map((run) => outcomeOf(runs, run)));
  return Promise.all(all);
}

async function runPlans(
  plans: readonly FaultPlan[],
  references: References,
  { workshop, print, signal }: CampaignContext,
  { jobs, twice }: Pick<FaultOptions, 'jobs' | 'twice'>,
): Promise<readonly RunOutcome[]> {
  print(`== ${plans.length} plans, ${jobs} at a time`);
  const progress = createProgress('plans', plans.length, systemClock, print);
  const outcomes: RunOutcome[] = [];
  async function run(plan: FaultPlan): Promise<void> {
    const one = { workload: plan.workload, plan };
    const first = await runAndJudge(workshop.stage, references, one, signal);
    const again = twice && first.findings.length > 0;
    if (again) for (const { oracle, text } of first.findings) print(`  once: ${plan.id}: ${oracle} ${text}`);
    const { record: _, ...outcome } = again ? await runAndJudge(workshop.stage, references, one, signal) : first;
    if (again && outcome.findings.length === 0) print(`  not again: ${plan.id}; the trace: ${first.traceFile}`);
    tellFailure(outcome, print);
    progress.done(outcome.findings.length === 0);
    outcomes.push(outcome);
  }
  try {
    await pool(plans, jobs, run, signal);
  } catch (thrown) {
    // What has been found out until an interruption is worth telling.
    if (!signal.aborted) throw thrown;
  }
  return outcomes;
}

/** What is wrong, and how to see it again. */
function tellFailure({ workload, plan, findings, traceFile }: RunOutcome, print: (line: string) => void): void {
  if (findings.length === 0) return;
  print(`FAILED ${plan?.id ?? `${workload}, without faults`}`);
  for (const { oracle, text } of findings.slice(0, 8)) print(`    ${oracle} ${text}`);
  if (findings.length > 8) print(`    and ${findings.length - 8} more`);
  print(`    trace: ${traceFile}`);
  const which = plan === undefined ? `--workload ${workload} --count 1` : `--plan ${plan.id}`;
  print(`    again: node test/faults/cli.ts ${which}`);
}

async function runSeeds(
  { seeds: names, full, seed, jobs }: FaultOptions,
  references: References,
  plans: readonly FaultPlan[],
  { workshop, print, signal }: CampaignContext,
): Promise<readonly SeedOutcome[]> {
  const some = seeds.filter(({ name }) => PART_SEEDS.has(name));
  const wanted = names === undefined ? (full ? seeds : some) : seeds.filter(({ name }) => names.includes(name));
  print(`== ${wanted.length} seeded defects`);
  const outcomes: SeedOutcome[] = [];
  for (const each of wanted) {
    if (signal.aborted) break;
    const started = systemClock.monotonic();
    const stage = await workshop.withSeed(each);
    const limit = full || names !== undefined ? SEED_PLANS.full : SEED_PLANS.part;
    const outcome = await searchSeed(each, { stage, references, plans, limit, seed, jobs, signal });
    const took = duration(systemClock.monotonic() - started);
    const how = outcome.caughtBy === undefined ? 'NOT CAUGHT' : `caught by ${outcome.caughtBy}: ${outcome.finding}`;
    print(`  ${each.name}: ${how.slice(0, 240)} (${outcome.runs} runs, ${took})`);
    outcomes.push(outcome);
  }
  return outcomes;
}
