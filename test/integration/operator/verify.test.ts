import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd } from '../../support/operator.ts';
import { startPlainMcpServer } from '../../support/plain-mcp-server.ts';
import { createVerifyStage } from '../../support/verify-stage.ts';

/** `Ready` means that an MCP client gets an answer. The servers are real and so is the API server; no kubelet is. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

test('health HTTP: verified, ready, and what it is in the status and the columns', async () => {
  const real = await startPlainMcpServer();
  const { namespace, serve, untilReason, pods, kubectl, operator } = await createVerifyStage(plane);
  await serve('weather', { port: real.port, health: { type: 'HTTP' } });
  const server = await untilReason('weather', 'Ready', 'Ready');

  const url = `http://weather.${namespace}.svc:${real.port}/mcp`;
  const { status } = server;
  assert.equal(status?.phase, 'Running');
  assert.equal(status?.verifiedReplicas, 1);
  assert.equal(status?.url, url);
  assert.deepEqual(status?.server, {
    name: 'plain',
    version: '0.1.0',
    protocolVersion: '2025-11-25',
    stateful: true,
    capabilities: ['tools'],
  });
  assert.deepEqual(status?.tools?.names, ['echo']);
  assert.equal(status?.tools?.count, 1);
  assert.match(status?.tools?.hash ?? '', /^[0-9a-f]{64}$/);
  assert.deepEqual(status?.health, { type: 'HTTP' });
  const verified = conditionOf(server, 'Verified');
  assert.equal(verified?.status, 'True');
  assert.equal(verified?.reason, 'HandshakePassed');
  assert.equal(verified?.message, '1 of 1 pods answer MCP 2025-11-25: plain 0.1.0, 1 tool.');
  assert.equal(conditionOf(server, 'Ready')?.message, verified?.message);

  const [pod] = await pods('weather');
  assert.equal(pod?.hasGate, false, 'the kubelet alone decides');
  const [header = '', row = ''] = (await kubectl('get', 'smcp', '-o', 'wide')).split('\n');
  assert.deepEqual(header.trim().split(/\s+/), [
    ...['NAME', 'PHASE', 'READY', 'AVAILABLE', 'VERIFIED', 'TOOLS', 'PROTOCOL'],
    ...['SERVER', 'URL', 'HEALTH', 'IMAGE', 'REASON', 'AGE'],
  ]);
  assert.deepEqual(row.trim().split(/\s+/).slice(0, -1), [
    ...['weather', 'Running', 'True', '1', '1', '1', '2025-11-25'],
    ...['plain', url, 'HTTP', 'example.com/weather:1.0', 'Ready'],
  ]);
  await operator.stop();
});

test('health MCP: the gate is opened by the handshake, and the pod is Ready after it', async () => {
  const real = await startPlainMcpServer(undefined, { era: 'modern' });
  const { serve, untilReason, pods, operator } = await createVerifyStage(plane);
  await serve('weather', { port: real.port, health: { type: 'MCP' } });
  const server = await untilReason('weather', 'Ready', 'Ready');
  assert.equal(server.status?.server?.protocolVersion, '2026-07-28');
  assert.equal(server.status?.server?.stateful, false);
  assert.deepEqual(server.status?.health, { type: 'MCP' });
  const [pod] = await pods('weather');
  assert.deepEqual([pod?.hasGate, pod?.gate, pod?.ready], [true, 'True', true]);
  await operator.stop();
});

test('verify.disabled: nobody is spoken to, and Ready says what the kubelet says', async () => {
  const real = await startPlainMcpServer();
  const { serve, untilReason, operator } = await createVerifyStage(plane);
  await serve('weather', { port: real.port, verify: { disabled: true } });
  const server = await untilReason('weather', 'Ready', 'Ready');
  const verified = conditionOf(server, 'Verified');
  assert.deepEqual([verified?.status, verified?.reason], ['Unknown', 'Disabled']);
  assert.equal(conditionOf(server, 'Ready')?.message, '1 of 1 replicas are available.');
  assert.deepEqual(server.status?.health, { type: 'HTTP' });
  assert.equal(server.status?.server, undefined);
  assert.ok(server.status?.url);
  assert.deepEqual(real.calls, []);
  await operator.stop();
});
