import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCaches } from '../../test/support/live-caches.ts';
import { aLiveDeployment, aLiveService, aPod, aServer, replicaOf } from '../../test/support/snapshots.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { createRefusalMemory } from './memory.ts';
import { observe } from './observe.ts';
import type { Refusal } from './refusals.ts';
import { deployments, mcpServers, namespaces, pods, secrets, services } from './resources.ts';
import type { Snapshot } from './snapshot.ts';

const KEY = 'team-a/weather';
const server = aServer({ secretName: 'keys' });
const refusal: Refusal = { reason: 'Refused', message: 'no', hash: 'h', retryAt: 1, times: 1 };

function podOf(name: string, owner: string, namespace = 'team-a'): KubeObject {
  const pod = aPod(name, { running: {} });
  return { ...pod, metadata: { name, namespace, ...replicaOf(owner) } };
}

function namespace(labels: Readonly<Record<string, string>>): readonly [Resource, KubeObject] {
  return [namespaces, { metadata: { name: 'team-a', labels } }];
}

const secret = (name: string, of: string): readonly [Resource, KubeObject] => [
  secrets,
  { metadata: { name, namespace: of } },
];

async function seen(objects: readonly (readonly [Resource, KubeObject])[]): Promise<Snapshot | undefined> {
  const { caches, clock, stop } = await startCaches(objects);
  const memory = createRefusalMemory();
  const before = clock.now();
  const snapshot = observe(caches, () => [], memory, clock, KEY);
  assert.equal(snapshot?.now ?? before, before);
  await stop();
  return snapshot;
}

test('no such server', async () => assert.equal(await seen([]), undefined));

test('a server alone', async () => {
  const snapshot = await seen([[mcpServers, aServer()]]);
  assert.deepEqual(snapshot?.children, { Deployment: undefined, Service: undefined });
  assert.deepEqual([snapshot?.pods, snapshot?.secretExists, snapshot?.restricted], [[], true, false]);
});

test('a server with all that belongs to it, and nothing of its neighbours', async () => {
  const snapshot = await seen([
    [mcpServers, server],
    [deployments, aLiveDeployment(server)],
    [services, aLiveService(server)],
    [pods, podOf('a', 'weather')],
    [pods, podOf('b', 'weather')],
    [pods, podOf('c', 'other')],
    [pods, podOf('d', 'weather', 'team-b')],
    // Made by hand, with the label alone.
    [pods, { metadata: { name: 'e', namespace: 'team-a', labels: { 'mcp.mcp.dev/server': 'weather' } } }],
    secret('keys', 'team-a'),
    namespace({ 'pod-security.kubernetes.io/enforce': 'restricted' }),
  ]);
  assert.equal(snapshot?.server.metadata.uid, 'uid-1');
  assert.equal(snapshot?.children.Deployment?.metadata.uid, 'uid-deployment');
  assert.equal(snapshot?.children.Service?.metadata.uid, 'uid-service');
  assert.deepEqual(snapshot?.pods.map(({ metadata }) => metadata.name).sort(), ['a', 'b']);
  assert.deepEqual([snapshot?.secretExists, snapshot?.restricted], [true, true]);
});

const facts: readonly {
  readonly name: string;
  readonly objects: readonly (readonly [Resource, KubeObject])[];
  readonly secretExists: boolean;
  readonly restricted: boolean;
}[] = [
  { name: 'the Secret is not there', objects: [], secretExists: false, restricted: false },
  {
    name: 'a Secret of that name in another namespace does not count',
    objects: [secret('keys', 'team-b')],
    secretExists: false,
    restricted: false,
  },
  {
    name: 'a Secret of another name does not count',
    objects: [secret('other', 'team-a')],
    secretExists: false,
    restricted: false,
  },
  {
    name: 'a namespace that only warns of what is not restricted',
    objects: [namespace({ 'pod-security.kubernetes.io/warn': 'restricted' })],
    secretExists: false,
    restricted: false,
  },
  {
    name: 'a namespace of a lower level',
    objects: [namespace({ 'pod-security.kubernetes.io/enforce': 'baseline' })],
    secretExists: false,
    restricted: false,
  },
];

for (const { name, objects, secretExists, restricted } of facts) {
  test(name, async () => {
    const snapshot = await seen([[mcpServers, server], ...objects]);
    assert.deepEqual(
      { secretExists: snapshot?.secretExists, restricted: snapshot?.restricted },
      { secretExists, restricted },
    );
  });
}

test('what was refused lately is remembered by uid', async () => {
  const { caches, clock, stop } = await startCaches([[mcpServers, server]]);
  const memory = createRefusalMemory();
  const first = observe(caches, () => [], memory, clock, KEY);
  assert.ok(first !== undefined);
  assert.deepEqual(first.refusals, {});
  memory.keep({ ...first, refusals: { Service: refusal } });
  assert.deepEqual(observe(caches, () => [], memory, clock, KEY)?.refusals, { Service: refusal });
  await stop();
});
