import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  aServingPod,
  aVerifiedServer,
  aVerifiedSnapshot,
  failureOf,
  reportOn,
  type ServingPodOptions,
} from '../../test/support/verified-snapshots.ts';
import type { MCPServerSpec } from '../api/v1alpha1/mcp-server.ts';
import type { PodReport } from '../mcp/verify/report.ts';
import { gateChanges } from './gates.ts';

const { health } = aVerifiedServer().spec;
const withType = (type: MCPServerSpec['health']['type'], more: Partial<MCPServerSpec> = {}) =>
  aVerifiedServer({ health: { ...health, type }, ...more });
const disabled = { verify: { interval: '30s', timeout: '5s', disabled: true } };

interface Row {
  readonly pod: ServingPodOptions;
  readonly reports?: readonly PodReport[];
  readonly server?: ReturnType<typeof withType>;
  /** Undefined: it stays as it is. */
  readonly becomes: 'open' | 'shut' | undefined;
}

const fault = { verdict: 'ProbeError', standing: 'None' } as const;
const unknown = { verdict: 'AuthRequired', standing: 'Unknown' } as const;

const rows: Readonly<Record<string, Row>> = {
  'a new pod that answers': { pod: { gate: 'unset' }, reports: [reportOn('a')], becomes: 'open' },
  'a new pod that does not': { pod: { gate: 'unset' }, reports: [failureOf('a')], becomes: 'shut' },
  'a new pod that nobody has asked': { pod: { gate: 'unset' }, reports: [], becomes: undefined },
  'a pod that answers, as before': { pod: { gate: 'True' }, reports: [reportOn('a')], becomes: undefined },
  'a pod that answers no longer': { pod: { gate: 'True' }, reports: [failureOf('a')], becomes: 'shut' },
  'a pod that fails, as before': { pod: { gate: 'False' }, reports: [failureOf('a')], becomes: undefined },
  'a pod that answers again': { pod: { gate: 'False' }, reports: [reportOn('a')], becomes: 'open' },
  'an operator that comes back takes nothing out': { pod: { gate: 'True' }, reports: [], becomes: undefined },
  'nor does one that could not ask': { pod: { gate: 'True' }, reports: [reportOn('a', fault)], becomes: undefined },
  'a new pod that could not be asked': { pod: { gate: 'unset' }, reports: [reportOn('a', fault)], becomes: undefined },
  'nor does it put anything in': { pod: { gate: 'False' }, reports: [], becomes: undefined },
  'the report of another pod': { pod: { gate: 'unset' }, reports: [reportOn('b')], becomes: undefined },
  'a pod that wants credentials': { pod: { gate: 'unset' }, reports: [reportOn('a', unknown)], becomes: 'open' },
  'a pod that wants them from now on': { pod: { gate: 'True' }, reports: [reportOn('a', unknown)], becomes: undefined },
  'a pod that is on its way out': {
    pod: { gate: 'True', deleted: true },
    reports: [failureOf('a')],
    becomes: undefined,
  },
  'a pod without a gate': { pod: {}, reports: [failureOf('a')], becomes: undefined },
  // Readiness is the conjunction: the gate may open before the kubelet's probes pass.
  'a pod that the kubelet does not hold for ready': {
    pod: { gate: 'unset', ready: false },
    reports: [reportOn('a')],
    becomes: 'open',
  },
  'left over from MCP: shut, and opened': {
    server: withType('HTTP'),
    pod: { gate: 'False' },
    reports: [failureOf('a')],
    becomes: 'open',
  },
  'left over from MCP: never set, and opened': {
    server: withType('TCP'),
    pod: { gate: 'unset' },
    reports: [],
    becomes: 'open',
  },
  'verification is switched off': {
    server: withType('Auto', disabled),
    pod: { gate: 'False' },
    reports: [failureOf('a')],
    becomes: 'open',
  },
  'verification is switched off, and the gate is open': {
    server: withType('Auto', disabled),
    pod: { gate: 'True' },
    becomes: undefined,
  },
};

describe('why a gate is set', () => {
  const reasonFor = (row: Omit<Row, 'becomes'>) => {
    const { pod, reports = [], server = withType('MCP') } = row;
    return gateChanges(aVerifiedSnapshot({ server, pods: [aServingPod('a', pod)], reports }))[0]?.reason;
  };
  const shut = { gate: 'False' } as const;

  test('it passed', () => assert.equal(reasonFor({ pod: shut, reports: [reportOn('a')] }), 'HandshakePassed'));
  test('it failed', () => {
    assert.equal(reasonFor({ pod: { gate: 'True' }, reports: [failureOf('a')] }), 'HandshakeFailed');
  });
  test('it answers, and wants credentials', () => {
    assert.equal(reasonFor({ pod: shut, reports: [reportOn('a', unknown)] }), 'CredentialsWanted');
  });
  test('the handshake does not decide any more, whatever it comes to', () => {
    assert.equal(reasonFor({ server: withType('HTTP'), pod: shut, reports: [failureOf('a')] }), 'NotDecisive');
    assert.equal(reasonFor({ server: withType('Auto', disabled), pod: shut, reports: [reportOn('a')] }), 'NotDecisive');
  });
});

describe('gateChanges', () => {
  for (const [what, { pod, reports = [], server = withType('MCP'), becomes }] of Object.entries(rows)) {
    test(`${what}: ${becomes ?? 'as it is'}`, () => {
      const changes = gateChanges(aVerifiedSnapshot({ server, pods: [aServingPod('a', pod)], reports }));
      const [change] = changes;
      assert.equal(changes.length, becomes === undefined ? 0 : 1);
      if (becomes !== undefined) assert.equal(change?.open, becomes === 'open');
    });
  }

  test('each pod by itself', () => {
    const names = ['a', 'b', 'c'];
    const pods = names.map((name) => aServingPod(name, { gate: 'True' }));
    const reports = [reportOn('a'), failureOf('b'), failureOf('c')];
    const changes = gateChanges(aVerifiedSnapshot({ server: withType('MCP'), pods, reports }));
    assert.deepEqual(
      changes.map(({ pod, open }) => [pod.metadata.name, open]),
      [
        ['b', false],
        ['c', false],
      ],
    );
  });

  test('Auto that has become MCP decides by the handshake', () => {
    const server = aVerifiedServer({ health: { ...health, type: 'Auto' } }, { health: { type: 'MCP', image: 'i' } });
    const pods = [aServingPod('a', { gate: 'True' })];
    assert.equal(gateChanges(aVerifiedSnapshot({ server, pods, reports: [failureOf('a')] }))[0]?.open, false);
  });
});
