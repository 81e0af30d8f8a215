import type { FaultPlan, PlanCount } from './plan.ts';

/** How many plans there are of each sort. What there is none of is not named. */
export function countPlans(plans: readonly FaultPlan[]): PlanCount {
  return {
    total: plans.length,
    byNumber: tally(plans, ({ number }) => number),
    byKind: tally(plans, ({ kind }) => kind),
    byWorkload: tally(plans, ({ workload }) => workload),
  };
}

function tally<Key extends string>(plans: readonly FaultPlan[], keyOf: (plan: FaultPlan) => Key) {
  const counts: Partial<Record<Key, number>> = {};
  for (const plan of plans) counts[keyOf(plan)] = (counts[keyOf(plan)] ?? 0) + 1;
  return counts as Readonly<Record<Key, number>>;
}
