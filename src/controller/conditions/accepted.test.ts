import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aLiveDeployment,
  aLiveService,
  aRunningSnapshot,
  aServer,
  aSnapshot,
  NOW,
} from '../../../test/support/snapshots.ts';
import type { KubeObject } from '../../runtime/object.ts';
import { appliedHash } from '../objects/applied-hash.ts';
import { deploymentFor } from '../objects/deployment.ts';
import { serviceFor } from '../objects/service.ts';
import { type Objection, type Refusal, refusalOf } from '../refusals.ts';
import type { Snapshot } from '../snapshot.ts';
import { accepted } from './accepted.ts';
import type { ConditionVerdict } from './verdict.ts';

const server = aServer();
const named = aServer({ secretName: 'keys' });
const live = { Deployment: aLiveDeployment(server), Service: aLiveService(server) };
const strange = { ownerReferences: [], labels: {} };
const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const quota: Objection = { reason: 'QuotaExceeded', message: 'The quota is full.' };
const noRight: Objection = { reason: 'Forbidden', message: 'The operator cannot patch resource "pods/status".' };
const overridden: Objection = { reason: 'Overridden', message: 'Somebody keeps changing it.' };

function refusedNow(wish: KubeObject, objection: Objection, secondsAgo = 0): Refusal {
  return refusalOf(objection, { hash: appliedHash(wish), now: NOW - secondsAgo * 1000, previous: undefined });
}

const yes: ConditionVerdict = { status: 'True', reason: 'Accepted', message: 'The spec can be carried out.' };
const no = (reason: string, message: string): ConditionVerdict => ({ status: 'False', reason, message });
const noSecret = no(
  'SecretNotFound',
  'Secret keys does not exist in namespace team-a. Create it (kubectl create secret generic keys -n team-a --from-literal=KEY=VALUE), or remove spec.secretName.',
);
const foreign = (kind: string) =>
  no(
    'ForeignObject',
    `A ${kind} named weather already exists and was not created by this operator. It is left untouched: rename the MCPServer, or delete that ${kind}.`,
  );
const waiting = (kind: string): ConditionVerdict => ({
  status: 'Unknown',
  reason: 'WaitingForDeletion',
  message: `Waiting for the previous ${kind} weather to be deleted.`,
});

interface Row {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly verdict: ConditionVerdict;
}

const rows: readonly Row[] = [
  { name: 'a new server', snapshot: aSnapshot(), verdict: yes },
  { name: 'a settled server', snapshot: aRunningSnapshot(), verdict: yes },
  {
    name: 'an update to come is no objection',
    snapshot: aRunningSnapshot({ server: aServer({ image: 'new' }), children: live }),
    verdict: yes,
  },
  { name: 'a Secret that is there', snapshot: aSnapshot({ server: named, secretExists: true }), verdict: yes },
  {
    name: 'a Secret that was never made',
    snapshot: aSnapshot({ server: named, secretExists: false }),
    verdict: noSecret,
  },
  {
    name: 'a Secret that was deleted under a running server: its next pod will not start',
    snapshot: aRunningSnapshot({ server: named, secretExists: false }),
    verdict: noSecret,
  },
  {
    name: 'a foreign Deployment',
    snapshot: aSnapshot({ children: { ...live, Deployment: aLiveDeployment(server, {}, strange) } }),
    verdict: foreign('Deployment'),
  },
  {
    name: 'a foreign Service',
    snapshot: aSnapshot({ children: { ...live, Service: aLiveService(server, strange) } }),
    verdict: foreign('Service'),
  },
  {
    name: 'both foreign: one at a time',
    snapshot: aSnapshot({
      children: { Deployment: aLiveDeployment(server, {}, strange), Service: aLiveService(server, strange) },
    }),
    verdict: foreign('Deployment'),
  },
  {
    name: 'a missing Secret and a foreign Service: what the user can mend in one command comes first',
    snapshot: aSnapshot({
      server: named,
      secretExists: false,
      children: { ...live, Service: aLiveService(server, strange) },
    }),
    verdict: noSecret,
  },
  {
    name: 'a Deployment on its way out: not wrong, but not yet known either',
    snapshot: aSnapshot({ children: { ...live, Deployment: aLiveDeployment(server, {}, leaving) } }),
    verdict: waiting('Deployment'),
  },
  {
    name: 'a Service on its way out',
    snapshot: aSnapshot({ children: { ...live, Service: aLiveService(server, leaving) } }),
    verdict: waiting('Service'),
  },
  {
    name: 'a refused Deployment',
    snapshot: aSnapshot({
      refusals: { Deployment: refusedNow(deploymentFor(server, { restricted: false, healthType: 'HTTP' }), quota) },
    }),
    verdict: no('QuotaExceeded', 'The quota is full.'),
  },
  {
    name: 'a refused Service',
    snapshot: aSnapshot({ refusals: { Service: refusedNow(serviceFor(server, 'None'), quota) } }),
    verdict: no('QuotaExceeded', 'The quota is full.'),
  },
  {
    name: 'a fight over a Deployment that holds our wish at the moment',
    snapshot: aRunningSnapshot({
      refusals: {
        Deployment: refusedNow(deploymentFor(server, { restricted: false, healthType: 'HTTP' }), overridden),
      },
    }),
    verdict: no('Overridden', 'Somebody keeps changing it.'),
  },
  {
    name: 'a fight that is over: the wish held until the retry',
    snapshot: aRunningSnapshot({
      refusals: {
        Deployment: refusedNow(deploymentFor(server, { restricted: false, healthType: 'HTTP' }), overridden, 10),
      },
    }),
    verdict: yes,
  },
  {
    name: 'a predecessor whose end no watch will tell: waiting, not wrong',
    snapshot: aSnapshot({
      refusals: {
        Deployment: refusedNow(deploymentFor(server, { restricted: false, healthType: 'HTTP' }), {
          reason: 'WaitingForDeletion',
          message: 'Waiting for the previous Deployment weather to be deleted.',
        }),
      },
    }),
    verdict: waiting('Deployment'),
  },
  {
    name: 'a gate that cannot be set: the right that is missing',
    snapshot: aRunningSnapshot({
      refusals: { Gate: refusalOf(noRight, { hash: 'x', now: NOW, previous: undefined }) },
    }),
    verdict: no('Forbidden', 'The operator cannot patch resource "pods/status".'),
  },
  {
    name: 'a missing right beside a full quota: both, for neither mends the other',
    snapshot: aSnapshot({
      refusals: {
        Deployment: refusedNow(deploymentFor(server, { restricted: false, healthType: 'HTTP' }), quota),
        TakeBack: refusalOf(noRight, { hash: undefined, now: NOW, previous: undefined }),
      },
    }),
    verdict: no('Forbidden', 'The operator cannot patch resource "pods/status". The quota is full.'),
  },
  {
    name: 'a Service that could not be taken back, and need not be any more',
    snapshot: aRunningSnapshot({
      refusals: { TakeBack: refusalOf(noRight, { hash: undefined, now: NOW, previous: undefined }) },
    }),
    verdict: yes,
  },
  {
    name: 'a refusal of an older spec',
    snapshot: aSnapshot({ refusals: { Service: refusedNow(serviceFor(aServer({ port: 1 }), 'None'), quota) } }),
    verdict: yes,
  },
];

for (const row of rows) {
  test(row.name, () => assert.deepEqual(accepted(row.snapshot), row.verdict));
}
