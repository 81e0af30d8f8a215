import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { facts, tool } from '../../test/support/probe-results.ts';
import {
  aServingPod,
  aVerifiedServer,
  aVerifiedSnapshot,
  failureOf,
  reportOn,
} from '../../test/support/verified-snapshots.ts';
import type { Condition } from '../api/v1alpha1/mcp-server.ts';
import { summarise } from '../mcp/tools.ts';
import type { PodReport } from '../mcp/verify/report.ts';
import { gateOf, isServing, verificationOf } from './verification.ts';

const named = (name: string) => ({ server: { ...facts, name } });
const offering = (...names: string[]) => ({ tools: summarise(names.map((name) => tool(name))) });
const expecting = (...expectTools: string[]) =>
  aVerifiedServer({ verify: { interval: '30s', timeout: '5s', expectTools } });

describe('which pods ought to answer', () => {
  test('those that the kubelet holds for ready, whatever the gate says', () => {
    assert.ok(isServing(aServingPod('a')));
    assert.ok(isServing(aServingPod('a', { gate: 'False' })));
    assert.ok(!isServing(aServingPod('a', { ready: false, gate: 'True' })));
    assert.ok(!isServing(aServingPod('a', { deleted: true })));
  });

  test('a report of any other pod counts for nothing', () => {
    const pods = [aServingPod('a'), aServingPod('b', { ready: false }), aServingPod('c', { deleted: true })];
    const reports = [reportOn('c'), reportOn('b'), reportOn('a'), failureOf('gone')];
    const { serving, reports: own, unasked } = verificationOf(aVerifiedSnapshot({ pods, reports }));
    assert.equal(serving, 1);
    assert.deepEqual(
      own.map(({ pod }) => pod),
      ['a'],
    );
    assert.deepEqual(unasked, []);
  });

  test('reports come by the name of the pod, so that the first does not move', () => {
    const pods = [aServingPod('b'), aServingPod('c'), aServingPod('a')];
    const reports = [failureOf('c'), failureOf('a'), failureOf('b')];
    const found = verificationOf(aVerifiedSnapshot({ pods, reports })).reports;
    assert.deepEqual(
      found.map(({ pod }) => pod),
      ['a', 'b', 'c'],
    );
  });

  test('those that nobody has asked are named', () => {
    assert.deepEqual(verificationOf(aVerifiedSnapshot({ reports: [reportOn('b')] })).unasked, ['a']);
  });
});

describe('a pod that could not be asked', () => {
  const fault = reportOn('a', { verdict: 'ProbeError', standing: 'None', message: 'pod a: out of sockets' });

  test('is one that nobody has asked yet, with the reason why', () => {
    const { reports, unasked, fault: found, best, verified } = verificationOf(aVerifiedSnapshot({ reports: [fault] }));
    assert.deepEqual([reports, unasked, best, verified], [[], ['a', 'b'], undefined, 0]);
    assert.equal(found, fault);
  });

  test('is none where all could', () => assert.equal(verificationOf(aVerifiedSnapshot()).fault, undefined));

  test('counts for nothing when it is gone', () => {
    assert.equal(verificationOf(aVerifiedSnapshot({ reports: [{ ...fault, podUid: 'uid-gone' }] })).fault, undefined);
  });
});

describe('how many are verified', () => {
  const rows: Readonly<
    Record<string, readonly [before: number | undefined, reports: readonly PodReport[], now: number]>
  > = {
    'both pass': [undefined, [reportOn('a'), reportOn('b')], 2],
    'one passes': [2, [reportOn('a'), failureOf('b')], 1],
    'none passes': [2, [failureOf('a'), failureOf('b')], 0],
    'who wants credentials has not passed': [2, [reportOn('a', { standing: 'Unknown' }), reportOn('b')], 1],
    'none asked after a restart of the operator: as before': [2, [], 2],
    'one asked after a restart, and it fails': [2, [failureOf('a')], 1],
    'one asked after a restart, and it passes': [2, [reportOn('a')], 2],
    'none asked of a new server': [undefined, [], 0],
    'no more than there are': [5, [], 2],
    'a new pod beside one that passes is not counted in advance': [1, [reportOn('a')], 1],
  };
  for (const [what, [verifiedReplicas, reports, now]] of Object.entries(rows)) {
    test(what, () => {
      const server = aVerifiedServer({}, verifiedReplicas === undefined ? undefined : { verifiedReplicas });
      assert.equal(verificationOf(aVerifiedSnapshot({ server, reports })).verified, now);
    });
  }
});

describe('what was said last', () => {
  const condition = (type: string, reason: string): Condition => ({
    type,
    status: 'True',
    reason,
    message: `${reason}.`,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const lastOf = (...conditions: Condition[]) =>
    verificationOf(aVerifiedSnapshot({ server: aVerifiedServer({}, { conditions }) })).lastVerdict;

  test('is of the pods', () => {
    const expected = { status: 'True', reason: 'HandshakePassed', message: 'HandshakePassed.' };
    assert.deepEqual(lastOf(condition('Ready', 'Ready'), condition('Verified', 'HandshakePassed')), expected);
  });

  for (const reason of ['Verifying', 'Disabled', 'TokenNotFound', 'ProbeError']) {
    test(`${reason} says nothing of them`, () => assert.equal(lastOf(condition('Verified', reason)), undefined));
  }

  test('is nothing for a new server', () => assert.equal(lastOf(), undefined));
});

describe('expected tools', () => {
  const missing = (server: ReturnType<typeof expecting>, reports: readonly PodReport[]) =>
    verificationOf(aVerifiedSnapshot({ server, reports })).missingTools;

  test('all there', () => {
    const both = offering('echo', 'ask', 'more');
    assert.equal(missing(expecting('echo', 'ask'), [reportOn('a', both), reportOn('b', both)]), undefined);
  });

  test('none expected', () => assert.equal(missing(aVerifiedServer(), [reportOn('a')]), undefined));

  test('the first pod that lacks some, with all that it lacks', () => {
    const reports = [reportOn('b', offering('ask')), reportOn('a', offering('echo', 'ask'))];
    assert.deepEqual(missing(expecting('echo', 'ask', 'new'), reports), { pod: 'a', tools: ['new'] });
  });

  test('a server that offers no tools lacks them all', () => {
    assert.deepEqual(missing(expecting('echo'), [reportOn('a')]), { pod: 'a', tools: ['echo'] });
  });

  test('a name is compared as it was sent: what only looks the same is another one', () => {
    const reports = [reportOn('a', offering('ec\u200bho'))];
    assert.deepEqual(missing(expecting('echo'), reports), { pod: 'a', tools: ['echo'] });
  });

  test('a pod that failed told no tools, and lacks none', () => {
    assert.equal(missing(expecting('echo'), [failureOf('a'), reportOn('b', offering('echo'))]), undefined);
  });
});

describe('pods that disagree', () => {
  const between = (...reports: PodReport[]) => verificationOf(aVerifiedSnapshot({ reports })).disagreement;

  test('not when they are the same', () => assert.equal(between(reportOn('a'), reportOn('b')), undefined));

  const differences: Readonly<Record<string, Partial<PodReport>>> = {
    'another name': named('other'),
    'another version': { server: { ...facts, version: '9' } },
    'another protocol': { server: { ...facts, protocolVersion: '2025-03-26' } },
    'other tools': offering('echo'),
  };
  for (const [what, difference] of Object.entries(differences)) {
    test(what, () => {
      const [one, other] = between(reportOn('a'), reportOn('b', difference)) ?? [];
      assert.deepEqual([one?.pod, other?.pod], ['a', 'b']);
    });
  }

  test('an old and a new pod of a rollout may differ', () => {
    assert.equal(between(reportOn('a'), reportOn('b', { ...named('other'), template: 'next' })), undefined);
  });

  test('a pod that failed is no party to it', () => {
    assert.equal(between(reportOn('a'), failureOf('b', named('other'))), undefined);
  });
});

describe('who speaks for the server', () => {
  const best = (pods: readonly ReturnType<typeof aServingPod>[], reports: readonly PodReport[]) =>
    verificationOf(aVerifiedSnapshot({ pods, reports })).best?.pod;
  const old = aServingPod('b', { born: '2026-01-01T00:00:00Z' });
  const young = aServingPod('z', { born: '2026-01-01T00:00:09Z' });

  test('the newest pod that passed', () => assert.equal(best([old, young], [reportOn('b'), reportOn('z')]), 'z'));
  test('not one that failed', () => assert.equal(best([old, young], [reportOn('b'), failureOf('z')]), 'b'));
  test('the first by name among equals', () => {
    assert.equal(best([aServingPod('b'), aServingPod('a')], [reportOn('b'), reportOn('a')]), 'a');
  });
  test('nobody when none passed', () => assert.equal(best([old], [failureOf('b')]), undefined));
});

describe('the gate of a pod', () => {
  test('as it is, never set, or not there', () => {
    assert.equal(gateOf(aServingPod('a', { gate: 'True' })), 'True');
    assert.equal(gateOf(aServingPod('a', { gate: 'False' })), 'False');
    assert.equal(gateOf(aServingPod('a', { gate: 'unset' })), undefined);
    assert.equal(gateOf(aServingPod('a')), null);
  });
});

describe('the rest', () => {
  test('it is summed up once for one snapshot', () => {
    const snapshot = aVerifiedSnapshot();
    assert.equal(verificationOf(snapshot), verificationOf(snapshot));
  });

  test('a token Secret that is not there is named', () => {
    const auth = { secretKeyRef: { name: 'login', key: 'token' } };
    const server = aVerifiedServer({ verify: { interval: '30s', timeout: '5s', auth } });
    assert.equal(verificationOf(aVerifiedSnapshot({ server, tokenExists: false })).tokenMissing, 'login');
    assert.equal(verificationOf(aVerifiedSnapshot({ server })).tokenMissing, undefined);
  });

  test('disabled', () => {
    const verify = { interval: '30s', timeout: '5s', disabled: true };
    assert.equal(verificationOf(aVerifiedSnapshot({ server: aVerifiedServer({ verify }) })).disabled, true);
    assert.equal(verificationOf(aVerifiedSnapshot()).disabled, false);
  });
});
