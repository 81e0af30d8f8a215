import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd, serversIn, startOperator } from '../../support/operator.ts';
import { startPlainMcpServer } from '../../support/plain-mcp-server.ts';
import { completeReadiness, reportServing } from '../../support/serving-pods.ts';
import { until } from '../../support/until.ts';

/** `Ready` means that an MCP client gets an answer. The servers are real and so is the API server; no kubelet is. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

async function setUp() {
  const namespace = await plane.createNamespace();
  const servers = serversIn(plane, namespace);
  const operator = await startOperator(plane, { namespaces: [namespace], flags: { probeVia: 'direct' } });
  const kubectl = (...args: string[]) => plane.kubectl(['-n', namespace, ...args]);
  const gate = async () => {
    const [pod] = JSON.parse(await kubectl('get', 'pods', '-o', 'json')).items;
    return pod?.status.conditions?.find(({ type }: { type: string }) => type === 'mcp.mcp.dev/verified')?.status;
  };
  return { namespace, servers, operator, kubectl, gate };
}

test('a server that answers: verified, ready, and what it is in the status', async () => {
  const real = await startPlainMcpServer();
  const { namespace, servers, operator, gate, kubectl } = await setUp();
  await servers.create('weather', { port: real.port, health: { type: 'MCP' } });
  await reportServing(plane, namespace, 'weather', ['127.0.0.1']);
  await until(async () => (await gate()) === 'True', { what: 'the gate to open' });
  await completeReadiness(plane, namespace, 'weather');
  const server = await servers.untilStatus('weather', 'ready', (now) => conditionOf(now, 'Ready')?.status === 'True');
  assert.equal(conditionOf(server, 'Verified')?.reason, 'HandshakePassed');
  assert.equal(server.status?.verifiedReplicas, 1);
  assert.equal(server.status?.server?.protocolVersion, '2025-11-25');
  assert.equal(server.status?.server?.stateful, true);
  assert.deepEqual(server.status?.tools?.names, ['echo']);
  assert.equal(server.status?.url, `http://weather.${namespace}.svc:${real.port}/mcp`);
  console.log(await kubectl('get', 'smcp', '-o', 'wide'), JSON.stringify(operator.writes()));
  for (const l of operator.log.lines)
    if (l.level !== 'debug') console.log(l.level, l.message, JSON.stringify(l.fields).slice(0, 300));
  await operator.stop();
});
