import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { DeploymentStatus } from 'kubernetes-types/apps/v1.js';
import {
  aLiveDeployment,
  aLiveService,
  aPod,
  aServer,
  aSnapshot,
  aWaitingPod,
  NOW,
} from '../../test/support/snapshots.ts';
import type { MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import type { ObjectMeta } from '../runtime/object.ts';
import type { Pod } from './resources.ts';
import type { Snapshot } from './snapshot.ts';
import { statusOf } from './status.ts';

/** How many status writes a story costs. Each is a request that ten thousand servers would send too. */

const server = aServer();

/** The statuses that are written when the world goes through these states, a second apart. */
function written(story: readonly Snapshot[]): readonly MCPServerStatus[] {
  const statuses: MCPServerStatus[] = [];
  let shown = story[0]?.server.status;
  for (const [second, snapshot] of story.entries()) {
    const present = { ...snapshot.server, ...(shown === undefined ? {} : { status: shown }) };
    const status = statusOf({ ...snapshot, now: NOW + second * 1000, server: present });
    if (JSON.stringify(status) === JSON.stringify(shown)) continue;
    statuses.push(status);
    shown = status;
  }
  return statuses;
}

const phasesOf = (statuses: readonly MCPServerStatus[]) => statuses.map(({ phase }) => phase);

function live(status: DeploymentStatus | undefined, pods: readonly Pod[] = [], metadata: Partial<ObjectMeta> = {}) {
  const { status: _, ...deployment } = aLiveDeployment(server, {}, metadata);
  const withStatus = status === undefined ? deployment : { ...deployment, status };
  return aSnapshot({ server, pods, children: { Deployment: withStatus, Service: aLiveService(server) } });
}

const progress = (reason: string, message: string) => ({ type: 'Progressing', status: 'True', reason, message });
const unavailable = {
  type: 'Available',
  status: 'False',
  reason: 'MinimumReplicasUnavailable',
  message: 'Deployment does not have minimum availability.',
};
const madeSet = progress('NewReplicaSetCreated', 'Created new replica set "weather-5d4f8c"');
const updated = progress('ReplicaSetUpdated', 'ReplicaSet "weather-5d4f8c" is progressing.');
const done = progress('NewReplicaSetAvailable', 'ReplicaSet "weather-5d4f8c" has successfully progressed.');
const current = { observedGeneration: 1 };

/** What kube-controller-manager writes for a new Deployment with two replicas, up to the first available pod. */
const comingUp: readonly (DeploymentStatus | undefined)[] = [
  undefined,
  {},
  { ...current, conditions: [madeSet] },
  { ...current, unavailableReplicas: 2, conditions: [madeSet, unavailable] },
  { ...current, replicas: 1, updatedReplicas: 1, unavailableReplicas: 2, conditions: [unavailable, updated] },
  { ...current, replicas: 2, updatedReplicas: 2, unavailableReplicas: 2, conditions: [unavailable, updated] },
  {
    ...current,
    replicas: 2,
    updatedReplicas: 2,
    readyReplicas: 1,
    unavailableReplicas: 2,
    conditions: [unavailable, updated],
  },
];
const up: DeploymentStatus = {
  ...current,
  replicas: 2,
  updatedReplicas: 2,
  readyReplicas: 2,
  availableReplicas: 2,
  conditions: [done],
};

const creating = [aWaitingPod('a', 'ContainerCreating'), aWaitingPod('b', 'PodInitializing')];
const begun = aPod('a', { running: { startedAt: '2026-01-01T00:00:00Z' } });

describe('status writes', () => {
  test('a new server comes up: one when it is made, none on the way, one when it runs', () => {
    const states = comingUp.flatMap((status) => [live(status), live(status, creating), live(status, [begun])]);
    const way = written(states);
    assert.deepEqual(phasesOf(way), ['Pending']);
    assert.deepEqual(phasesOf(written([...states, live(up, [begun])])), ['Pending', 'Running']);
  });

  test('an image is pulled with difficulty: the to and fro of pull and back-off costs one', () => {
    const waiting = { ...current, replicas: 2, updatedReplicas: 2, unavailableReplicas: 2 };
    const states = ['ErrImagePull', 'ImagePullBackOff', 'ErrImagePull', 'ImagePullBackOff'].map((reason) =>
      live(waiting, [aWaitingPod('a', reason)]),
    );
    assert.deepEqual(phasesOf(written(states)), ['Failed']);
  });

  test('a crash loop: restarts, exits and back-offs cost one', () => {
    const waiting = { ...current, replicas: 2, updatedReplicas: 2, unavailableReplicas: 2 };
    const exit = { terminated: { exitCode: 7, reason: 'Error' } };
    const states = [1, 2, 3].flatMap((restartCount) => [
      live(waiting, [aPod('a', { waiting: { reason: 'CrashLoopBackOff' } }, { restartCount, lastState: exit })]),
      live(waiting, [aPod('a', { running: {} }, { restartCount, lastState: exit })]),
      live(waiting, [aPod('a', exit, { restartCount, lastState: exit })]),
    ]);
    assert.deepEqual(phasesOf(written(states)), ['Failed']);
  });

  test('a stop: one when it is asked for, one when the last pod is gone', () => {
    const stopped = aServer({ replicas: 0 });
    const running = statusOf(live(up));
    const states = [
      { status: up, generation: 2 },
      { status: { ...current, observedGeneration: 2, replicas: 0 }, generation: 2 },
    ].map(({ status, generation }) =>
      aSnapshot({
        server: { ...stopped, status: running },
        children: {
          Deployment: { ...aLiveDeployment(stopped, status, { generation }) },
          Service: aLiveService(stopped),
        },
      }),
    );
    assert.deepEqual(phasesOf(written(states)), ['Stopped', 'Stopped']);
  });

  test('a settled server: what moves in the Deployment, the Service and the pods without meaning costs none', () => {
    const running = live(up, [begun]);
    const shown = { ...running, server: { ...server, status: statusOf(running) } };
    const { Deployment, Service } = running.children;
    const touched = [
      shown,
      { ...shown, children: { Service, Deployment: touch(Deployment, { resourceVersion: '999' }) } },
      { ...shown, children: { Deployment, Service: touch(Service, { annotations: { theirs: 'x' } }) } },
      { ...shown, pods: [] },
      { ...shown, pods: [aPod('z', { running: {} }, { ready: true, restartCount: 3 })] },
    ];
    assert.deepEqual(written(touched), []);
  });
});

describe('a status that is shown stays as it is', () => {
  const count = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined });
  const condition = fc.record({
    type: fc.constantFrom('Available', 'Progressing', 'ReplicaFailure'),
    status: fc.constantFrom('True', 'False', 'Unknown'),
    reason: fc.constantFrom('ProgressDeadlineExceeded', 'ReplicaSetUpdated', 'FailedCreate'),
    message: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
  });
  const deploymentStatus = fc.record(
    {
      observedGeneration: count,
      replicas: count,
      updatedReplicas: count,
      readyReplicas: count,
      availableReplicas: count,
      conditions: fc.array(condition, { maxLength: 3 }),
    },
    { requiredKeys: [] },
  );
  const waits = fc.constantFrom('ImagePullBackOff', 'CrashLoopBackOff', 'ContainerCreating', 'RunContainerError');
  const pod = fc
    .tuple(fc.constantFrom('a', 'b', 'c'), waits, fc.string({ unit: 'binary', maxLength: 900 }))
    .map(([name, reason, message]) => aWaitingPod(name, reason, message));
  const metadata = fc.constantFrom<Partial<ObjectMeta>>(
    {},
    { generation: 3 },
    { ownerReferences: [] },
    { ownerReferences: [], labels: {} },
    { deletionTimestamp: '2026-01-01T00:00:00Z' },
  );
  const worlds: fc.Arbitrary<Snapshot> = fc
    .record({
      replicas: fc.integer({ min: 0, max: 3 }),
      status: fc.option(deploymentStatus, { nil: undefined }),
      metadata,
      pods: fc.array(pod, { maxLength: 3 }),
      secretExists: fc.boolean(),
      hasService: fc.boolean(),
      isOlder: fc.boolean(),
    })
    .map(({ replicas, status, metadata, pods, secretExists, hasService, isOlder }) => {
      const asked = aServer({ replicas, secretName: 'keys' });
      const made = isOlder ? aServer({ replicas: 1 }) : asked;
      // Without the undefined fields, as JSON has it.
      const plain = JSON.parse(JSON.stringify(status ?? null)) ?? undefined;
      const Deployment = status === undefined ? undefined : aLiveDeployment(made, plain, metadata);
      const children = { Deployment, Service: hasService ? aLiveService(made) : undefined };
      return aSnapshot({ server: asked, secretExists, pods, children });
    });

  test('folded back into its snapshot, after a way over the wire, it gives itself', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 0, max: 10 ** 9 }), (world, ms) => {
        const status = statusOf(world);
        const stored: MCPServerStatus = JSON.parse(JSON.stringify(status), asGoDecodes);
        const again = statusOf({ ...world, now: world.now + ms, server: { ...world.server, status: stored } });
        assert.deepEqual(again, status);
      }),
      { numRuns: 300 },
    );
  });

  test('Running exactly when as many pods are available as wanted; Ready never without Available and a URL', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const status = statusOf(world);
        const { replicas } = world.server.spec;
        assert.equal(status.phase === 'Running', replicas > 0 && (status.availableReplicas ?? 0) >= replicas);
        assert.equal(status.phase === 'Stopped', replicas === 0);
        const isTrue = (type: string) =>
          status.conditions?.find((condition) => condition.type === type)?.status === 'True';
        assert.equal(status.url !== undefined, isTrue('Available'));
        if (isTrue('Ready')) assert.ok(isTrue('Available') && isTrue('Accepted'));
      }),
      { numRuns: 300 },
    );
  });
});

function touch<T extends { readonly metadata: ObjectMeta }>(object: T | undefined, metadata: Partial<ObjectMeta>) {
  assert.ok(object !== undefined);
  const annotations = { ...object.metadata.annotations, ...metadata.annotations };
  return { ...object, metadata: { ...object.metadata, ...metadata, annotations } };
}

/** Go's JSON decoder replaces half a surrogate pair, which JavaScript keeps. */
function asGoDecodes(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}
