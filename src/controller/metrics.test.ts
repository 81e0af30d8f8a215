import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aServer } from '../../test/support/snapshots.ts';
import type { MCPServer, Phase } from '../api/v1alpha1/mcp-server.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { createControllerMetrics } from './metrics.ts';

function inPhase(name: string, namespace: string, phase?: Phase): MCPServer {
  const server = aServer();
  return {
    ...server,
    metadata: { ...server.metadata, name, namespace },
    ...(phase === undefined ? {} : { status: { phase } }),
  };
}

async function setUp(servers: MCPServer[]) {
  const metrics = createMetrics();
  const own = createControllerMetrics(metrics, () => servers);
  const lines = async () => (await metrics.expose()).body.split('\n').filter((line) => line.startsWith('mcpserver_'));
  return { own, lines, servers };
}

test('servers are counted by namespace and by phase', async () => {
  const { lines } = await setUp([
    inPhase('a', 'blue', 'Running'),
    inPhase('b', 'blue', 'Running'),
    inPhase('c', 'blue', 'Failed'),
    inPhase('d', 'red', 'Stopped'),
  ]);
  const text = await lines();
  assert.ok(text.includes('mcpserver_total{namespace="blue"} 3'));
  assert.ok(text.includes('mcpserver_total{namespace="red"} 1'));
  assert.ok(text.includes('mcpserver_phase{namespace="blue",phase="Running"} 2'));
  assert.ok(text.includes('mcpserver_phase{namespace="blue",phase="Failed"} 1'));
  assert.ok(text.includes('mcpserver_phase{namespace="blue",phase="Pending"} 0'));
  assert.ok(text.includes('mcpserver_phase{namespace="red",phase="Stopped"} 1'));
});

test('a server without a status yet is Pending', async () => {
  const { lines } = await setUp([inPhase('a', 'blue')]);
  assert.ok((await lines()).includes('mcpserver_phase{namespace="blue",phase="Pending"} 1'));
});

test('a phase change and a delete show at the next scrape', async () => {
  const { lines, servers } = await setUp([inPhase('a', 'blue', 'Pending'), inPhase('b', 'red', 'Running')]);
  await lines();
  servers.splice(0, 2, inPhase('a', 'blue', 'Running'));
  const text = await lines();
  assert.ok(text.includes('mcpserver_phase{namespace="blue",phase="Running"} 1'));
  assert.ok(text.includes('mcpserver_phase{namespace="blue",phase="Pending"} 0'));
  assert.equal(text.filter((line) => line.includes('namespace="red"')).length, 0);
});

test('creation errors are counted by child and server, and go with the server', async () => {
  const { own, lines } = await setUp([]);
  own.creationError('Deployment', 'blue', 'a');
  own.creationError('Deployment', 'blue', 'a');
  own.creationError('Service', 'blue', 'a');
  const before = await lines();
  assert.ok(before.includes('mcpserver_deployment_creation_errors_total{namespace="blue",name="a"} 2'));
  assert.ok(before.includes('mcpserver_service_creation_errors_total{namespace="blue",name="a"} 1'));
  own.forget('blue', 'a');
  assert.equal((await lines()).filter((line) => line.includes('name="a"')).length, 0);
});
