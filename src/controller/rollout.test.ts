import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DeploymentCondition } from 'kubernetes-types/apps/v1.js';
import {
  aLiveDeployment,
  aLiveService,
  aRollout,
  aRunningSnapshot,
  aServer,
  aSnapshot,
  aWaitingPod,
} from '../../test/support/snapshots.ts';
import type { Deployment } from './resources.ts';
import { type Rollout, rolloutOf } from './rollout.ts';
import { type Snapshot, withChild, withWritten } from './snapshot.ts';

const server = aServer();
const all = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
/** A server whose pods all run. */
const settled = aRollout();
/** One that has just been created. */
const starting: Rollout = { ...settled, available: 0, isComplete: false };

function withStatus(
  status: Deployment['status'],
  metadata: Partial<Deployment['metadata']> = {},
  fields: Partial<Snapshot> = {},
): Snapshot {
  const owner = fields.server ?? server;
  return aSnapshot({
    server: owner,
    children: { Deployment: aLiveDeployment(owner, status, metadata), Service: aLiveService(owner) },
    ...fields,
  });
}

function condition(type: string, status: string, reason: string, message?: string): DeploymentCondition {
  return { type, status, reason, ...(message === undefined ? {} : { message }) };
}

const stuck = condition('Progressing', 'False', 'ProgressDeadlineExceeded');
const stopped = aServer({ replicas: 0 });
const quota =
  'pods "weather-5d4f8c-abcde" is forbidden: exceeded quota: cpu, requested: limits.cpu=1, used: limits.cpu=2, limited: limits.cpu=2';
const security =
  'pods "weather-5d4f8c-abcde" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true';

interface Row {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly rollout: Rollout;
}

const rows: readonly Row[] = [
  {
    name: 'no Deployment',
    snapshot: aSnapshot(),
    rollout: { ...starting, exists: false, isApplied: false, replicas: 0 },
  },
  {
    name: "a stranger's Deployment is none of ours, however many pods it has",
    snapshot: withStatus(all, { ownerReferences: [], labels: {} }),
    rollout: { ...starting, exists: false, isApplied: false, replicas: 0 },
  },
  {
    name: "a predecessor's Deployment does not count either",
    snapshot: withStatus(all, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    rollout: { ...starting, exists: false, isApplied: false, replicas: 0 },
  },
  { name: 'an orphan of ours counts', snapshot: withStatus(all, { ownerReferences: [] }), rollout: settled },
  {
    name: 'no status at all yet',
    snapshot: aSnapshot({
      children: { Deployment: withoutStatus(aLiveDeployment(server)), Service: aLiveService(server) },
    }),
    rollout: starting,
  },
  { name: 'a status with nothing in it', snapshot: withStatus({}), rollout: starting },
  {
    name: 'a status that its controller has not got to',
    snapshot: withStatus({ observedGeneration: 0 }),
    rollout: starting,
  },
  { name: 'all pods run', snapshot: withStatus(all), rollout: settled },
  {
    name: 'one of two',
    snapshot: withStatus({ ...all, availableReplicas: 1 }),
    rollout: { ...settled, available: 1, isComplete: false },
  },
  {
    name: 'the Deployment is ahead of its status: what it says of the rollout is old, its pods are not',
    snapshot: withStatus(
      { ...all, conditions: [stuck, condition('ReplicaFailure', 'True', 'FailedCreate', quota)] },
      { generation: 2 },
    ),
    rollout: { ...settled, isComplete: false },
  },
  {
    name: 'a surge: more pods are available than wanted, and some are old',
    snapshot: withStatus({ ...all, replicas: 3, updatedReplicas: 1, availableReplicas: 3 }),
    rollout: { ...settled, available: 3, isComplete: false },
  },
  {
    name: 'all updated, the last old pod still there',
    snapshot: withStatus({ ...all, replicas: 3, availableReplicas: 3 }),
    rollout: { ...settled, available: 3, isComplete: false },
  },
  {
    name: 'a rollout that is stuck shows the pods that there are',
    snapshot: withStatus({ ...all, replicas: 3, updatedReplicas: 1, conditions: [stuck] }),
    rollout: { ...settled, replicas: 3, isComplete: false, deadlineExceeded: true },
  },
  {
    name: 'a rollout that completed after its deadline is not stuck',
    snapshot: withStatus({ ...all, conditions: [stuck] }),
    rollout: settled,
  },
  {
    name: 'a rollout that makes progress is not stuck',
    snapshot: withStatus({ conditions: [condition('Progressing', 'True', 'ReplicaSetUpdated')] }),
    rollout: starting,
  },
  {
    name: 'somebody paused the Deployment',
    snapshot: aRunningSnapshot({
      children: {
        Deployment: { ...aLiveDeployment(server, all), spec: { ...aLiveDeployment(server).spec, paused: true } },
        Service: aLiveService(server),
      },
    }),
    rollout: { ...settled, paused: true },
  },
  {
    name: 'stopped',
    snapshot: withStatus({}, {}, { server: stopped }),
    rollout: { ...settled, wanted: 0, available: 0, replicas: 0 },
  },
  {
    name: 'stopping: the pods are not gone yet',
    snapshot: withStatus({ replicas: 1, updatedReplicas: 1 }, {}, { server: stopped }),
    rollout: { ...settled, wanted: 0, available: 0, replicas: 0, isComplete: false },
  },
  {
    name: 'stopping: the Deployment does not know yet',
    snapshot: withStatus({}, { generation: 2 }, { server: stopped }),
    rollout: { ...settled, wanted: 0, available: 0, replicas: 0, isComplete: false },
  },
  {
    name: 'an older spec runs, because the present one could not be applied',
    snapshot: aSnapshot({
      server: aServer({ secretName: 'keys' }),
      secretExists: false,
      children: { Deployment: aLiveDeployment(server, all), Service: aLiveService(server) },
    }),
    rollout: { ...settled, isApplied: false, isComplete: false },
  },
  {
    name: 'a scale that could not be applied: the number of pods is that of the older spec',
    snapshot: aSnapshot({
      server: aServer({ replicas: 5 }),
      children: { Deployment: aLiveDeployment(server, all), Service: aLiveService(server) },
    }),
    rollout: { ...settled, wanted: 5, isApplied: false, isComplete: false },
  },
  {
    name: 'the worst of the pods',
    snapshot: withStatus({}, {}, { pods: [aWaitingPod('a', 'ImagePullBackOff')] }),
    rollout: {
      ...starting,
      problem: {
        reason: 'ImagePullBackOff',
        message:
          'Pod a: container mcp-server cannot get its image example.com/weather:1.0. Check the name and the tag, and spec.imagePullSecrets for a private registry.',
      },
    },
  },
  {
    name: 'pods do not fit in the quota',
    snapshot: withStatus({ conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', quota)] }),
    rollout: {
      ...starting,
      replicas: 0,
      podsRefused: {
        reason: 'QuotaExceeded',
        message: `Pods do not fit in the namespace's ResourceQuota: ${quota}. Raise the quota, or lower spec.resources or spec.replicas.`,
      },
    },
  },
  {
    name: 'pods are less secure than the namespace asks for',
    snapshot: withStatus({ conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', security)] }),
    rollout: {
      ...starting,
      replicas: 0,
      podsRefused: {
        reason: 'PodSecurityViolation',
        message: `The namespace's Pod Security level refuses the pods: ${security}.`,
      },
    },
  },
  {
    name: 'pods are refused for another reason',
    snapshot: withStatus({ conditions: [condition('ReplicaFailure', 'True', 'FailedCreate', 'webhook says no')] }),
    rollout: {
      ...starting,
      replicas: 0,
      podsRefused: { reason: 'PodsRefused', message: 'The API server refuses the pods: webhook says no.' },
    },
  },
  {
    name: 'pods are refused, and nobody says why',
    snapshot: withStatus({ conditions: [{ type: 'ReplicaFailure', status: 'True' }] }),
    rollout: {
      ...starting,
      replicas: 0,
      podsRefused: { reason: 'PodsRefused', message: 'The API server refuses the pods: no reason given.' },
    },
  },
  {
    name: 'pods that were refused once',
    snapshot: withStatus({ ...all, conditions: [condition('ReplicaFailure', 'False', 'FailedCreate', quota)] }),
    rollout: settled,
  },
];

describe('a Deployment that its controller is yet to look at', () => {
  const complete = {
    type: 'Progressing',
    status: 'True',
    reason: 'Complete',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
    observedGeneration: 1,
  } as const;
  const shown = (observedGeneration: number, reason: string): Snapshot =>
    withStatus(
      { ...all, observedGeneration: 1 },
      { generation: 2 },
      {
        server: { ...server, status: { observedGeneration, conditions: [{ ...complete, reason }] } } as typeof server,
      },
    );
  const generation = server.metadata.generation ?? 1;

  test('is as it was, when its spec had been rolled out: somebody has annotated it', () => {
    assert.equal(rolloutOf(shown(generation, 'Complete')).isComplete, true);
  });

  test('rolls out when it had not, when the spec is another, and when we have just written it', () => {
    const annotated = shown(generation, 'Complete');
    const cases = [
      shown(generation, 'RollingOut'),
      shown(generation - 1, 'Complete'),
      withWritten(
        annotated,
        'Deployment',
        aLiveDeployment(server, { ...all, observedGeneration: 1 }, { generation: 2 }),
      ),
    ];
    assert.deepEqual(
      cases.map((snapshot) => rolloutOf(snapshot).isComplete),
      [false, false, false],
    );
  });

  test('is not complete when pods are missing', () => {
    const snapshot = shown(generation, 'Complete');
    const missing = aLiveDeployment(server, { ...all, availableReplicas: 1, observedGeneration: 1 }, { generation: 2 });
    assert.equal(rolloutOf(withChild(snapshot, 'Deployment', missing)).isComplete, false);
  });
});

describe('rollout', () => {
  for (const row of rows) {
    test(row.name, () => assert.deepEqual(rolloutOf(row.snapshot), row.rollout));
  }
});

function withoutStatus({ status, ...deployment }: Deployment): Deployment {
  assert.notEqual(status, undefined);
  return deployment;
}
