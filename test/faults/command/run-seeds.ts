import type { FaultPlan } from '../plans/plan.ts';
import { selectPlans } from '../plans/select-plans.ts';
import type { Seed } from '../seeds/catalog.ts';
import type { Stage } from '../stage/run-workload.ts';
import type { SeedOutcome } from './outcome.ts';
import { pool } from './pool.ts';
import type { References } from './references.ts';
import { runAndJudge } from './run-plans.ts';
import { spread } from './spread.ts';

/** How a seed is looked for. */
export interface SeedSearch {
  readonly stage: Stage;
  readonly references: References;
  readonly plans: readonly FaultPlan[];
  /** Of the plans at most so many. */
  readonly limit: number;
  readonly seed: number;
  readonly jobs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs workloads with an operator that has a defect until one of them fails: first all without faults, then plans of all
 * kinds. Nothing says which should find it.
 */
export async function searchSeed({ name }: Seed, search: SeedSearch): Promise<SeedOutcome> {
  const { stage, references, plans, jobs, signal } = search;
  const chosen = plans.length === 0 ? [] : selectPlans(plans, { seed: search.seed, limit: search.limit });
  const candidates: readonly { readonly workload: string; readonly plan?: FaultPlan }[] = [
    ...[...references.keys()].map((workload) => ({ workload })),
    ...spread(chosen).map((plan) => ({ workload: plan.workload, plan })),
  ];
  const found = new AbortController();
  const either = AbortSignal.any([signal, found.signal]);
  let runs = 0;
  let caught: { readonly by: string; readonly finding: string } | undefined;
  await pool(
    candidates,
    jobs,
    async (candidate) => {
      try {
        const { findings } = await runAndJudge(stage, references, candidate, either);
        runs += 1;
        const [first] = findings;
        if (first === undefined) return;
        caught ??= {
          by: candidate.plan?.id ?? `${candidate.workload}, without faults`,
          finding: `${first.oracle} ${first.text}`,
        };
        found.abort();
      } catch (thrown) {
        // Broken off because another run has caught it.
        if (!found.signal.aborted) throw thrown;
      }
    },
    either,
  );
  signal.throwIfAborted();
  return { seed: name, caughtBy: caught?.by, finding: caught?.finding, runs };
}
