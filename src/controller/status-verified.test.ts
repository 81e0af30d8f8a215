import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { facts, tool } from '../../test/support/probe-results.ts';
import { aLiveDeployment, aLiveService } from '../../test/support/snapshots.ts';
import {
  aServingPod,
  aVerifiedServer,
  aVerifiedSnapshot,
  failureOf,
  reportOn,
} from '../../test/support/verified-snapshots.ts';
import type { MCPServerSpec, MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import { summarise } from '../mcp/tools.ts';
import type { Snapshot } from './snapshot.ts';
import { statusOf } from './status.ts';
import { isWorthAWrite } from './status-news.ts';

/** The parts of the status that verification adds. */

const conditionOf = (status: MCPServerStatus, type: string) => status.conditions?.find((each) => each.type === type);
const reasonOf = (status: MCPServerStatus, type: string) => conditionOf(status, type)?.reason;
const offering = (count: number) => ({
  tools: summarise(Array.from({ length: count }, (_, index) => tool(`t${String(index).padStart(5, '0')}`))),
});
const wantsToken = { verdict: 'AuthRequired', standing: 'Unknown' } as const;
const url = 'http://weather.team-a.svc:8080/mcp';

/** The same world, after this status has been shown in it. */
function after(snapshot: Snapshot, fields: Partial<Snapshot> = {}): Snapshot {
  return { ...snapshot, server: { ...snapshot.server, status: statusOf(snapshot) }, ...fields };
}

describe('what the server says of itself', () => {
  test('all of it', () => {
    const status = statusOf(aVerifiedSnapshot({ reports: [reportOn('a', offering(2)), reportOn('b', offering(2))] }));
    assert.deepEqual(status.server, {
      name: 'plain',
      version: '0.1.0',
      protocolVersion: '2025-11-25',
      stateful: true,
      capabilities: ['tools'],
    });
    assert.deepEqual(status.tools, { count: 2, names: ['t00000', 't00001'], hash: offering(2).tools.hash });
    assert.equal(status.verifiedReplicas, 2);
  });

  test('a server that says little leaves fields out, and none is undefined', () => {
    const server = { ...facts, name: undefined, version: undefined, capabilities: [] };
    const status = statusOf(aVerifiedSnapshot({ reports: [reportOn('a', { server }), reportOn('b', { server })] }));
    assert.deepEqual(Object.keys(status.server ?? {}), ['protocolVersion', 'stateful']);
    assert.ok(!('tools' in status));
  });

  for (const [shown, stateful] of [
    [true, true],
    [false, false],
    [undefined, false],
  ] as const) {
    test(`sessions that could not be asked for now are what they were: ${shown ?? 'unknown'}`, () => {
      const known = shown === undefined ? undefined : { server: { protocolVersion: '2026-07-28', stateful: shown } };
      const untold = { server: { ...facts, stateful: undefined } };
      const status = statusOf(
        aVerifiedSnapshot({ server: aVerifiedServer({}, known), reports: [reportOn('a', untold)] }),
      );
      assert.equal(status.server?.stateful, stateful);
    });
  }

  test('a server that offers tools and has none: a count of 0, and no empty list', () => {
    const reports = [reportOn('a', offering(0)), reportOn('b', offering(0))];
    const { tools } = statusOf(aVerifiedSnapshot({ reports }));
    assert.deepEqual(tools, { count: 0, hash: offering(0).tools.hash });
  });

  for (const [count, named] of [
    [64, 64],
    [65, 64],
    [20_000, 64],
  ] as const) {
    test(`${count} tools: ${named} are named, all are counted, and the hash is of all`, () => {
      const { tools } = statusOf(aVerifiedSnapshot({ reports: [reportOn('a', offering(count))] }));
      assert.equal(tools?.count, count);
      assert.equal(tools?.names?.length, named);
      assert.equal(tools?.hash, offering(count).tools.hash);
    });
  }

  test('a pod that fails takes none of it away', () => {
    const seen = aVerifiedSnapshot({ reports: [reportOn('a', offering(1)), reportOn('b', offering(1))] });
    const status = statusOf(after(seen, { reports: [failureOf('a'), failureOf('b')] }));
    assert.deepEqual(status.server, statusOf(seen).server);
    assert.deepEqual(status.tools, statusOf(seen).tools);
    assert.equal(status.verifiedReplicas, 0);
  });

  test('tools that are no longer offered at all are gone', () => {
    const seen = aVerifiedSnapshot({ reports: [reportOn('a', offering(1)), reportOn('b', offering(1))] });
    assert.equal(statusOf(after(seen, { reports: [reportOn('a'), reportOn('b')] })).tools, undefined);
  });
});

describe('the URL', () => {
  const rows: Readonly<Record<string, readonly [snapshot: Snapshot, url: string | undefined]>> = {
    'of a server that answers': [aVerifiedSnapshot(), url],
    'not of one that fails': [aVerifiedSnapshot({ reports: [failureOf('a'), reportOn('b')] }), undefined],
    'not of one that nobody has asked': [aVerifiedSnapshot({ reports: [] }), undefined],
    'of one that wants credentials: clients may have them': [
      aVerifiedSnapshot({ reports: [reportOn('a', wantsToken), reportOn('b', wantsToken)] }),
      url,
    ],
    'of one that is not to be verified': [
      aVerifiedSnapshot({ server: aVerifiedServer({ verify: { interval: '30s', timeout: '5s', disabled: true } }) }),
      url,
    ],
    'not of one without a pod that is available': [
      aVerifiedSnapshot({ children: { Deployment: aLiveDeployment(), Service: aLiveService() } }),
      undefined,
    ],
  };
  for (const [what, [snapshot, expected]] of Object.entries(rows)) {
    test(what, () => assert.equal(statusOf(snapshot).url, expected));
  }
});

describe('Ready', () => {
  test('an MCP client gets an answer from every pod', () => {
    const status = statusOf(aVerifiedSnapshot());
    assert.deepEqual([conditionOf(status, 'Ready')?.status, reasonOf(status, 'Ready')], ['True', 'Ready']);
    assert.match(conditionOf(status, 'Ready')?.message ?? '', /^2 of 2 pods answer MCP/);
  });

  test('green pods that do not answer are not ready, and run all the same', () => {
    const status = statusOf(aVerifiedSnapshot({ reports: [reportOn('a'), failureOf('b')] }));
    assert.deepEqual([conditionOf(status, 'Ready')?.status, reasonOf(status, 'Ready')], ['False', 'HandshakeTimeout']);
    assert.equal(status.phase, 'Running');
  });

  test('of a server that wants credentials nobody knows', () => {
    const status = statusOf(aVerifiedSnapshot({ reports: [reportOn('a', wantsToken), reportOn('b')] }));
    assert.equal(conditionOf(status, 'Ready')?.status, 'Unknown');
    assert.equal(status.verifiedReplicas, 1);
  });
});

describe('an operator that comes back', () => {
  const worlds: Readonly<Record<string, Snapshot>> = {
    'all pass': aVerifiedSnapshot({ reports: [reportOn('a', offering(3)), reportOn('b', offering(3))] }),
    'one fails': aVerifiedSnapshot({ reports: [reportOn('a'), failureOf('b')] }),
    'wants credentials': aVerifiedSnapshot({ reports: [reportOn('a', wantsToken), reportOn('b', wantsToken)] }),
    'they disagree': aVerifiedSnapshot({ reports: [reportOn('a'), reportOn('b', offering(1))] }),
  };
  for (const [what, world] of Object.entries(worlds)) {
    test(`${what}: the status stays as it is until the pods have been asked, and after`, () => {
      const shown = statusOf(world);
      assert.deepEqual(statusOf(after(world, { reports: [] })), shown);
      assert.deepEqual(statusOf(after(world)), shown);
    });
  }

  test('a pod that is out of the endpoints: so does what is said of it', () => {
    const { health } = aVerifiedServer().spec;
    const server = aVerifiedServer({ health: { ...health, type: 'MCP' } });
    const pods = [aServingPod('a', { gate: 'False' })];
    const children = { Deployment: aLiveDeployment(server), Service: aLiveService(server) };
    const world = aVerifiedSnapshot({ server, pods, children, reports: [failureOf('a')] });
    for (const type of ['Available', 'Verified', 'Ready']) {
      assert.equal(reasonOf(statusOf(world), type), 'HandshakeTimeout', type);
    }
    assert.deepEqual(statusOf(after(world, { reports: [] })), statusOf(world));
  });

  test('a new pod that cannot be asked, and so not let in, is why too few are available', () => {
    const { health } = aVerifiedServer().spec;
    const server = aVerifiedServer({ health: { ...health, type: 'MCP' } });
    const pods = [aServingPod('a', { gate: 'unset' })];
    const children = { Deployment: aLiveDeployment(server), Service: aLiveService(server) };
    const fault = reportOn('a', { verdict: 'ProbeError', standing: 'None', message: 'pod a: out of sockets' });
    const status = statusOf(aVerifiedSnapshot({ server, pods, children, reports: [fault] }));
    for (const type of ['Available', 'Verified', 'Ready']) {
      assert.equal(reasonOf(status, type), 'ProbeError', type);
      assert.equal(conditionOf(status, type)?.message, 'pod a: out of sockets.', type);
    }
    const first = statusOf(aVerifiedSnapshot({ server, pods, children, reports: [] }));
    assert.ok(isWorthAWrite(first, status), 'and that is told, although the server is still on its way up');
  });

  test('but pods that were not there when that was said are not believed', () => {
    const stopped = aVerifiedSnapshot({ pods: [], reports: [] });
    assert.equal(reasonOf(statusOf(after(aVerifiedSnapshot(), { pods: [], reports: [] })), 'Verified'), 'Verifying');
    const back = after(stopped, { pods: [aServingPod('c')] });
    assert.equal(reasonOf(statusOf(back), 'Verified'), 'Verifying');
  });
});

describe('status.health', () => {
  const { health } = aVerifiedServer().spec;
  const shownFor = (type: MCPServerSpec['health']['type'], servesHealth?: boolean) =>
    statusOf(
      aVerifiedSnapshot({
        server: aVerifiedServer({ health: { ...health, type } }),
        reports: [reportOn('a', { servesHealth })],
      }),
    ).health;

  test('what is probed', () => {
    assert.deepEqual(shownFor('HTTP'), { type: 'HTTP' });
    assert.deepEqual(shownFor('TCP'), { type: 'TCP' });
    assert.deepEqual(shownFor('MCP'), { type: 'MCP' });
    assert.deepEqual(shownFor('Auto'), { type: 'HTTP' });
    assert.deepEqual(shownFor('Auto', false), { type: 'MCP', image: 'example.com/weather:1.0' });
  });
});
