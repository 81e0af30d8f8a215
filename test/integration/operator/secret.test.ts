import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atRest } from '../../support/at-rest.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd, serversIn, startOperator } from '../../support/operator.ts';
import { until } from '../../support/until.ts';

/** Secret injection: only when asked for, never half, healing by itself, and without ever seeing a value. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

const CANARY = 'canary-9f3b-value-that-nobody-may-see';

test('a Secret that is missing, appears, goes and comes back', async (t) => {
  const namespace = await plane.createNamespace();
  const servers = serversIn(plane, namespace);
  const operator = await startOperator(plane, { namespaces: [namespace], flags: { logLevel: 'debug' } });
  const createSecret = () =>
    plane.kubectl(['-n', namespace, 'create', 'secret', 'generic', 'keys', `--from-literal=API_KEY=${CANARY}`]);
  const children = async () =>
    (await plane.kubectl(['-n', namespace, 'get', 'deploy,svc', '-o', 'name'])).trim().split('\n').filter(Boolean);

  await t.test('missing: nothing is created, and the condition names it and the command to run', async () => {
    await servers.create('weather', { secretName: 'keys' });
    const server = await servers.untilStatus(
      'weather',
      'not accepted',
      (now) => conditionOf(now, 'Accepted')?.status === 'False',
    );
    const accepted = conditionOf(server, 'Accepted');
    assert.equal(accepted?.reason, 'SecretNotFound');
    assert.match(accepted?.message ?? '', new RegExp(`Secret keys does not exist in namespace ${namespace}`));
    assert.match(accepted?.message ?? '', /kubectl create secret generic keys/);
    assert.equal(server.status?.phase, 'Failed');
    assert.equal(conditionOf(server, 'Ready')?.reason, 'SecretNotFound');
    assert.deepEqual(await children(), []);
  });

  await t.test('a Secret of another name does not help', async () => {
    await atRest(operator);
    operator.forgetRequests();
    await plane.kubectl(['-n', namespace, 'create', 'secret', 'generic', 'other']);
    await plane.kubectl(['-n', namespace, 'annotate', 'smcp/weather', 'looked=at']);
    await until(async () => operator.log.lines.filter(({ message }) => message === 'reconciled').length >= 2, {
      what: 'a reconcile',
    });
    assert.deepEqual(operator.writes(), []);
  });

  await t.test('it appears: the server heals by itself', async () => {
    await createSecret();
    await servers.untilStatus('weather', 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');
    assert.deepEqual(await children(), ['deployment.apps/weather', 'service/weather']);
    const json = await plane.kubectl(['-n', namespace, 'get', 'deploy/weather', '-o', 'json']);
    const [container] = JSON.parse(json).spec.template.spec.containers;
    assert.deepEqual(container.envFrom, [{ secretRef: { name: 'keys' } }]);
  });

  await t.test('it goes: the running Deployment stays, and the condition tells', async () => {
    await plane.kubectl(['-n', namespace, 'delete', 'secret', 'keys']);
    await servers.untilStatus(
      'weather',
      'not accepted',
      (now) => conditionOf(now, 'Accepted')?.reason === 'SecretNotFound',
    );
    assert.deepEqual(await children(), ['deployment.apps/weather', 'service/weather']);
  });

  await t.test('it comes back', async () => {
    await createSecret();
    await servers.untilStatus('weather', 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');
  });

  await t.test('no value of it is anywhere: status, events, logs, metrics', async () => {
    const objects = await plane.kubectl(['-n', namespace, 'get', 'smcp,deploy,events', '-o', 'yaml']);
    const logs = JSON.stringify(operator.log.lines);
    for (const text of [objects, logs, await operator.metrics()]) {
      assert.ok(!text.includes(CANARY));
      assert.ok(!text.includes(Buffer.from(CANARY).toString('base64')));
    }
  });
  await operator.stop();
});

test('no secretName, no Secret: a server without one is not held up', async () => {
  const namespace = await plane.createNamespace();
  const servers = serversIn(plane, namespace);
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.create('weather');
  await servers.untilStatus('weather', 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');
  const json = await plane.kubectl(['-n', namespace, 'get', 'deploy/weather', '-o', 'json']);
  assert.equal(JSON.parse(json).spec.template.spec.containers[0].envFrom, undefined);
  await operator.stop();
});

test('a running server that is told to use a missing Secret keeps running as it was', async () => {
  const namespace = await plane.createNamespace();
  const servers = serversIn(plane, namespace);
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.create('weather');
  await servers.untilStatus('weather', 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');
  const generation = () =>
    plane.kubectl(['-n', namespace, 'get', 'deploy/weather', '-o', 'jsonpath={.metadata.generation}']);
  const before = await generation();
  await servers.change('weather', { secretName: 'nowhere', image: 'example.com/weather:2.0' });
  const server = await servers.untilStatus(
    'weather',
    'told',
    (now) => conditionOf(now, 'Accepted')?.reason === 'SecretNotFound',
  );
  assert.equal(server.status?.observedGeneration, server.metadata.generation);
  assert.equal(await generation(), before, 'the Deployment is untouched');
  await operator.stop();
});
