import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Parts, ready } from './ready.ts';
import type { ConditionVerdict } from './verdict.ts';

function part(status: ConditionVerdict['status'], reason: string): ConditionVerdict {
  return { status, reason, message: `${reason}, in words.` };
}

const well: Parts = {
  Accepted: part('True', 'Accepted'),
  Available: part('True', 'AllReplicasAvailable'),
  Verified: part('True', 'HandshakePassed'),
  Progressing: part('True', 'Complete'),
};

interface Row {
  readonly name: string;
  readonly parts: Partial<Parts>;
  readonly verdict: ConditionVerdict;
}

const no = (reason: string): ConditionVerdict => ({ status: 'False', reason, message: `${reason}, in words.` });
const yes: ConditionVerdict = { status: 'True', reason: 'Ready', message: 'HandshakePassed, in words.' };

const rows: readonly Row[] = [
  { name: 'all well', parts: {}, verdict: yes },
  { name: 'not accepted', parts: { Accepted: part('False', 'SecretNotFound') }, verdict: no('SecretNotFound') },
  {
    name: 'not known to be accepted is not ready',
    parts: { Accepted: part('Unknown', 'WaitingForDeletion') },
    verdict: no('WaitingForDeletion'),
  },
  { name: 'not verified', parts: { Verified: part('False', 'HandshakeTimeout') }, verdict: no('HandshakeTimeout') },
  { name: 'not verified yet', parts: { Verified: part('Unknown', 'Verifying') }, verdict: no('Verifying') },
  {
    name: 'a server that wants credentials answers: nobody knows whether it is ready',
    parts: { Verified: part('Unknown', 'AuthRequired') },
    verdict: { status: 'Unknown', reason: 'AuthRequired', message: 'AuthRequired, in words.' },
  },
  {
    name: 'a server that is not to be verified is ready when it is available',
    parts: { Verified: part('Unknown', 'Disabled') },
    verdict: { status: 'True', reason: 'Ready', message: 'AllReplicasAvailable, in words.' },
  },
  {
    name: 'what is not available is told before what is not verified',
    parts: { Available: part('False', 'CrashLoopBackOff'), Verified: part('Unknown', 'NoPods') },
    verdict: no('CrashLoopBackOff'),
  },
  { name: 'not available', parts: { Available: part('False', 'Starting') }, verdict: no('Starting') },
  {
    name: 'a rollout that is stuck',
    parts: { Progressing: part('False', 'QuotaExceeded') },
    verdict: no('QuotaExceeded'),
  },
  { name: 'a rollout under way still serves', parts: { Progressing: part('True', 'RollingOut') }, verdict: yes },
  {
    name: 'a rollout that somebody paused still serves',
    parts: { Progressing: part('Unknown', 'Paused') },
    verdict: yes,
  },
  {
    name: 'the cause is told before what follows from it',
    parts: {
      Accepted: part('False', 'ForeignObject'),
      Available: part('False', 'Starting'),
      Progressing: part('False', 'NotStarted'),
    },
    verdict: no('ForeignObject'),
  },
  {
    name: 'what users feel is told before how the rollout goes',
    parts: { Available: part('False', 'CrashLoopBackOff'), Progressing: part('False', 'ProgressDeadlineExceeded') },
    verdict: no('CrashLoopBackOff'),
  },
];

for (const row of rows) {
  test(row.name, () => assert.deepEqual(ready({ ...well, ...row.parts }), row.verdict));
}
