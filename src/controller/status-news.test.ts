import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunningSnapshot, aServer, aSnapshot } from '../../test/support/snapshots.ts';
import type { MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import { statusOf } from './status.ts';
import { isWorthAWrite } from './status-news.ts';

const pending = statusOf(aSnapshot());
const running = statusOf(aRunningSnapshot());
const verified: Partial<MCPServerStatus> = {
  verifiedReplicas: 1,
  server: { protocolVersion: '2025-11-25', stateful: false },
};

function withReason(status: MCPServerStatus, type: string, reason: string): MCPServerStatus {
  const conditions = (status.conditions ?? []).map((each) => (each.type === type ? { ...each, reason } : each));
  return { ...status, conditions };
}

interface Row {
  readonly name: string;
  readonly shown: MCPServerStatus | undefined;
  readonly next: MCPServerStatus;
  readonly worth: boolean;
}

const foreign = {
  type: 'Audited',
  status: 'True',
  reason: 'ByHand',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
} as const;

const rows: readonly Row[] = [
  { name: 'the first one', shown: undefined, next: pending, worth: true },
  { name: 'an equal one', shown: running, next: structuredClone(running), worth: false },
  { name: 'coming up', shown: pending, next: running, worth: true },
  { name: 'going down', shown: running, next: pending, worth: true },
  {
    name: 'pods that answer while the server comes up',
    shown: pending,
    next: { ...pending, ...verified },
    worth: false,
  },
  {
    name: 'the same, as a condition',
    shown: pending,
    next: withReason({ ...pending, ...verified }, 'Verified', 'HandshakePassed'),
    worth: false,
  },
  { name: 'pods that answer of a server that runs', shown: running, next: { ...running, ...verified }, worth: true },
  {
    name: 'another reason on the way up',
    shown: pending,
    next: withReason(pending, 'Ready', 'CrashLoopBackOff'),
    worth: true,
  },
  {
    name: 'another generation on the way up',
    shown: pending,
    next: { ...pending, observedGeneration: 2 },
    worth: true,
  },
  {
    name: "somebody else's condition",
    shown: { ...running, conditions: [foreign, ...(running.conditions ?? [])] },
    next: running,
    worth: false,
  },
  {
    name: 'a condition of ours that somebody took away',
    shown: { ...running, conditions: (running.conditions ?? []).slice(1) },
    next: running,
    worth: true,
  },
  { name: 'a field that somebody added', shown: { ...running, url: 'http://elsewhere' }, next: running, worth: true },
];

for (const { name, shown, next, worth } of rows) {
  test(`${name}: ${worth ? 'written' : 'not written'}`, () => assert.equal(isWorthAWrite(shown, next), worth));
}

test('what is held back is shown with what happens next', () => {
  const held = { ...pending, ...verified };
  assert.equal(isWorthAWrite(pending, held), false);
  const next = { ...statusOf(aRunningSnapshot({ server: aServer() })), ...verified };
  assert.equal(isWorthAWrite(pending, next), true);
});
