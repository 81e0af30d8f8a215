import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { countPlans } from './count-plans.ts';
import type { FaultKind, FaultPlan } from './plan.ts';
import { faultKinds } from './plan.ts';
import { planWithId, selectPlans } from './select-plans.ts';

const kinds = Object.keys(faultKinds) as FaultKind[];
const plan = (workload: string, target: string, kind: FaultKind): FaultPlan => ({
  id: `${workload}/${target}/${kind}`,
  workload,
  kind,
  number: faultKinds[kind],
  faults: [],
  crashes: 0,
  about: '',
});
/** Many of a few workloads, and few of many kinds. */
const plans = Array.from({ length: 12 }, (_, w) =>
  kinds.flatMap((kind, k) =>
    w === 0 || (w + k) % 5 === 0 ? [plan(`w${w}`, 'a', kind), plan(`w${w}`, 'b', kind)] : [],
  ),
).flat();

describe('a selection', () => {
  it('is the same for the same seed, in the order of all, and another for another seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: plans.length + 5 }), (seed, limit) => {
        const chosen = selectPlans(plans, { seed, limit });
        assert.equal(chosen.length, Math.min(limit, plans.length));
        assert.deepEqual(chosen, selectPlans(plans, { seed, limit }));
        assert.deepEqual(
          chosen,
          plans.filter((each) => chosen.includes(each)),
        );
      }),
      { numRuns: 20 },
    );
    const ids = (seed: number) => selectPlans(plans, { seed, limit: 40 }).map(({ id }) => id);
    assert.notDeepEqual(ids(1), ids(2));
  });

  it('has every kind and every workload, as soon as there is room', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const limit = kinds.length + 12;
        const { byKind, byWorkload } = countPlans(selectPlans(plans, { seed, limit }));
        assert.deepEqual(Object.keys(byKind).sort(), [...kinds].sort());
        assert.equal(Object.keys(byWorkload).length, 12);
      }),
      { numRuns: 20 },
    );
  });

  it('has every kind before it has one twice', () => {
    const { byKind } = countPlans(selectPlans(plans, { seed: 7, limit: kinds.length }));
    assert.equal(Object.keys(byKind).length, kinds.length);
  });

  it('has about as many of each kind', () => {
    const { byKind } = countPlans(selectPlans(plans, { seed: 7, limit: kinds.length * 3 }));
    const counts = Object.values(byKind);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, JSON.stringify(byKind));
  });

  for (const limit of [0, -1, 1.5, Number.NaN]) {
    it(`of ${limit} is refused`, () => assert.throws(() => selectPlans(plans, { seed: 1, limit }), RangeError));
  }
});

describe('a plan by its id', () => {
  it('is found', () => assert.equal(planWithId(plans, 'w0/a/conflict').kind, 'conflict'));

  it('that is not there: those that come near are named', () => {
    assert.throws(() => planWithId(plans, 'w0/z/conflict'), /no plan is called w0\/z\/conflict: there are w0\/a\//);
    assert.throws(() => planWithId(plans, 'x/y/z'), /no plan is of that workload/);
  });
});

it('plans are counted by number, kind and workload', () => {
  const some = [plan('a', 't', 'internal-error'), plan('a', 't', 'unavailable'), plan('b', 't', 'unobserved')];
  assert.deepEqual(countPlans(some), {
    total: 3,
    byNumber: { F8: 2, F13: 1 },
    byKind: { 'internal-error': 1, unavailable: 1, unobserved: 1 },
    byWorkload: { a: 2, b: 1 },
  });
});
