import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { installMCPServerCrd } from '../../support/operator.ts';
import { startPlainMcpServer } from '../../support/plain-mcp-server.ts';
import { completeReadiness, reportServingPod } from '../../support/serving-pods.ts';
import { until } from '../../support/until.ts';
import { createVerifyStage, type VerifyStage } from '../../support/verify-stage.ts';

/** `health.type: Auto`: most MCP servers serve no `/health`, and must not be killed for that. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

/** Goes on reporting the server's pods as running, as rollouts make new ones, until something holds. */
async function rolling<T>({ namespace, pods }: VerifyStage, holds: () => Promise<T>, what: string) {
  return until(
    async () => {
      for (const { name } of await pods('weather')) await reportServingPod(plane, namespace, name, '127.0.0.1');
      await completeReadiness(plane, namespace, 'weather');
      return holds();
    },
    { what, intervalMs: 200 },
  );
}

test('a server without /health becomes MCP, and stays so', async (t) => {
  // What a kubelet would say of it: GET /health answers 404, so the container never gets ready.
  const real = await startPlainMcpServer();
  const stage = await createVerifyStage(plane);
  const { serve, servers, pods, events, untilReason, kubectl, operator } = stage;
  await serve('weather', { port: real.port }, ['127.0.0.1'], false);

  await t.test('the template gets the gate and a TCP probe', async () => {
    await until(async () => (await servers.get('weather')).status?.health?.type === 'MCP', { what: 'the switch' });
    const { spec } = JSON.parse(await kubectl('get', 'deployment', 'weather', '-o', 'json'));
    const pod = spec.template.spec;
    assert.deepEqual(pod.readinessGates, [{ conditionType: 'mcp.mcp.dev/verified' }]);
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      assert.equal(pod.containers[0][probe].httpGet, undefined);
      assert.equal(pod.containers[0][probe].tcpSocket.port, 'http');
    }
  });

  await t.test('an event tells it, and the status by which image', async () => {
    const [event, ...more] = await events('HealthSwitched');
    assert.deepEqual(more, []);
    assert.equal(event?.type, 'Normal');
    assert.match(event?.message ?? '', /example\.com\/weather:1\.0 answers MCP and does not serve the health path/);
    assert.deepEqual((await servers.get('weather')).status?.health, { type: 'MCP', image: 'example.com/weather:1.0' });
  });

  await t.test('its new pods are verified, and it is Ready', async () => {
    const gates = async () => (await pods('weather')).map(({ gate }) => gate).join();
    await rolling(stage, async () => (await gates()) === 'True', 'one pod, and its gate open');
    const server = await untilReason('weather', 'Ready', 'Ready');
    assert.equal(server.status?.verifiedReplicas, 1);
  });

  await t.test('a new image is not probed by the path that its predecessor did not have', async () => {
    await servers.change('weather', { image: 'example.com/weather:2.0' });
    await rolling(
      stage,
      async () => (await pods('weather')).every(({ image, ready }) => image.endsWith(':2.0') && ready),
      'verified pods of the new image alone',
    );
    const { spec } = JSON.parse(await kubectl('get', 'deployment', 'weather', '-o', 'json'));
    assert.equal(spec.template.spec.containers[0].readinessProbe.httpGet, undefined);
    assert.deepEqual((await servers.get('weather')).status?.health, { type: 'MCP', image: 'example.com/weather:1.0' });
    assert.equal((await events('HealthSwitched')).length, 1);
  });

  await t.test('only the user undoes it', async () => {
    await servers.change('weather', { health: { type: 'HTTP' } });
    await until(
      async () => {
        const { spec } = JSON.parse(await kubectl('get', 'deployment', 'weather', '-o', 'json'));
        return (
          spec.template.spec.readinessGates === undefined && spec.template.spec.containers[0].readinessProbe.httpGet
        );
      },
      { what: 'the HTTP probe' },
    );
  });
  await operator.stop();
});

test('a server with /health stays HTTP, and is asked for it once', async () => {
  const real = await startPlainMcpServer((call) => {
    if (call.path !== '/health') return false;
    call.send(200, 'ok');
    return true;
  });
  const { serve, untilReason, pods, operator } = await createVerifyStage(plane);
  await serve('weather', { port: real.port });
  const server = await untilReason('weather', 'Ready', 'Ready');
  assert.deepEqual(server.status?.health, { type: 'HTTP' });
  assert.equal((await pods('weather'))[0]?.hasGate, false);
  const handshakes = () => real.calls.filter((call) => call.endsWith(' initialize')).length;
  await until(() => handshakes() >= 3, { what: 'more handshakes' });
  assert.equal(real.calls.filter((call) => call === 'GET /health').length, 1);
  assert.deepEqual(
    (await pods('weather')).map(({ hasGate }) => hasGate),
    [false],
  );
  await operator.stop();
});

test('a /health that says 503 says nothing yet', async () => {
  const health = { status: 503 };
  const real = await startPlainMcpServer((call) => {
    if (call.path !== '/health') return false;
    call.send(health.status);
    return true;
  });
  const { serve, servers, operator } = await createVerifyStage(plane);
  await serve('weather', { port: real.port }, ['127.0.0.1'], false);
  await until(() => real.calls.filter((call) => call === 'GET /health').length >= 2, { what: 'more questions' });
  assert.deepEqual((await servers.get('weather')).status?.health, { type: 'HTTP' });
  health.status = 404;
  await until(async () => (await servers.get('weather')).status?.health?.type === 'MCP', { what: 'the switch' });
  await operator.stop();
});
