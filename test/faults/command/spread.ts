import type { FaultPlan } from '../plans/plan.ts';

/** Plans in another order: one of each kind, then another of each. So the first few tell most, and a part tells of all. */
export function spread(plans: readonly FaultPlan[]): readonly FaultPlan[] {
  const groups = [...Map.groupBy(plans, ({ kind }) => kind).values()];
  const longest = Math.max(0, ...groups.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => groups.flatMap((group) => group[index] ?? [])).flat();
}
