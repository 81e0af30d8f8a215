import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { facts, tool } from '../../../test/support/probe-results.ts';
import { failureOf, reportOn } from '../../../test/support/verified-snapshots.ts';
import { summarise } from '../../mcp/tools.ts';
import type { PodReport } from '../../mcp/verify/report.ts';
import type { Verification } from '../verification.ts';
import type { ConditionVerdict } from './verdict.ts';
import { reachable, verified } from './verified.ts';

const [a, b] = [reportOn('a'), reportOn('b')];

/** Two pods that pass, but for these fields. */
function verification(fields: Partial<Verification> = {}): Verification {
  return {
    disabled: false,
    tokenMissing: undefined,
    serving: 2,
    reports: [a, b],
    unasked: [],
    fault: undefined,
    lastVerdict: undefined,
    verified: 2,
    missingTools: undefined,
    disagreement: undefined,
    best: a,
    ...fields,
  };
}

const passed = (message: string): ConditionVerdict => ({ status: 'True', reason: 'HandshakePassed', message });
const verifying: ConditionVerdict = {
  status: 'Unknown',
  reason: 'Verifying',
  message: 'Not every pod that is up has been asked yet.',
};
const timeout: ConditionVerdict = {
  status: 'False',
  reason: 'HandshakeTimeout',
  message: "pod b: POST /mcp got no answer; look at the pod's log.",
};
const wantsToken = reportOn('a', { verdict: 'AuthRequired', standing: 'Unknown', message: 'pod a: HTTP 401' });
const authRequired: ConditionVerdict = { status: 'Unknown', reason: 'AuthRequired', message: 'pod a: HTTP 401.' };
const fault = reportOn('b', { verdict: 'ProbeError', standing: 'None', message: 'pod b: out of sockets' });
const probeError: ConditionVerdict = { status: 'Unknown', reason: 'ProbeError', message: 'pod b: out of sockets.' };
const missingTools = { pod: 'a', tools: ['echo', 'ask'] };
const disagreement = [a, reportOn('b', { server: { ...facts, name: 'other' } })] as const;
const last = passed('2 of 2 pods answer MCP, as was said last.');

const rows: Readonly<Record<string, readonly [fields: Partial<Verification>, verdict: ConditionVerdict | string]>> = {
  'all pass': [{}, passed('2 of 2 pods answer MCP 2025-11-25: plain 0.1.0, no tools.')],
  'switched off, whatever is known': [
    { disabled: true, reports: [failureOf('b')] },
    { status: 'Unknown', reason: 'Disabled', message: 'spec.verify.disabled is true.' },
  ],
  'the token is missing, whatever the pods say': [
    { tokenMissing: 'login', reports: [failureOf('b')] },
    'TokenNotFound',
  ],
  'no pod is up': [{ serving: 0, reports: [] }, verifying],
  'no pod is up, and something was said before': [{ serving: 0, reports: [], lastVerdict: last }, verifying],
  'nobody has been asked': [{ reports: [], unasked: ['a', 'b'] }, verifying],
  'nobody has been asked again after a restart': [{ reports: [], unasked: ['a', 'b'], lastVerdict: last }, last],
  'nobody has been asked again, and it was bad': [{ reports: [], unasked: ['a', 'b'], lastVerdict: timeout }, timeout],
  'one of two has been asked': [{ reports: [a], unasked: ['b'] }, verifying],
  'a new pod beside those that pass': [{ reports: [a], unasked: ['b'], lastVerdict: last }, last],
  'nobody could be asked': [{ reports: [], unasked: ['a', 'b'], fault }, probeError],
  'one of two could not be asked': [{ reports: [a], unasked: ['b'], fault }, probeError],
  'what was said last stays where nobody can be asked': [
    { reports: [], unasked: ['a', 'b'], lastVerdict: last, fault },
    last,
  ],
  'one fails': [{ reports: [a, failureOf('b')] }, timeout],
  'one fails, another has yet to be asked': [{ reports: [failureOf('b')], unasked: ['a'], lastVerdict: last }, timeout],
  'a failure is told before missing credentials': [{ reports: [wantsToken, failureOf('b')] }, timeout],
  'a failure is told before missing tools': [{ reports: [a, failureOf('b')], missingTools }, timeout],
  'wants credentials': [{ reports: [wantsToken, b] }, authRequired],
  'tools are missing': [
    { missingTools },
    {
      status: 'False',
      reason: 'MissingTools',
      message: 'Pod a does not offer echo, ask, which spec.verify.expectTools names.',
    },
  ],
  'a disagreement is told before missing tools': [{ disagreement, missingTools }, 'PodsDisagree'],
};

describe('Verified', () => {
  for (const [what, [fields, verdict]] of Object.entries(rows)) {
    test(what, () => {
      const found = verified(verification(fields));
      if (typeof verdict === 'string') assert.equal(found.reason, verdict);
      else assert.deepEqual(found, verdict);
    });
  }

  test('of several failures the first by name, so that the message does not move', () => {
    assert.match(verified(verification({ reports: [failureOf('a'), failureOf('b')] })).message, /^pod a:/);
  });

  test('a disagreement shows what each is', () => {
    const { status, message } = verified(verification({ disagreement }));
    assert.equal(status, 'False');
    assert.match(message, /a is 2025-11-25: plain 0\.1\.0, no tools, b is 2025-11-25: other 0\.1\.0, no tools\./);
  });

  test('a missing token: its Secret, and what to do', () => {
    const { status, message } = verified(verification({ tokenMissing: 'login' }));
    assert.equal(status, 'Unknown');
    assert.match(message, /Secret login, .* Create it, or remove spec\.verify\.auth\./);
  });
});

describe('what the server is, in words', () => {
  const said = (best: PodReport) => verified(verification({ best })).message.replace(/^.*answer MCP/, '');
  const offering = (count: number) => ({ tools: summarise(Array.from({ length: count }, (_, i) => tool(`t${i}`))) });

  test('no tool, one, several', () => {
    assert.match(said(reportOn('a', offering(0))), /, no tools\.$/);
    assert.match(said(reportOn('a', offering(1))), /, 1 tool\.$/);
    assert.match(said(reportOn('a', offering(2))), /, 2 tools\.$/);
  });

  test('a modern server need not say who it is', () => {
    const server = { ...facts, name: undefined, version: undefined };
    assert.equal(said(reportOn('a', { server })), ' 2025-11-25, no tools.');
  });

  test('a name without a version', () => {
    assert.match(said(reportOn('a', { server: { ...facts, version: undefined } })), / 2025-11-25: plain, no tools\.$/);
  });
});

test('who wants credentials can be reached; who fails cannot', () => {
  assert.ok(reachable.has('AuthRequired') && reachable.has('AuthRejected'));
  for (const reason of ['Verifying', 'TokenNotFound', 'HandshakeTimeout', 'Refused']) assert.ok(!reachable.has(reason));
});
