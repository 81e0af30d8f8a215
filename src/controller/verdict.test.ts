import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aLiveDeployment, aLiveService, aServer, aSnapshot, NOW } from '../../test/support/snapshots.ts';
import { HASH_ANNOTATION } from './labels.ts';
import { appliedHash } from './objects/applied-hash.ts';
import { deploymentFor } from './objects/deployment.ts';
import { serviceFor } from './objects/service.ts';
import type { Refusal } from './refusals.ts';
import type { Deployment } from './resources.ts';
import type { Children, Snapshot } from './snapshot.ts';
import { type Verdict, verdictOn } from './verdict.ts';

const server = aServer();
const live = { Deployment: aLiveDeployment(server), Service: aLiveService(server) };
const wish = deploymentFor(server, { restricted: false, healthType: 'HTTP' });
const refusal: Refusal = { reason: 'Refused', message: 'no', hash: appliedHash(wish), retryAt: NOW + 1, times: 1 };

function withDeployment(deployment: Deployment | undefined, fields: Partial<Snapshot> = {}): Snapshot {
  return aSnapshot({ server, children: { ...live, Deployment: deployment }, ...fields });
}

interface Row {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly verdict: Verdict;
}

const rows: readonly Row[] = [
  { name: 'absent', snapshot: withDeployment(undefined), verdict: { type: 'apply', how: 'create' } },
  { name: 'as wished', snapshot: withDeployment(live.Deployment), verdict: { type: 'keep' } },
  {
    name: 'ours, of an older wish: no drift is named, for it is we who changed',
    snapshot: withDeployment(aLiveDeployment(aServer({ image: 'old' }))),
    verdict: { type: 'apply', how: 'update' },
  },
  {
    name: 'ours, changed by somebody',
    snapshot: withDeployment({ ...live.Deployment, spec: { ...live.Deployment.spec, replicas: 7 } }),
    verdict: { type: 'apply', how: 'update', drift: 'spec.replicas' },
  },
  {
    name: 'ours, a label of ours changed by somebody',
    snapshot: withDeployment(aLiveDeployment(server, {}, { labels: { ...live.Deployment.metadata.labels, app: 'x' } })),
    verdict: { type: 'apply', how: 'update', drift: 'metadata.labels.app' },
  },
  {
    name: 'ours without its hash',
    snapshot: withDeployment(aLiveDeployment(server, {}, { annotations: {} })),
    verdict: { type: 'apply', how: 'update' },
  },
  {
    name: 'ours with annotations of others beside the hash',
    snapshot: withDeployment(
      aLiveDeployment(server, {}, { annotations: { ...live.Deployment.metadata.annotations, theirs: 'x' } }),
    ),
    verdict: { type: 'keep' },
  },
  {
    name: 'orphaned, even when it holds the wish: its owner is missing',
    snapshot: withDeployment(aLiveDeployment(server, {}, { ownerReferences: [] })),
    verdict: { type: 'apply', how: 'adopt' },
  },
  {
    name: 'leaving',
    snapshot: withDeployment(aLiveDeployment(server, {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })),
    verdict: { type: 'wait', message: 'Waiting for the previous Deployment weather to be deleted.' },
  },
  {
    name: 'foreign',
    snapshot: withDeployment(aLiveDeployment(server, {}, { ownerReferences: [], labels: {} })),
    verdict: {
      type: 'foreign',
      message:
        'A Deployment named weather already exists and was not created by this operator. It is left untouched: rename the MCPServer, or delete that Deployment.',
    },
  },
  {
    name: 'refused, and its time has not come',
    snapshot: withDeployment(undefined, { refusals: { Deployment: refusal } }),
    verdict: { type: 'refused', refusal },
  },
  {
    name: 'refused for a change, although what is there still runs',
    snapshot: withDeployment(aLiveDeployment(aServer({ image: 'old' })), { refusals: { Deployment: refusal } }),
    verdict: { type: 'refused', refusal },
  },
  {
    name: 'refused, and its time has just come',
    snapshot: withDeployment(undefined, { refusals: { Deployment: { ...refusal, retryAt: NOW } } }),
    verdict: { type: 'apply', how: 'create' },
  },
  {
    name: 'another wish was refused',
    snapshot: withDeployment(undefined, { refusals: { Deployment: { ...refusal, hash: 'other' } } }),
    verdict: { type: 'apply', how: 'create' },
  },
  {
    name: 'the other child was refused',
    snapshot: withDeployment(undefined, { refusals: { Service: refusal } }),
    verdict: { type: 'apply', how: 'create' },
  },
  {
    name: 'a stranger is told before an older refusal',
    snapshot: withDeployment(aLiveDeployment(server, {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }), {
      refusals: { Deployment: refusal },
    }),
    verdict: { type: 'wait', message: 'Waiting for the previous Deployment weather to be deleted.' },
  },
];

describe('the verdict on the Deployment', () => {
  for (const row of rows) {
    test(row.name, () => {
      assert.deepEqual(verdictOn(row.snapshot, 'Deployment'), { kind: 'Deployment', wish, verdict: row.verdict });
    });
  }
});

describe('the verdict on the Service', () => {
  test('is about the Service', () => {
    const children: Children = { Deployment: undefined, Service: live.Service };
    assert.deepEqual(verdictOn(aSnapshot({ server, children }), 'Service'), {
      kind: 'Service',
      wish: serviceFor(server, 'None'),
      verdict: { type: 'keep' },
    });
  });

  test('an address that the API server assigned is no drift, a changed type is', () => {
    const moved = { ...live.Service, spec: { ...live.Service.spec, type: 'NodePort' } };
    const { verdict } = verdictOn(aSnapshot({ server, children: { ...live, Service: moved } }), 'Service');
    assert.deepEqual(verdict, { type: 'apply', how: 'update', drift: 'spec.type' });
  });
});

test('the namespace being restricted changes the wish for the Deployment alone', () => {
  const restricted = aSnapshot({ server, restricted: true });
  assert.notEqual(hashOf(restricted, 'Deployment'), hashOf(aSnapshot({ server }), 'Deployment'));
  assert.equal(hashOf(restricted, 'Service'), hashOf(aSnapshot({ server }), 'Service'));
});

function hashOf(snapshot: Snapshot, kind: 'Deployment' | 'Service'): string | undefined {
  return verdictOn(snapshot, kind).wish.metadata.annotations?.[HASH_ANNOTATION];
}
