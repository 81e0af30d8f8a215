import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deploymentFor } from '../../src/controller/objects/deployment.ts';
import { serviceFor } from '../../src/controller/objects/service.ts';
import { statusOf } from '../../src/controller/status.ts';
import { aLiveDeployment, aLiveService, aServer, aSnapshot, NOW } from '../../test/support/snapshots.ts';
import { createBodies } from './bodies.ts';

const bodies = createBodies(() => NOW);
const metadata = { ...aServer().metadata, name: 'sun', namespace: 'team-b', uid: 'uid-9', generation: 3 };
const server = aServer({}, { metadata });
const subject = { server, deploymentUid: undefined, available: 0 };
const HASH = 'mcp.mcp.dev/applied-hash';

/** The hash is of another server's content; it is as long as the right one. */
function withoutHash(object: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } }) {
  const { annotations: { [HASH]: hash, ...annotations } = {}, ...rest } = object.metadata;
  return { hash: hash?.length, object: { ...object, metadata: { ...rest, annotations } } };
}

test('a new Deployment and a new Service are what the operator would apply, byte for byte but for the hash', () => {
  const deployment = deploymentFor(server, { restricted: false, healthType: 'HTTP' });
  const service = serviceFor(server, 'None');
  const guarded = <T extends { readonly metadata: object }>(wish: T) =>
    JSON.parse(JSON.stringify({ ...wish, metadata: { ...wish.metadata, resourceVersion: '1' } }));
  assert.deepEqual(withoutHash(JSON.parse(bodies.deployment(subject))), withoutHash(guarded(deployment)));
  assert.deepEqual(withoutHash(JSON.parse(bodies.service(subject))), withoutHash(guarded(service)));
});

test('a Deployment that exists is bound to its uid, and follows the spec', () => {
  const scaled = aServer({ replicas: 5 }, { metadata });
  const body = JSON.parse(bodies.deployment({ server: scaled, deploymentUid: 'uid-child', available: 2 }));
  assert.equal(body.metadata.uid, 'uid-child');
  assert.equal(body.metadata.resourceVersion, undefined);
  assert.equal(body.spec.replicas, 5);
});

test('the status is what the operator would show of the same world', () => {
  for (const [available, phase] of [
    [0, 'Pending'],
    [1, 'Pending'],
    [2, 'Running'],
  ] as const) {
    const counts = { replicas: available, updatedReplicas: available, availableReplicas: available };
    const children = { Deployment: aLiveDeployment(server, counts), Service: aLiveService(server) };
    const expected = statusOf(aSnapshot({ server, children }));
    const { status, ...head } = JSON.parse(bodies.status({ ...subject, available }));
    assert.deepEqual(status, JSON.parse(JSON.stringify(expected)));
    assert.equal(status.phase, phase);
    assert.deepEqual(head, {
      apiVersion: 'mcp.mcp.dev/v1alpha1',
      kind: 'MCPServer',
      metadata: { name: 'sun', namespace: 'team-b', uid: 'uid-9' },
    });
  }
});

test('two servers of one kind differ in nothing but who they are', () => {
  const moon = { ...subject, server: aServer({}, { metadata: { ...metadata, name: 'moon', uid: 'uid-10' } }) };
  const renamed = bodies.status(subject).replaceAll('sun', 'moon').replaceAll('uid-9', 'uid-10');
  assert.equal(bodies.status(moon), renamed);
  assert.notEqual(bodies.status(moon), bodies.status(subject));
});
