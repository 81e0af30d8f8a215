import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aLiveDeployment, aServer, aSnapshot } from '../../test/support/snapshots.ts';
import type { KubeObject, ObjectMeta, OwnerReference } from '../runtime/object.ts';
import { foreignMessage, type Standing, standingOf } from './standing.ts';

const ours = aLiveDeployment();
const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' };

function owner(fields: Partial<OwnerReference>): Pick<ObjectMeta, 'ownerReferences'> {
  const reference = { apiVersion: 'mcp.mcp.dev/v1alpha1', kind: 'MCPServer', name: 'weather', uid: 'uid-1' };
  return { ownerReferences: [{ ...reference, controller: true, ...fields }] };
}

function live(metadata: Partial<ObjectMeta>): KubeObject {
  return { ...ours, metadata: { ...ours.metadata, ...metadata } };
}

interface Row {
  readonly name: string;
  readonly live: KubeObject | undefined;
  readonly standing: Standing;
}

const rows: readonly Row[] = [
  { name: 'nothing there', live: undefined, standing: 'absent' },
  { name: 'as we made it', live: ours, standing: 'ours' },
  { name: 'ours although somebody took its labels', live: live({ labels: {} }), standing: 'ours' },
  {
    name: 'ours beside another, lesser owner',
    live: live({
      ownerReferences: [
        { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' },
        ...(ours.metadata.ownerReferences ?? []),
      ],
    }),
    standing: 'ours',
  },
  { name: 'ours, being deleted', live: live(deleted), standing: 'leaving' },
  { name: "our predecessor's", live: live(owner({ uid: 'uid-0' })), standing: 'leaving' },
  {
    name: "our predecessor's, of a later version of the API",
    live: live(owner({ uid: 'uid-0', apiVersion: 'mcp.mcp.dev/v1' })),
    standing: 'leaving',
  },
  {
    name: "a namesake's of another product that has a kind MCPServer too",
    live: live(owner({ uid: 'uid-9', apiVersion: 'toolhive.stacklok.dev/v1alpha1' })),
    standing: 'foreign',
  },
  {
    name: 'that of a namesake of another kind of ours',
    live: live(owner({ uid: 'uid-9', kind: 'MCPGateway' })),
    standing: 'foreign',
  },
  { name: "another MCPServer's", live: live(owner({ uid: 'uid-9', name: 'other' })), standing: 'foreign' },
  {
    name: "another controller's",
    live: live(owner({ apiVersion: 'apps/v1', kind: 'Whatever', uid: 'uid-9' })),
    standing: 'foreign',
  },
  { name: 'our labels and no owner', live: live({ ownerReferences: [] }), standing: 'orphan' },
  {
    name: 'our labels and an owner that does not control it',
    live: live(owner({ uid: 'uid-9', controller: false })),
    standing: 'orphan',
  },
  {
    name: 'our label for another server, and no owner',
    live: live({
      ownerReferences: [],
      labels: { 'app.kubernetes.io/managed-by': 'smooth-operator', 'mcp.mcp.dev/server': 'other' },
    }),
    standing: 'foreign',
  },
  {
    name: "the server label put on by somebody else's hand",
    live: live({ ownerReferences: [], labels: { 'mcp.mcp.dev/server': 'weather' } }),
    standing: 'foreign',
  },
  { name: 'no labels, no owner', live: { metadata: { name: 'weather' } }, standing: 'foreign' },
];

describe('standing', () => {
  for (const row of rows) {
    test(row.name, () => assert.equal(standingOf(aSnapshot({ server: aServer() }), row.live), row.standing));
  }
});

describe('what a person reads of a stranger', () => {
  test('one without an owner', () => {
    assert.equal(
      foreignMessage('Service', { metadata: { name: 'weather' } }),
      'A Service named weather already exists and was not created by this operator. It is left untouched: rename the MCPServer, or delete that Service.',
    );
  });

  test('one with an owner', () => {
    assert.equal(
      foreignMessage('Deployment', live(owner({ kind: 'Helm', name: 'release', uid: 'x' }))),
      'A Deployment named weather already exists and belongs to Helm release. It is left untouched: rename the MCPServer, or delete that Deployment.',
    );
  });
});
