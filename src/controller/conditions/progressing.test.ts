import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRollout } from '../../../test/support/snapshots.ts';
import type { Rollout } from '../rollout.ts';
import { progressing } from './progressing.ts';
import type { ConditionVerdict } from './verdict.ts';

const problem = { reason: 'CrashLoopBackOff', message: 'Pod a keeps exiting.' };
const podsRefused = { reason: 'QuotaExceeded', message: 'Pods do not fit.' };
const underWay: ConditionVerdict = {
  status: 'True',
  reason: 'RollingOut',
  message: 'Pods with the current spec are being started.',
};
const complete: ConditionVerdict = { status: 'True', reason: 'Complete', message: 'Every pod runs the current spec.' };
const notApplied: ConditionVerdict = {
  status: 'False',
  reason: 'NotApplied',
  message: 'The Deployment still has an older spec: see Accepted.',
};

interface Row {
  readonly name: string;
  readonly rollout: Partial<Rollout>;
  readonly verdict: ConditionVerdict;
}

const rows: readonly Row[] = [
  { name: 'complete', rollout: {}, verdict: complete },
  { name: 'stopped', rollout: { wanted: 0, available: 0, replicas: 0 }, verdict: complete },
  { name: 'under way', rollout: { isComplete: false }, verdict: underWay },
  {
    name: 'under way with a broken pod while the old ones serve: it may mend itself, and nothing else tells of it',
    rollout: { isComplete: false, problem },
    verdict: { ...underWay, message: 'Pods with the current spec do not start yet. Pod a keeps exiting.' },
  },
  {
    name: 'under way with a broken pod and too few that serve: Available tells',
    rollout: { isComplete: false, available: 1, problem },
    verdict: underWay,
  },
  {
    name: 'complete, with a broken pod of an older spec: nobody needs to know',
    rollout: { problem },
    verdict: complete,
  },
  {
    name: 'no Deployment',
    rollout: { exists: false, isApplied: false, isComplete: false },
    verdict: { status: 'False', reason: 'NotStarted', message: 'There is no Deployment: see Accepted.' },
  },
  { name: 'an older spec runs', rollout: { isApplied: false, isComplete: false }, verdict: notApplied },
  {
    name: 'an older spec is stuck: that is no news',
    rollout: { isApplied: false, isComplete: false, deadlineExceeded: true, podsRefused },
    verdict: notApplied,
  },
  {
    name: 'paused',
    rollout: { paused: true, isComplete: false },
    verdict: {
      status: 'Unknown',
      reason: 'Paused',
      message: 'Somebody paused the Deployment. Resume it: kubectl rollout resume -n team-a deployment/weather',
    },
  },
  {
    name: 'refused pods',
    rollout: { isComplete: false, podsRefused, deadlineExceeded: true },
    verdict: { status: 'False', reason: 'QuotaExceeded', message: 'Pods do not fit.' },
  },
  {
    name: 'refused pods of an earlier try, and all is well by now',
    rollout: { podsRefused },
    verdict: complete,
  },
  {
    name: 'stuck, and a pod says why',
    rollout: { isComplete: false, deadlineExceeded: true, problem },
    verdict: { status: 'False', reason: 'ProgressDeadlineExceeded', message: 'Pod a keeps exiting.' },
  },
  {
    name: 'stuck, and nothing says why',
    rollout: { isComplete: false, deadlineExceeded: true },
    verdict: {
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: 'The rollout has made no progress for longer than its deadline.',
    },
  },
];

for (const row of rows) {
  test(row.name, () => assert.deepEqual(progressing(aRollout(row.rollout)), row.verdict));
}
