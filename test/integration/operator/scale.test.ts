import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd } from '../../support/operator.ts';
import { createOperatorStage } from '../../support/operator-stage.ts';
import { podNames, reportPods } from '../../support/pretend-kubelet.ts';
import { until } from '../../support/until.ts';

/** What a person does with kubectl: scale, get, explain. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);
const { namespace, servers, kubectl, child, operator } = await createOperatorStage(plane);
after(operator.stop);

const running = (name: string, replicas: number) =>
  servers.untilStatus(
    name,
    `${replicas} Running`,
    ({ status }) =>
      status?.phase === 'Running' && status.availableReplicas === replicas && status.replicas === replicas,
  );

test('kubectl scale up, to nothing, and back', async (t) => {
  await servers.create('weather');
  await reportPods(plane, namespace, 'weather', 1, true);
  await running('weather', 1);
  const scale = (replicas: number) => kubectl('scale', 'smcp/weather', `--replicas=${replicas}`);

  await t.test('to three', async () => {
    assert.match(await scale(3), /mcpserver\.mcp\.mcp\.dev\/weather scaled/);
    await reportPods(plane, namespace, 'weather', 3, true);
    await running('weather', 3);
    assert.equal((await child('deployment')).spec.replicas, 3);
  });

  await t.test('the scale subresource says what an autoscaler reads', async () => {
    const { spec, status } = JSON.parse(await kubectl('get', 'smcp/weather', '--subresource=scale', '-o', 'json'));
    assert.deepEqual(spec, { replicas: 3 });
    assert.deepEqual(status, { replicas: 3, selector: 'mcp.mcp.dev/server=weather' });
    const selected = await kubectl('get', 'pods', '-l', status.selector, '-o', 'name');
    assert.equal(selected.trim().split('\n').length, 3);
  });

  await t.test('to nothing: Stopped, and the Service stays', async () => {
    const { uid, clusterIP } = await identityOfService();
    await scale(0);
    const server = await servers.untilStatus(
      'weather',
      'Stopped',
      ({ status }) => status?.phase === 'Stopped' && status.availableReplicas === 0 && status.replicas === 0,
    );
    assert.equal(server.status?.url, undefined);
    assert.equal(conditionOf(server, 'Ready')?.reason, 'Stopped');
    assert.equal(conditionOf(server, 'Accepted')?.status, 'True');
    await until(async () => (await podNames(plane, namespace, 'weather')).length === 0, { what: 'the pods to go' });
    assert.deepEqual(await identityOfService(), { uid, clusterIP });
  });

  await t.test('and back', async () => {
    await scale(1);
    await reportPods(plane, namespace, 'weather', 1, true);
    assert.match((await running('weather', 1)).status?.url ?? '', /^http:\/\/weather\./);
  });
});

async function identityOfService() {
  const { metadata, spec } = await child('service');
  return { uid: metadata.uid, clusterIP: spec.clusterIP };
}

/** A table as kubectl prints it, row by row, without the age. */
function tableOf(output: string): Readonly<Record<string, string>>[] {
  const [header = '', ...lines] = output.trimEnd().split('\n');
  const titles = header.trim().split(/\s{2,}/);
  return lines.map((line) => {
    const cells = titles.map((title) => line.slice(header.indexOf(title)).split(/\s{2,}/)[0] ?? '');
    return Object.fromEntries(titles.map((title, index) => [title, cells[index]?.trim() ?? '']));
  });
}

test('kubectl get shows what matters, and more when asked', async () => {
  await servers.create('shown', { port: 3000 });
  await servers.create('waiting', { secretName: 'nowhere' });
  await reportPods(plane, namespace, 'shown', 1, true);
  await running('shown', 1);
  await servers.untilStatus('waiting', 'Failed', ({ status }) => status?.phase === 'Failed');

  const [plain] = tableOf(await kubectl('get', 'smcp', 'shown'));
  assert.match(plain?.AGE ?? '', /^\d+[smh]/);
  const unverified = { VERIFIED: '0', TOOLS: '', PROTOCOL: '' };
  const shown = { NAME: 'shown', PHASE: 'Running', READY: 'True', AVAILABLE: '1', ...unverified, AGE: '' };
  assert.deepEqual({ ...plain, AGE: '' }, shown);

  const rows = tableOf(await kubectl('get', 'mcpservers', 'shown', 'waiting', '-o', 'wide'));
  assert.deepEqual(
    rows.map((row) => ({ ...row, AGE: '' })),
    [
      {
        ...shown,
        SERVER: '',
        HEALTH: 'HTTP',
        URL: `http://shown.${namespace}.svc:3000/mcp`,
        IMAGE: 'example.com/weather:1.0',
        REASON: 'Ready',
      },
      {
        NAME: 'waiting',
        PHASE: 'Failed',
        READY: 'False',
        AVAILABLE: '0',
        ...unverified,
        SERVER: '',
        HEALTH: 'HTTP',
        URL: '',
        IMAGE: 'example.com/weather:1.0',
        REASON: 'SecretNotFound',
        AGE: '',
      },
    ],
  );
});

test('kubectl get mcp lists them by their category', async () => {
  await servers.create('listed');
  assert.match(await kubectl('get', 'mcp', '-o', 'name'), /^mcpserver\.mcp\.mcp\.dev\/listed$/m);
});

test('kubectl explain names every field of the spec, with its type and its default', async () => {
  const text = await kubectl('explain', 'smcp.spec');
  const crd = JSON.parse(await kubectl('get', 'crd/mcpservers.mcp.mcp.dev', '-o', 'json'));
  const { properties } = crd.spec.versions[0].schema.openAPIV3Schema.properties.spec;
  for (const field of Object.keys(properties)) assert.match(text, new RegExp(`^  ${field}\\t<`, 'm'), field);
  assert.match(text, /image\t<string> -required-/);
  assert.match(text, /replicas\t<integer>\n.*0 stops the server.*Default: 1\./s);
  assert.match(await kubectl('explain', 'smcp.status.conditions'), /True, False/);
});
