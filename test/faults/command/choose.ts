import type { FaultPlan } from '../plans/plan.ts';
import type { Random } from './random.ts';

/**
 * Some of many plans, so that each kind of fault and each workload has its share: the groups of one kind and one workload
 * are gone round, one plan from each, until there are enough.
 *
 * @param count how many; all, when there are no more
 * @returns in the order in which they are to be run
 */
export function choosePlans(plans: readonly FaultPlan[], count: number, random: Random): readonly FaultPlan[] {
  const groups = new Map<string, FaultPlan[]>();
  for (const plan of random.shuffled(plans)) {
    const key = `${plan.kind} ${plan.workload}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [plan]);
    else group.push(plan);
  }
  const kinds = new Map<string, FaultPlan[][]>();
  for (const group of groups.values()) {
    const kind = group[0]?.kind ?? '';
    kinds.set(kind, [...(kinds.get(kind) ?? []), group]);
  }
  const chosen: FaultPlan[] = [];
  for (let round = 0; chosen.length < Math.min(count, plans.length); round += 1) {
    for (const kind of kinds.values()) {
      // Each kind goes on with its next workload that has a plan left.
      const group = kind[round % kind.length];
      const left = group !== undefined && group.length > 0 ? group : kind.find((each) => each.length > 0);
      const plan = left?.pop();
      if (plan !== undefined && chosen.length < count) chosen.push(plan);
    }
  }
  return chosen;
}
