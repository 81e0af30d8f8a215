import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FaultKind, FaultPlan } from '../plans/plan.ts';
import { choosePlans } from './choose.ts';
import { createRandom } from './random.ts';

const kinds: readonly FaultKind[] = ['crash-before', 'conflict', 'held', 'duplicated'];
const workloads = ['create', 'scale', 'delete'];

/** Three plans of each kind and workload; of crashes thirty, as there are many writes. */
const plans: readonly FaultPlan[] = kinds.flatMap((kind) =>
  workloads.flatMap((workload) =>
    Array.from({ length: kind === 'crash-before' ? 30 : 3 }, (_, index) => ({
      id: `${workload}/write-${index}/${kind}`,
      workload,
      kind,
      number: 'F1' as const,
      faults: [],
      crashes: 0,
      about: '',
    })),
  ),
);

const choose = (count: number, seed = 1) => choosePlans(plans, count, createRandom(seed));
const countBy = (chosen: readonly FaultPlan[], field: 'kind' | 'workload') =>
  Object.groupBy(chosen, (plan) => plan[field]);

describe('a subset', () => {
  test('is as large as wanted, without any plan twice', () => {
    for (const count of [1, 5, 12, 40]) {
      const ids = choose(count).map(({ id }) => id);
      assert.equal(ids.length, count);
      assert.equal(new Set(ids).size, count);
    }
  });

  test('has every kind of fault as soon as there is room for them, however many plans some kinds have', () => {
    assert.equal(Object.keys(countBy(choose(4), 'kind')).length, 4);
    const counts = Object.values(countBy(choose(12), 'kind')).map((each) => each?.length);
    assert.deepEqual(counts, [3, 3, 3, 3]);
  });

  test('has every workload of each kind as soon as there is room', () => {
    const chosen = choose(12);
    assert.equal(new Set(chosen.map(({ kind, workload }) => `${kind} ${workload}`)).size, 12);
  });

  test('is the same for the same seed, and another for another', () => {
    assert.deepEqual(choose(20, 4), choose(20, 4));
    assert.notDeepEqual(choose(20, 4), choose(20, 5));
  });
});

test('when all are wanted, all are chosen', () => {
  const ids = choose(10_000).map(({ id }) => id);
  assert.deepEqual([...ids].sort(), plans.map(({ id }) => id).sort());
});

test('of nothing, nothing is chosen', () => {
  assert.deepEqual(choosePlans([], 10, createRandom(1)), []);
});
