import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aLiveDeployment,
  aLiveService,
  aRunningSnapshot,
  aServer,
  aSnapshot,
  NOW,
} from '../../test/support/snapshots.ts';
import type { KubeObject } from '../runtime/object.ts';
import { HASH_ANNOTATION } from './labels.ts';
import { appliedHash } from './objects/applied-hash.ts';
import { deploymentFor } from './objects/deployment.ts';
import { serviceFor } from './objects/service.ts';
import { nextStep, type Step } from './plan.ts';
import { type RefusalReason, refusalOf } from './refusals.ts';
import type { ChildKind } from './resources.ts';
import { type Snapshot, withChild } from './snapshot.ts';

/**
 * Each row lists every step that a pass takes, in order. The world answers each step with success: what it answers
 * otherwise is in `act.test.ts` and in the integration tests.
 */
interface Row {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly steps: readonly string[];
}

const server = aServer();
const refusal = (kind: ChildKind, minutes: number, reason: RefusalReason = 'ForeignObject') =>
  refusalOf(
    { reason, message: 'taken' },
    {
      hash: appliedHash(
        kind === 'Deployment'
          ? deploymentFor(server, { restricted: false, healthType: 'HTTP' })
          : serviceFor(server, 'None'),
      ),
      now: NOW + minutes * 60_000,
      previous: undefined,
    },
  );
const stranger = { uid: 'stranger', labels: { app: 'theirs' }, ownerReferences: [] };
const predecessor = {
  ownerReferences: [
    { apiVersion: 'mcp.mcp.dev/v1alpha1', kind: 'MCPServer', name: 'weather', uid: 'uid-0', controller: true },
  ],
};
const replicaSetOwner = {
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Whatever', name: 'other', uid: 'uid-9', controller: true }],
};
const live = { Deployment: aLiveDeployment(server), Service: aLiveService(server) };
const withPause = { ...live.Deployment, spec: { ...live.Deployment.spec, paused: true } };

const rows: readonly Row[] = [
  { name: 'a new server', snapshot: aSnapshot(), steps: ['create Service', 'create Deployment'] },
  { name: 'a settled server', snapshot: aRunningSnapshot(), steps: [] },
  {
    name: 'children as a list shows them: without apiVersion and kind',
    snapshot: aRunningSnapshot({
      children: { Deployment: withoutType(live.Deployment), Service: withoutType(live.Service) },
    }),
    steps: [],
  },
  {
    name: 'a stop between the two creates is no special case',
    snapshot: aSnapshot({ children: { Deployment: undefined, Service: live.Service } }),
    steps: ['create Deployment'],
  },
  {
    name: 'a Service deleted by hand',
    snapshot: aSnapshot({ children: { Deployment: live.Deployment, Service: undefined } }),
    steps: ['create Service'],
  },
  {
    name: 'a new image',
    snapshot: aRunningSnapshot({ server: aServer({ image: 'example.com/weather:2.0' }), children: live }),
    steps: ['update Deployment'],
  },
  {
    name: 'a new port',
    snapshot: aRunningSnapshot({ server: aServer({ port: 9000 }), children: live }),
    steps: ['update Service', 'update Deployment'],
  },
  {
    name: 'a scale',
    snapshot: aRunningSnapshot({ server: aServer({ replicas: 3 }), children: live }),
    steps: ['update Deployment'],
  },
  {
    name: 'a foreign change of a field of ours',
    snapshot: aRunningSnapshot({
      children: { ...live, Deployment: { ...live.Deployment, spec: { ...live.Deployment.spec, replicas: 7 } } },
    }),
    steps: ['update Deployment (spec.replicas)'],
  },
  {
    name: 'a foreign change of a field that is not ours',
    snapshot: aRunningSnapshot({ children: { ...live, Deployment: withPause } }),
    steps: [],
  },
  {
    name: 'the applied-hash annotation removed by somebody',
    snapshot: aRunningSnapshot({ children: { ...live, Service: aLiveService(server, { annotations: {} }) } }),
    steps: ['update Service'],
  },
  {
    name: 'a field dropped from the wish shows in the hash alone',
    snapshot: aRunningSnapshot({
      children: { ...live, Service: aLiveService(server, { annotations: { [HASH_ANNOTATION]: 'of-a-larger-wish' } }) },
    }),
    steps: ['update Service'],
  },
  {
    name: 'a namespace that has become restricted',
    snapshot: aRunningSnapshot({ restricted: true, children: live }),
    steps: ['update Deployment'],
  },
  {
    name: 'an orphan of ours',
    snapshot: aRunningSnapshot({
      children: { ...live, Deployment: aLiveDeployment(server, {}, { ownerReferences: [] }) },
    }),
    steps: ['adopt Deployment'],
  },
  {
    name: 'a missing Secret and nothing made yet',
    snapshot: aSnapshot({ server: aServer({ secretName: 'keys' }), secretExists: false }),
    steps: [],
  },
  {
    name: 'a missing Secret and no replicas wanted',
    snapshot: aSnapshot({ server: aServer({ secretName: 'keys', replicas: 0 }), secretExists: false }),
    steps: ['create Service', 'create Deployment'],
  },
  {
    name: 'a spec that newly names a missing Secret leaves the running Deployment as it is',
    snapshot: aRunningSnapshot({ server: aServer({ secretName: 'keys' }), children: live, secretExists: false }),
    steps: [],
  },
  {
    name: 'a Secret deleted under a running server: the Deployment is still healed',
    snapshot: (() => {
      const named = aServer({ secretName: 'keys' });
      const deployment = aLiveDeployment(named);
      const changed = { ...deployment, spec: { ...deployment.spec, replicas: 0 } };
      return aSnapshot({
        server: named,
        secretExists: false,
        children: { Deployment: changed, Service: aLiveService(named) },
      });
    })(),
    steps: ['update Deployment (spec.replicas)'],
  },
  {
    name: "a stranger's Service: nothing is created",
    snapshot: aSnapshot({ children: { Deployment: undefined, Service: aLiveService(server, stranger) } }),
    steps: [],
  },
  {
    name: "another controller's Service: nothing is created",
    snapshot: aSnapshot({ children: { Deployment: undefined, Service: aLiveService(server, replicaSetOwner) } }),
    steps: [],
  },
  {
    name: "a stranger's Deployment: our Service is taken back",
    snapshot: aSnapshot({ children: { Deployment: aLiveDeployment(server, {}, stranger), Service: live.Service } }),
    steps: ['remove Service'],
  },
  {
    name: "a stranger's Deployment and a stranger's Service are left alone",
    snapshot: aSnapshot({
      children: { Deployment: aLiveDeployment(server, {}, stranger), Service: aLiveService(server, stranger) },
    }),
    steps: [],
  },
  {
    name: 'a refused Service: no Deployment is created',
    snapshot: aSnapshot({ refusals: { Service: refusal('Service', 0) } }),
    steps: [],
  },
  {
    name: 'a refused Service of a running server: the Deployment is still kept right',
    snapshot: aSnapshot({
      children: {
        Deployment: { ...live.Deployment, spec: { ...live.Deployment.spec, replicas: 9 } },
        Service: undefined,
      },
      refusals: { Service: refusal('Service', 0) },
    }),
    steps: ['update Deployment (spec.replicas)'],
  },
  {
    name: 'a Deployment refused because the namespace goes: the Service goes with it, and not before',
    snapshot: aSnapshot({
      children: { Deployment: undefined, Service: live.Service },
      refusals: { Deployment: refusal('Deployment', 0, 'NamespaceTerminating') },
    }),
    steps: [],
  },
  {
    name: 'a refused Deployment: the Service made for it is taken back',
    snapshot: aSnapshot({
      children: { Deployment: undefined, Service: live.Service },
      refusals: { Deployment: refusal('Deployment', 0) },
    }),
    steps: ['remove Service'],
  },
  {
    name: 'a refused Deployment whose retry is due is tried before anything is made for it',
    snapshot: aSnapshot({ refusals: { Deployment: refusal('Deployment', -10) } }),
    steps: ['create Deployment', 'create Service'],
  },
  {
    name: 'a refused wish that has changed since is tried at once',
    snapshot: aSnapshot({ server: aServer({ image: 'other' }), refusals: { Deployment: refusal('Deployment', 0) } }),
    steps: ['create Deployment', 'create Service'],
  },
  {
    name: "a predecessor's children are waited for, not adopted",
    snapshot: aSnapshot({
      children: { Deployment: aLiveDeployment(server, {}, predecessor), Service: aLiveService(server, predecessor) },
    }),
    steps: [],
  },
  {
    name: 'a Deployment on its way out is waited for',
    snapshot: aSnapshot({
      children: { ...live, Deployment: aLiveDeployment(server, {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
    }),
    steps: [],
  },
  {
    name: 'a server that is being deleted',
    snapshot: aSnapshot({
      server: { ...server, metadata: { ...server.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } },
    }),
    steps: [],
  },
];

for (const row of rows) {
  test(row.name, () => assert.deepEqual(allSteps(row.snapshot), row.steps));
}

test('a plan is a function of the snapshot: asked twice, it says the same', () => {
  for (const { snapshot } of rows) assert.deepEqual(nextStep(snapshot), nextStep(snapshot));
});

test('a step that changes something carries the object that it was decided on', () => {
  const snapshot = aRunningSnapshot({ server: aServer({ replicas: 5 }), children: live });
  const step = nextStep(snapshot);
  assert.equal(step?.action, 'update');
  assert.equal(step?.action === 'update' ? step.live.metadata.uid : '', 'uid-deployment');
});

function withoutType<T extends KubeObject>({ apiVersion: _, kind: __, ...rest }: T): T {
  return rest as T;
}

function allSteps(snapshot: Snapshot): readonly string[] {
  const steps: string[] = [];
  let world = snapshot;
  for (let step = nextStep(world); step !== undefined; step = nextStep(world)) {
    assert.ok(steps.length < 10, `goes in circles: ${steps.join(', ')}`);
    steps.push(label(step));
    world = succeed(world, step);
  }
  return steps;
}

function label(step: Step): string {
  const drift = 'drift' in step && step.drift !== undefined ? ` (${step.drift})` : '';
  return `${step.action} ${step.kind}${drift}`;
}

function succeed(world: Snapshot, step: Step): Snapshot {
  if (step.action === 'remove') return withChild(world, step.kind, undefined);
  const { server: owner } = world;
  const stored = step.kind === 'Deployment' ? aLiveDeployment(owner) : aLiveService(owner);
  return withChild(world, step.kind, {
    ...stored,
    ...step.wish,
    metadata: { ...stored.metadata, ...step.wish.metadata },
  });
}
