import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atRest } from '../../support/at-rest.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { installMCPServerCrd, type TestOperator } from '../../support/operator.ts';
import { type PlainMcpServer, startPlainMcpServer } from '../../support/plain-mcp-server.ts';
import { until } from '../../support/until.ts';
import { createVerifyStage } from '../../support/verify-stage.ts';

/** What verification costs the API server, in requests: a handshake that changes no fact costs none. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

const MCP = { type: 'MCP' };

function handshakes(server: PlainMcpServer): number {
  return server.calls.filter((call) => call.endsWith(' initialize') || call.endsWith(' server/discover')).length;
}

/** What the operator wrote, in its own words: each write is logged once. */
function written({ log }: TestOperator): readonly string[] {
  const writes = /^(Creating|Updating|Putting|Taking|Writing|Adopting)/;
  return log.at('info').filter((message) => writes.test(message));
}

/** One sample of a scrape. */
function sample(metrics: string, name: string, ...labels: readonly string[]): number | undefined {
  const line = metrics
    .split('\n')
    .find((each) => each.startsWith(`${name}{`) && labels.every((label) => each.includes(label)));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

test('a new server costs Service, Deployment, status, one gate and one more status', async (t) => {
  const cases = [
    {
      name: 'stateless',
      stateful: false,
      writes: ['Creating', 'Creating', 'Writing the status', 'Putting a pod into the endpoints', 'Writing the status'],
    },
    {
      name: 'stateful',
      stateful: true,
      // One write of the Service: a client is to come back to the same pod.
      writes: [
        ...['Creating', 'Creating', 'Writing the status', 'Putting a pod into the endpoints', 'Updating'],
        'Writing the status',
      ],
    },
  ];
  for (const { name, stateful, writes } of cases) {
    await t.test(name, async () => {
      const real = await startPlainMcpServer(undefined, { stateful });
      const { serve, servers, untilReason, operator } = await createVerifyStage(plane);
      operator.forgetRequests();
      await serve(name, { port: real.port, health: MCP });
      await untilReason(name, 'Ready', 'Ready');
      await until(() => handshakes(real) >= 3, { what: 'more handshakes' });
      assert.deepEqual(written(operator), writes);
      assert.equal(operator.writes().length, writes.length, JSON.stringify(operator.writes()));
      assert.equal((await servers.get(name)).status?.phase, 'Running');
      await operator.stop();
    });
  }
});

test('a settled server costs nothing, and its metrics are right', async (t) => {
  const real = await startPlainMcpServer(undefined, { stateful: true });
  const second = await startPlainMcpServer(undefined, { port: real.port, address: '127.0.0.2' });
  const { namespace, serve, servers, untilReason, untilServer, operator } = await createVerifyStage(plane);
  await serve('weather', { port: real.port, health: MCP }, [real.address, second.address]);
  await untilReason('weather', 'Ready', 'Ready');
  const labels = [`namespace="${namespace}"`, 'name="weather"'];

  await t.test('many handshakes, no request at all but those of the watches', async () => {
    await untilServer('weather', 'both verified', ({ status }) => status?.verifiedReplicas === 2);
    await atRest(operator);
    operator.forgetRequests();
    const { metadata } = await servers.get('weather');
    const [before, beforeSecond] = [handshakes(real), handshakes(second)];
    await until(() => handshakes(real) >= before + 3 && handshakes(second) >= beforeSecond + 3, {
      what: 'three more handshakes with each pod',
    });
    assert.deepEqual(operator.requests, []);
    assert.equal((await servers.get('weather')).metadata.resourceVersion, metadata.resourceVersion);
    // Not at any instant: a handshake may be under way.
    await until(() => real.sessions.size + second.sessions.size === 0, { what: 'every session to be ended' });
  });

  await t.test('metrics: replicas, tools, results, durations; no label names a pod', async () => {
    const metrics = await operator.metrics();
    assert.equal(sample(metrics, 'mcpserver_verified_replicas', ...labels), 2);
    assert.equal(sample(metrics, 'mcpserver_tools', ...labels), 1);
    const passed = sample(metrics, 'mcpserver_probe_total', ...labels, 'result="HandshakePassed"') ?? 0;
    assert.ok(passed >= 6 && passed <= handshakes(real) + handshakes(second), String(passed));
    assert.equal(sample(metrics, 'mcpserver_probe_duration_seconds_count', 'result="HandshakePassed"'), passed);
    const own = metrics.split('\n').filter((line) => line.startsWith('mcpserver_'));
    assert.ok(own.length > 5);
    for (const line of own) assert.doesNotMatch(line, /pod=|weather-[0-9a-f]+-/);
  });

  await t.test('no replicas: nobody is asked, and the gauge says 0', async () => {
    await servers.change('weather', { replicas: 0 });
    await untilReason('weather', 'Available', 'Stopped');
    await until(async () => sample(await operator.metrics(), 'mcpserver_verified_replicas', ...labels) === 0, {
      what: 'the gauge',
    });
  });

  await t.test('a server that is gone leaves no series', async () => {
    await servers.remove('weather');
    await until(async () => !(await operator.metrics()).includes('name="weather"'), { what: 'no series' });
    await until(() => real.sessions.size + second.sessions.size === 0, { what: 'every session to be ended' });
  });
  await operator.stop();
});

test('a server that stays broken costs nothing either, though it is asked every second', async () => {
  const real = await startPlainMcpServer((call) => {
    // Its own words differ each time; the fact does not.
    call.send(500, `worker ${call.count} crashed`, { 'content-type': 'text/plain' });
    return true;
  });
  const { serve, untilReason, operator } = await createVerifyStage(plane);
  await serve('weather', { port: real.port, health: MCP });
  await untilReason('weather', 'Ready', 'ServerError');
  await untilReason('weather', 'Verified', 'ServerError');
  const before = real.calls.length;
  await until(() => real.calls.length >= before + 4, { what: 'the gate to have shut' });
  operator.forgetRequests();
  await until(() => real.calls.length >= before + 12, { what: 'many more handshakes' });
  assert.deepEqual(operator.requests, []);
  await operator.stop();
});
