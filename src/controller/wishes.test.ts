import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { facts } from '../../test/support/probe-results.ts';
import {
  aVerifiedServer,
  aVerifiedSnapshot,
  failureOf,
  GATE,
  reportOn,
} from '../../test/support/verified-snapshots.ts';
import type { MCPServerSpec } from '../api/v1alpha1/mcp-server.ts';
import type { PodReport } from '../mcp/verify/report.ts';
import { appliedHash } from './objects/applied-hash.ts';
import type { Deployment, Service } from './resources.ts';
import type { Snapshot } from './snapshot.ts';
import { verdictOn } from './verdict.ts';
import { wishFor } from './wishes.ts';

const stateful = { server: { ...facts, stateful: true } };
const stateless = { server: { ...facts, stateful: false } };
const untold = { server: { ...facts, stateful: undefined } };
const shown = (isStateful: boolean) => ({ server: { protocolVersion: '2025-11-25', stateful: isStateful } });
const affinityOf = (snapshot: Snapshot) => (wishFor(snapshot, 'Service') as Service).spec.sessionAffinity;

describe('session affinity', () => {
  interface Row {
    readonly asked?: MCPServerSpec['sessionAffinity'];
    readonly reports?: readonly PodReport[];
    readonly shown?: boolean;
    readonly wish: 'ClientIP' | 'None';
  }
  const rows: Readonly<Record<string, Row>> = {
    'nothing known yet: None, as a Service is by itself': { reports: [], wish: 'None' },
    'a pod hands out sessions': { reports: [reportOn('a', stateful)], wish: 'ClientIP' },
    'a pod hands out none': { reports: [reportOn('a', stateless)], wish: 'None' },
    'what was seen last holds while no pod tells': { reports: [], shown: true, wish: 'ClientIP' },
    'and while the pods fail': { reports: [failureOf('a')], shown: true, wish: 'ClientIP' },
    'what a pod shows now counts more': { reports: [reportOn('a', stateless)], shown: true, wish: 'None' },
    'in both directions': { reports: [reportOn('a', stateful)], shown: false, wish: 'ClientIP' },
    'what a pod told before it failed does not count': { reports: [failureOf('a', stateful)], wish: 'None' },
    'one pod of a rollout hands out sessions': {
      reports: [reportOn('a', stateless), reportOn('b', stateful)],
      shown: false,
      wish: 'ClientIP',
    },
    'a pod passes, and could not be asked for sessions': {
      reports: [reportOn('a', untold)],
      shown: true,
      wish: 'ClientIP',
    },
    'another one could': { reports: [reportOn('a', untold), reportOn('b', stateless)], shown: true, wish: 'None' },
    'None is None': { asked: 'None', reports: [reportOn('a', stateful)], wish: 'None' },
    'ClientIP is ClientIP': { asked: 'ClientIP', reports: [reportOn('a', stateless)], wish: 'ClientIP' },
  };
  for (const [what, { asked = 'Auto', reports = [], shown: before, wish }] of Object.entries(rows)) {
    test(`${what}: ${wish}`, () => {
      const server = aVerifiedServer({ sessionAffinity: asked }, before === undefined ? undefined : shown(before));
      assert.equal(affinityOf(aVerifiedSnapshot({ server, reports })), wish);
    });
  }

  test('it is made once for one snapshot, however often it is asked for: it is hashed each time', () => {
    const snapshot = aVerifiedSnapshot();
    for (const kind of ['Deployment', 'Service'] as const) {
      assert.equal(wishFor(snapshot, kind), wishFor(snapshot, kind));
      assert.equal(verdictOn(snapshot, kind), verdictOn(snapshot, kind));
      assert.equal(verdictOn(snapshot, kind).wish, wishFor(snapshot, kind));
    }
  });

  test('it is part of what is compared, so that a change of it is carried out', () => {
    const hash = (report: PodReport) => appliedHash(wishFor(aVerifiedSnapshot({ reports: [report] }), 'Service'));
    assert.notEqual(hash(reportOn('a', stateful)), hash(reportOn('a', stateless)));
  });
});

describe('the Deployment', () => {
  const { health } = aVerifiedServer().spec;
  const podOf = (snapshot: Snapshot) => (wishFor(snapshot, 'Deployment') as Deployment).spec.template.spec;
  const withType = (type: MCPServerSpec['health']['type']) => aVerifiedServer({ health: { ...health, type } });

  test('HTTP: no gate', () => {
    assert.equal(podOf(aVerifiedSnapshot({ server: withType('HTTP') }))?.readinessGates, undefined);
  });

  test('MCP: the gate, and the port alone for the kubelet', () => {
    const pod = podOf(aVerifiedSnapshot({ server: withType('MCP') }));
    assert.deepEqual(pod?.readinessGates, [{ conditionType: GATE }]);
    assert.deepEqual(pod?.containers[0]?.livenessProbe?.tcpSocket, { port: 'http' });
  });

  test('Auto: as it turns out', () => {
    const server = withType('Auto');
    const gates = (reports: readonly PodReport[]) => podOf(aVerifiedSnapshot({ server, reports }))?.readinessGates;
    assert.equal(gates([reportOn('a', { servesHealth: true })]), undefined);
    assert.deepEqual(gates([reportOn('a', { servesHealth: false })]), [{ conditionType: GATE }]);
  });

  test('what the pods answer besides changes nothing: no rollout for a handshake', () => {
    const hash = (reports: readonly PodReport[]) => appliedHash(wishFor(aVerifiedSnapshot({ reports }), 'Deployment'));
    assert.equal(hash([reportOn('a', stateful)]), hash([failureOf('a')]));
  });
});
