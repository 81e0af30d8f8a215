import type { Finding } from '../oracles/finding.ts';
import type { FaultPlan } from '../plans/plan.ts';

/** How one run was judged. */
export interface RunOutcome {
  readonly workload: string;
  /** Undefined for a run without faults. */
  readonly plan: FaultPlan | undefined;
  readonly findings: readonly Finding[];
  /** Whether every fault of the plan was done. */
  readonly fired: boolean;
  readonly ms: number;
  /** Where the trace is; only of a run that failed. */
  readonly traceFile: string | undefined;
}

/** Whether a seed was caught. */
export interface SeedOutcome {
  readonly seed: string;
  /** The run that caught it; undefined when none did. */
  readonly caughtBy: string | undefined;
  readonly finding: string | undefined;
  readonly runs: number;
}

/** How a field was judged. */
export interface FieldOutcome {
  /** `spec.port` and what was tried. */
  readonly what: string;
  /** What is wrong; empty: nothing. */
  readonly findings: readonly string[];
}

/** A whole campaign. */
export interface Campaign {
  readonly references: readonly RunOutcome[];
  readonly plans: readonly RunOutcome[];
  /** How many plans there are, run or not. */
  readonly existing: number;
  readonly seeds: readonly SeedOutcome[];
  readonly fields: readonly FieldOutcome[];
  readonly ms: number;
}

/** The count that ends a campaign. */
export function countsOf({ references, plans, seeds, fields }: Campaign): {
  readonly passed: number;
  readonly failed: number;
} {
  const good = [
    ...[...references, ...plans].map(({ findings }) => findings.length === 0),
    ...seeds.map(({ caughtBy }) => caughtBy !== undefined),
    ...fields.map(({ findings }) => findings.length === 0),
  ];
  const passed = good.filter(Boolean).length;
  return { passed, failed: good.length - passed };
}
