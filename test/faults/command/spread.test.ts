import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultKind, FaultPlan } from '../plans/plan.ts';
import { spread } from './spread.ts';

const plan = (kind: FaultKind, id: string): FaultPlan => ({
  id,
  kind,
  workload: 'create',
  number: 'F1',
  faults: [],
  crashes: 0,
  about: '',
});

test('each kind comes once before any comes twice, and none is lost', () => {
  const plans = [
    plan('held', '1'),
    plan('held', '2'),
    plan('held', '3'),
    plan('conflict', '4'),
    plan('truncated', '5'),
  ];
  assert.deepEqual(
    spread(plans).map(({ id }) => id),
    ['1', '4', '5', '2', '3'],
  );
  assert.deepEqual(spread([]), []);
});
