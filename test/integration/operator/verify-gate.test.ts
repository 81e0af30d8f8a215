import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd } from '../../support/operator.ts';
import { startPlainMcpServer } from '../../support/plain-mcp-server.ts';
import { until } from '../../support/until.ts';
import { createVerifyStage } from '../../support/verify-stage.ts';

/** The readiness gate: a pod is in the endpoints only while it answers, and the operator's own end takes none out. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

/** A server that can be made to hang, and to answer again. */
async function startHangable() {
  const state = { hangs: false };
  const real = await startPlainMcpServer(() => state.hangs);
  return { real, state };
}

const MCP = { type: 'MCP' };
const quick = { timeout: '300ms' };

test('a server that hangs leaves the endpoints, and comes back when it answers', async (t) => {
  const { real, state } = await startHangable();
  const { serve, untilReason, untilServer, pods, operator, events, kubectl } = await createVerifyStage(plane);
  const gate = async () => (await pods('weather'))[0]?.gate;
  const [pod = ''] = await serve('weather', { port: real.port, health: MCP, verify: quick });
  await untilReason('weather', 'Ready', 'Ready');

  await t.test('it hangs: Verified says so in words, the gate shuts, and no address is shown', async () => {
    state.hangs = true;
    await until(async () => (await gate()) === 'False', { what: 'the gate to shut' });
    const server = await untilServer(
      'weather',
      'not available',
      (now) => conditionOf(now, 'Available')?.status === 'False' && now.status?.verifiedReplicas === 0,
    );
    const verified = conditionOf(server, 'Verified');
    assert.deepEqual([verified?.status, verified?.reason], ['False', 'HandshakeTimeout']);
    const message = verified?.message ?? '';
    assert.ok(message.includes(pod), message);
    assert.match(message, /POST \/mcp/);
    assert.match(message, /spec\.verify\.timeout/);
    const available = conditionOf(server, 'Available');
    assert.deepEqual([available?.status, available?.reason], ['False', 'HandshakeTimeout']);
    assert.equal(available?.message, message);
    assert.equal(conditionOf(server, 'Ready')?.status, 'False');
    assert.equal(server.status?.url, undefined);
    assert.equal(server.status?.phase, 'Failed');
    assert.equal(server.status?.server?.name, 'plain', 'what was last seen stays');
    assert.deepEqual(server.status?.tools?.names, ['echo']);
    assert.equal((await pods('weather'))[0]?.ready, false);
  });

  await t.test('an event tells it', async () => {
    const [event] = await events('HandshakeTimeout');
    assert.equal(event?.type, 'Warning');
    assert.ok(event?.message.includes(pod));
  });

  await t.test('the pod condition says who set it and why', async () => {
    const [seen] = JSON.parse(await kubectl('get', 'pods', '-o', 'json')).items;
    const condition = seen.status.conditions.find(({ type }: { type: string }) => type === 'mcp.mcp.dev/verified');
    assert.equal(condition.status, 'False');
    assert.match(condition.lastTransitionTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const managers = seen.metadata.managedFields ?? JSON.parse(await managed(kubectl, pod)).metadata.managedFields;
    const own = managers.find(({ manager }: { manager: string }) => manager === 'smooth-operator');
    assert.equal(own.subresource, 'status');
  });

  await t.test('it answers again: the gate opens, and the server is Ready', async () => {
    state.hangs = false;
    await until(async () => (await gate()) === 'True', { what: 'the gate to open' });
    const server = await untilReason('weather', 'Ready', 'Ready');
    assert.ok(server.status?.url);
    const [event] = await events('Recovered');
    assert.equal(event?.type, 'Normal');
  });
  await operator.stop();
});

function managed(kubectl: (...args: readonly string[]) => Promise<string>, pod: string): Promise<string> {
  return kubectl('get', 'pod', pod, '-o', 'json', '--show-managed-fields');
}

test('health HTTP: the kubelet alone decides about the endpoints, and Ready is false all the same', async () => {
  const { real, state } = await startHangable();
  const { serve, untilReason, pods, operator } = await createVerifyStage(plane);
  state.hangs = true;
  await serve('weather', { port: real.port, health: { type: 'HTTP' }, verify: quick });
  const server = await untilReason('weather', 'Ready', 'HandshakeTimeout');
  assert.equal(conditionOf(server, 'Available')?.status, 'True');
  assert.equal(server.status?.phase, 'Running', 'the replicas are available');
  assert.equal(server.status?.url, undefined, 'but no client is sent there');
  assert.equal((await pods('weather'))[0]?.ready, true);
  await operator.stop();
});

test('one of two pods hangs: that one leaves, the other one serves', async () => {
  const { real, state } = await startHangable();
  const other = await startPlainMcpServer(undefined, { port: real.port, address: '127.0.0.2' });
  const { serve, untilReason, untilServer, pods, operator } = await createVerifyStage(plane);
  const names = await serve('weather', { port: other.port, health: MCP, verify: quick }, ['127.0.0.1', '127.0.0.2']);
  await untilReason('weather', 'Ready', 'Ready');
  state.hangs = true;
  const server = await untilServer('weather', 'one verified', ({ status }) => status?.verifiedReplicas === 1);
  const verified = conditionOf(server, 'Verified');
  assert.equal(verified?.reason, 'HandshakeTimeout');
  assert.ok(verified?.message.includes(names[0] ?? ''), 'it is the first pod that hangs');
  assert.deepEqual(
    (await pods('weather')).map(({ gate }) => gate),
    ['False', 'True'],
  );
  await operator.stop();
});

test('the operator goes and comes back: the gates stay, and nothing is written', async (t) => {
  const { real, state } = await startHangable();
  const { serve, untilReason, pods, operator, start } = await createVerifyStage(plane);
  const gates = async () => (await pods('weather')).map(({ gate }) => gate);
  await serve('weather', { port: real.port, health: MCP, verify: quick });
  await untilReason('weather', 'Ready', 'Ready');
  await operator.stop();
  assert.deepEqual(await gates(), ['True']);

  await t.test('the same server: no write until and after it has been asked', async () => {
    const before = real.calls.length;
    const again = await start();
    await until(async () => real.calls.length > before, { what: 'a handshake' });
    await until(async () => /mcpserver_probe_total\{.*HandshakePassed"\} [1-9]/.test(await again.metrics()), {
      what: 'a passed handshake',
    });
    await until(async () => real.calls.filter((call) => call.endsWith(' initialize')).length >= 3, {
      what: 'one more handshake',
    });
    assert.deepEqual(again.writes(), []);
    await again.stop();
  });

  await t.test('a server that hangs by now is found out', async () => {
    state.hangs = true;
    const again = await start();
    await until(async () => (await gates())[0] === 'False', { what: 'the gate to shut' });
    await untilReason('weather', 'Available', 'HandshakeTimeout');
    await again.stop();
    assert.deepEqual(await gates(), ['False']);
  });

  await t.test('a server that still hangs: no write either', async () => {
    const before = real.calls.length;
    const again = await start();
    await until(async () => real.calls.length >= before + 8, { what: 'several handshakes' });
    assert.deepEqual(again.writes(), []);
    await again.stop();
  });
});

test('a gate that is left over is opened: verification is switched off, and its pods are not lost', async () => {
  const { real, state } = await startHangable();
  const { serve, servers, pods, operator } = await createVerifyStage(plane);
  state.hangs = true;
  await serve('weather', { port: real.port, health: MCP, verify: quick });
  await until(async () => (await pods('weather'))[0]?.gate === 'False', { what: 'the gate to shut' });
  await servers.change('weather', { health: { type: 'TCP' }, verify: { disabled: true } });
  await until(async () => (await pods('weather')).every(({ hasGate, gate }) => !hasGate || gate === 'True'), {
    what: 'the gate to open',
  });
  await operator.stop();
});
