import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRollout } from '../../../test/support/snapshots.ts';
import type { Rollout } from '../rollout.ts';
import { available } from './available.ts';
import type { ConditionVerdict } from './verdict.ts';

const unverified = { reason: 'HandshakeTimeout', message: 'pod a: POST /mcp got no answer.' };
const problem = { reason: 'CrashLoopBackOff', message: 'Pod a keeps exiting.' };
const once = 'A pod is, once GET /health on port 8080 answers (spec.health).';
const podsRefused = { reason: 'QuotaExceeded', message: 'Pods do not fit.' };
const no = (reason: string, message: string): ConditionVerdict => ({ status: 'False', reason, message });
const allOf = (count: number): ConditionVerdict => ({
  status: 'True',
  reason: 'AllReplicasAvailable',
  message: `${count} of ${count} replicas are available.`,
});

interface Row {
  readonly name: string;
  readonly rollout: Partial<Rollout>;
  readonly verdict: ConditionVerdict;
}

const rows: readonly Row[] = [
  { name: 'all', rollout: {}, verdict: allOf(2) },
  {
    name: 'none yet',
    rollout: { available: 0 },
    verdict: no('Starting', `0 of 2 replicas are available. ${once}`),
  },
  { name: 'one', rollout: { available: 1 }, verdict: no('Starting', `1 of 2 replicas are available. ${once}`) },
  {
    name: 'a surge beyond what is wanted: the words do not move with it',
    rollout: { available: 3 },
    verdict: allOf(2),
  },
  { name: 'old pods serve while new ones crash', rollout: { isComplete: false, problem }, verdict: allOf(2) },
  { name: 'old pods serve while new ones are refused', rollout: { isComplete: false, podsRefused }, verdict: allOf(2) },
  {
    name: 'not wanted',
    rollout: { wanted: 0, available: 0 },
    verdict: no('Stopped', 'spec.replicas is 0.'),
  },
  {
    name: 'not wanted, and the last pod still serves',
    rollout: { wanted: 0, available: 1 },
    verdict: no('Stopped', 'spec.replicas is 0.'),
  },
  { name: 'a broken pod', rollout: { available: 1, problem }, verdict: no(problem.reason, problem.message) },
  {
    name: 'refused pods are told before broken ones: there are fewer of them than there should be',
    rollout: { available: 1, problem, podsRefused },
    verdict: no(podsRefused.reason, podsRefused.message),
  },
  {
    name: 'no progress, and no pod says why',
    rollout: { available: 1, deadlineExceeded: true },
    verdict: no(
      'ProgressDeadlineExceeded',
      `1 of 2 replicas are available, and no more have become so for longer than the rollout may take. ${once} See: kubectl describe pods -n team-a -l mcp.mcp.dev/server=weather`,
    ),
  },
  {
    name: 'no progress, and a pod says why',
    rollout: { available: 1, deadlineExceeded: true, problem },
    verdict: no(problem.reason, problem.message),
  },
  {
    name: 'a pod that fails the handshake is out of the endpoints: the reason of the handshake',
    rollout: { available: 1, unverified },
    verdict: no('HandshakeTimeout', 'pod a: POST /mcp got no answer.'),
  },
  {
    name: 'a pod that does not run is told before one that does not answer',
    rollout: { available: 0, unverified, problem },
    verdict: no(problem.reason, problem.message),
  },
  {
    name: 'a pod that does not answer is told before the deadline that it is the cause of',
    rollout: { available: 0, unverified, deadlineExceeded: true },
    verdict: no('HandshakeTimeout', 'pod a: POST /mcp got no answer.'),
  },
  {
    name: 'a pod too many that does not answer: the others are enough',
    rollout: { available: 2, unverified },
    verdict: allOf(2),
  },
  {
    name: 'no Deployment',
    rollout: { exists: false, available: 0 },
    verdict: no('Starting', `0 of 2 replicas are available. ${once}`),
  },
];

for (const row of rows) {
  test(row.name, () => assert.deepEqual(available(aRollout(row.rollout)), row.verdict));
}
