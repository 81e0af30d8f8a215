import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ContainerState, ContainerStatus } from 'kubernetes-types/core/v1.js';
import { replicaOf } from '../../test/support/snapshots.ts';
import { aVerifiedSnapshot } from '../../test/support/verified-snapshots.ts';
import type { KubeObject, ObjectMeta, OwnerReference } from '../runtime/object.ts';
import { SERVER_LABEL, VERIFIED_GATE } from './labels.ts';
import { worstProblem } from './pod-problem.ts';
import { POD_SECURITY_LABEL, projectNamespace, projectPod, projectSecret } from './projections.ts';
import type { Pod } from './resources.ts';
import { assignmentFor } from './targets.ts';
import { gateOf, isServing } from './verification.ts';

/** Metadata as the API server sends it: much of it is of no use here. */
const metadata: ObjectMeta & Readonly<Record<string, unknown>> = {
  name: 'a',
  namespace: 'team-a',
  uid: 'uid-a',
  resourceVersion: '7',
  generation: 3,
  generateName: 'a-',
  creationTimestamp: '2026-01-01T00:00:00Z',
  labels: { [SERVER_LABEL]: 'weather', [POD_SECURITY_LABEL]: 'restricted', 'pod-template-hash': '5d4f8c' },
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"KEY":"c2VjcmV0"}}' },
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'a', uid: 'u', controller: true }],
  managedFields: [{ manager: 'kubelet' }],
};
const kept = { name: 'a', namespace: 'team-a', uid: 'uid-a', resourceVersion: '7' };
const bare: KubeObject = { metadata: { name: 'a' } };

describe('a pod', () => {
  const container: ContainerStatus = {
    name: 'mcp-server',
    image: 'i',
    imageID: 'i@sha256:1',
    ready: true,
    restartCount: 2,
    state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
    lastState: { terminated: { exitCode: 1 } },
    containerID: 'containerd://1',
    started: true,
  };
  const { containerID: _id, started: _started, ...slim } = container;
  const pod: Pod & Readonly<Record<string, unknown>> = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      deletionTimestamp: '2026-01-02T00:00:00Z',
      ownerReferences: replicaOf('weather').ownerReferences ?? [],
    },
    spec: {
      nodeName: 'node',
      containers: [
        {
          name: 'mcp-server',
          image: 'i',
          ports: [{ name: 'http', containerPort: 80 }],
          env: [{ name: 'API_KEY', value: 'hunter2' }],
        },
        { name: 'sidecar', image: 's' },
      ],
    },
    status: {
      phase: 'Failed',
      reason: 'Evicted',
      message: 'low on memory',
      podIP: '10.0.0.1',
      qosClass: 'BestEffort',
      conditions: [
        { type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'no' },
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: 'full',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
      containerStatuses: [container],
      initContainerStatuses: [{ ...container, name: 'init' }],
    },
  };

  test('keeps what is read, and nothing else', () => {
    assert.deepEqual(projectPod(pod), {
      metadata: {
        ...kept,
        creationTimestamp: '2026-01-01T00:00:00Z',
        deletionTimestamp: '2026-01-02T00:00:00Z',
        labels: { [SERVER_LABEL]: 'weather', 'pod-template-hash': '5d4f8c' },
      },
      spec: { containers: [{ name: 'mcp-server', image: 'i', ports: [{ name: 'http', containerPort: 80 }] }] },
      status: {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'low on memory',
        podIP: '10.0.0.1',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'full' }],
        containerStatuses: [slim],
        initContainerStatuses: [{ ...slim, name: 'init' }],
      },
    });
  });

  test('an empty one stays empty: no field is undefined, which would differ from its own copy', () => {
    const status = { conditions: [], containerStatuses: [], initContainerStatuses: [] };
    assert.deepEqual(projectPod(bare), { metadata: { name: 'a' }, spec: { containers: [] }, status });
    const scheduled = { conditions: [{ type: 'PodScheduled', status: 'True' }] };
    assert.deepEqual(projectPod({ ...bare, status: scheduled }).status?.conditions, scheduled.conditions);
  });

  test('of the node’s network has no address: the node’s own services are behind that one', () => {
    assert.equal(projectPod({ ...pod, spec: { ...pod.spec, hostNetwork: true } }).status?.podIP, undefined);
  });

  describe('that is not of its server’s Deployment is nobody’s, whatever its labels say', () => {
    const { ownerReferences: [owner] = [] } = replicaOf('weather');
    const owned = (change: Partial<OwnerReference>) => (owner === undefined ? [] : [{ ...owner, ...change }]);
    const rows: Readonly<Record<string, Pod['metadata']['ownerReferences']>> = {
      'made by hand': [],
      'of no controller': owned({ controller: false }),
      'of another kind': owned({ kind: 'Job' }),
      'of another group': owned({ apiVersion: 'example.com/v1' }),
      'of the ReplicaSet of another server': owned({ name: 'other-5d4f8c' }),
      'of another template': owned({ name: 'weather-other' }),
    };
    for (const [what, ownerReferences = []] of Object.entries(rows)) {
      test(what, () => {
        const projected = projectPod({ ...pod, metadata: { ...pod.metadata, ownerReferences } });
        assert.equal(projected.metadata.labels?.[SERVER_LABEL], undefined);
      });
    }
  });

  test('the values of its environment do not get into the cache', () => {
    assert.ok(!JSON.stringify(projectPod(pod)).includes('hunter2'));
  });
});

describe('the problem of a projected pod is that of the pod', () => {
  const text = fc.option(fc.string({ maxLength: 20 }), { nil: undefined });
  const terminated = fc.record({
    exitCode: fc.integer({ min: 0, max: 255 }),
    reason: fc.constantFrom('Error', 'OOMKilled', 'Completed'),
    message: text,
    finishedAt: fc.constant('2026-01-01T00:00:00Z'),
  });
  const waiting = fc.record({
    reason: fc.constantFrom('CrashLoopBackOff', 'ErrImagePull', 'CreateContainerConfigError', 'ContainerCreating'),
    message: text,
  });
  const state: fc.Arbitrary<ContainerState | undefined> = fc.oneof(
    fc.constant(undefined),
    terminated.map((exit) => ({ terminated: exit })),
    waiting.map((wait) => ({ waiting: wait })),
    fc.constant({ running: {} }),
  );
  const container: fc.Arbitrary<ContainerStatus> = fc.record({
    name: fc.constantFrom('mcp-server', 'proxy'),
    image: fc.constant('i'),
    imageID: fc.constant(''),
    ready: fc.boolean(),
    restartCount: fc.integer({ min: 0, max: 3 }),
    state,
    lastState: state,
    started: fc.boolean(),
  });
  const pods: fc.Arbitrary<Pod> = fc.record({
    metadata: fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      namespace: fc.constant('team-a'),
      deletionTimestamp: fc.option(fc.constant('2026-01-01T00:00:00Z'), { nil: undefined, freq: 4 }),
    }),
    status: fc.record({
      phase: fc.constantFrom('Pending', 'Running', 'Failed'),
      reason: fc.option(fc.constant('Evicted'), { nil: undefined }),
      message: text,
      conditions: fc.option(
        fc.array(
          fc.record({
            type: fc.constantFrom('PodScheduled', 'Ready'),
            status: fc.constantFrom('True', 'False'),
            reason: fc.constantFrom('Unschedulable', 'SchedulerError'),
            message: text,
          }),
          { maxLength: 2 },
        ),
        { nil: undefined },
      ),
      containerStatuses: fc.option(fc.array(container, { maxLength: 2 }), { nil: undefined }),
      initContainerStatuses: fc.option(fc.array(container, { maxLength: 1 }), { nil: undefined }),
    }),
  }) as fc.Arbitrary<Pod>;

  test('whatever the pods', () => {
    fc.assert(
      fc.property(fc.array(pods, { maxLength: 3 }), (all) => {
        assert.deepEqual(worstProblem(all.map(projectPod)), worstProblem(all));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a Secret', () => {
  test('is a name: neither its data nor an annotation that repeats them is kept', () => {
    const secret = { ...bare, metadata, data: { KEY: 'c2VjcmV0' }, stringData: { KEY: 'secret' }, type: 'Opaque' };
    assert.deepEqual(projectSecret(secret), { metadata: kept });
  });

  test('a cluster object without a namespace has none afterwards', () => {
    assert.deepEqual(projectSecret(bare), bare);
  });
});

describe('a namespace', () => {
  test('keeps its Pod Security level alone', () => {
    assert.deepEqual(projectNamespace({ ...bare, metadata }), {
      metadata: { ...kept, labels: { [POD_SECURITY_LABEL]: 'restricted' } },
    });
  });

  test('without a level it has no labels', () => {
    const labels = { 'kubernetes.io/metadata.name': 'a' };
    assert.deepEqual(projectNamespace({ metadata: { name: 'a', labels } }), bare);
  });
});

describe('what is verified of a projected pod is what is verified of the pod', () => {
  const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);
  const pods = fc.record({
    metadata: fc.record({
      name: fc.constant('a'),
      namespace: fc.constant('team-a'),
      uid: fc.constant('uid-a'),
      labels: fc.record({ [SERVER_LABEL]: fc.constant('weather'), 'pod-template-hash': oneOf('abc', 'def') }),
      annotations: fc.constant({ a: 'b' }),
    }),
    spec: fc.record({
      readinessGates: fc.option(fc.constant([{ conditionType: VERIFIED_GATE }, { conditionType: 'lb/ready' }]), {
        nil: undefined,
      }),
      nodeName: fc.constant('node'),
      containers: fc.constant([
        { name: 'sidecar', image: 's', ports: [{ name: 'http', containerPort: 1 }] },
        { name: 'mcp-server', image: 'i', ports: [{ name: 'http', containerPort: 8080 }], env: [] },
      ]),
    }),
    status: fc.record({
      podIP: fc.option(fc.constant('10.0.0.7'), { nil: undefined }),
      conditions: fc.array(
        fc.record({
          type: oneOf('ContainersReady', VERIFIED_GATE, 'Ready', 'PodScheduled'),
          status: oneOf('True', 'False', 'Unknown'),
        }),
        { maxLength: 3 },
      ),
      containerStatuses: fc.array(
        fc.record({
          name: oneOf('mcp-server', 'sidecar'),
          image: fc.constant('i'),
          imageID: fc.constant(''),
          ready: fc.boolean(),
          restartCount: fc.constant(0),
          state: oneOf({ running: {} }, { waiting: {} }, undefined),
        }),
        { maxLength: 2 },
      ),
    }),
  }) as unknown as fc.Arbitrary<Pod>;

  test('whatever the pod', () => {
    fc.assert(
      fc.property(pods, (pod) => {
        const projected = projectPod(pod);
        assert.equal(gateOf(projected), gateOf(pod));
        assert.equal(isServing(projected), isServing(pod));
        const targets = (each: Pod) => assignmentFor(aVerifiedSnapshot({ pods: [each] }), undefined)?.targets;
        assert.deepEqual(targets(projected), targets(pod));
      }),
      { numRuns: 500 },
    );
  });
});
