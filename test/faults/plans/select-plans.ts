import type { FaultPlan } from './plan.ts';

/** Which part of all plans. */
export interface SelectOptions {
  /** The same seed selects the same plans of the same list. */
  readonly seed: number;
  /** At most so many. */
  readonly limit: number;
}

/**
 * Some of the plans, chosen by chance that can be repeated, so that every kind of fault is among them and every
 * workload, as far as the limit allows; beyond that each kind gets about as many.
 *
 * @returns in the order of `plans`
 * @throws RangeError when the limit is not a whole number from 1
 */
export function selectPlans(plans: readonly FaultPlan[], { seed, limit }: SelectOptions): readonly FaultPlan[] {
  if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`the limit is ${limit}: a number from 1`);
  const queue = shuffled(plans, createRandom(seed));
  const chosen = new Set<FaultPlan>();
  const uses = { kind: new Map<string, number>(), workload: new Map<string, number>() };
  while (chosen.size < Math.min(limit, plans.length)) {
    const next = leastUsed(queue, chosen, uses);
    chosen.add(next);
    uses.kind.set(next.kind, (uses.kind.get(next.kind) ?? 0) + 1);
    uses.workload.set(next.workload, (uses.workload.get(next.workload) ?? 0) + 1);
  }
  return plans.filter((plan) => chosen.has(plan));
}

/**
 * The plan with this id.
 *
 * @throws RangeError that names the ones that come nearest
 */
export function planWithId(plans: readonly FaultPlan[], id: string): FaultPlan {
  const found = plans.find((plan) => plan.id === id);
  if (found !== undefined) return found;
  const [workload = '', target = ''] = id.split('/');
  const near = plans.filter(
    (plan) => plan.id.startsWith(`${workload}/${target}`) || plan.id.startsWith(`${workload}/`),
  );
  const names =
    near.length === 0
      ? 'no plan is of that workload'
      : `there are ${near
          .slice(0, 5)
          .map((plan) => plan.id)
          .join(', ')} …`;
  throw new RangeError(`no plan is called ${id}: ${names}`);
}

interface Uses {
  readonly kind: ReadonlyMap<string, number>;
  readonly workload: ReadonlyMap<string, number>;
}

/** The first of those whose kind was used least and, among them, whose workload was. */
function leastUsed(queue: readonly FaultPlan[], chosen: ReadonlySet<FaultPlan>, uses: Uses): FaultPlan {
  let best: FaultPlan | undefined;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const plan of queue) {
    if (chosen.has(plan)) continue;
    const kind = uses.kind.get(plan.kind) ?? 0;
    const workload = uses.workload.get(plan.workload) ?? 0;
    // A workload that is not there yet comes before all but a kind that is not there yet.
    const rank = (kind === 0 ? 0 : workload === 0 ? 1 : 1 + kind) * 1e6 + workload;
    if (rank < bestRank) [best, bestRank] = [plan, rank];
  }
  if (best === undefined) throw new RangeError('there is no plan left to choose');
  return best;
}

/** Fisher-Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}

/** Mulberry32: small, and the same everywhere. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
