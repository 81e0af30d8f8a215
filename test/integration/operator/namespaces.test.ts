import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd, startOperator } from '../../support/operator.ts';
import { createNamespaceStage, type NamespaceStage } from '../../support/operator-stage.ts';
import { reportPods } from '../../support/pretend-kubelet.ts';
import { until } from '../../support/until.ts';

/** `--watch-namespaces=a,b`: Roles in those are enough, and what is elsewhere is nobody's business. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

const accepted = ({ servers }: NamespaceStage, name: string) =>
  servers.untilStatus(name, 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');

test('two namespaces are watched, with Roles in those two only', async (t) => {
  const [a, b, c] = [
    await createNamespaceStage(plane),
    await createNamespaceStage(plane),
    await createNamespaceStage(plane),
  ];
  await c.servers.create('before');
  const operator = await startOperator(plane, { namespaces: [a.namespace, b.namespace] });

  await t.test('servers come up in both, each with children of its own', async () => {
    for (const stage of [a, b]) {
      await stage.servers.create('weather', { port: stage === a ? 3001 : 3002 });
      await reportPods(plane, stage.namespace, 'weather', 1, true);
      await stage.servers.untilStatus('weather', 'Running', ({ status }) => status?.phase === 'Running');
    }
    assert.equal((await a.child('service')).spec.ports[0].port, 3001);
    assert.equal((await b.child('service')).spec.ports[0].port, 3002);
  });

  await t.test('a Secret of one namespace is none of the other', async () => {
    await a.kubectl('create', 'secret', 'generic', 'keys');
    for (const { servers } of [a, b]) await servers.create('secretive', { secretName: 'keys' });
    await accepted(a, 'secretive');
    const server = await b.servers.untilStatus(
      'secretive',
      'told',
      (now) => conditionOf(now, 'Accepted')?.reason === 'SecretNotFound',
    );
    assert.match(conditionOf(server, 'Accepted')?.message ?? '', new RegExp(`in namespace ${b.namespace}`));
    await b.kubectl('create', 'secret', 'generic', 'keys');
    await accepted(b, 'secretive');
  });

  await t.test('the Pod Security level of each is followed', async () => {
    await plane.kubectl(['label', 'namespace', b.namespace, 'pod-security.kubernetes.io/enforce=restricted']);
    const nonRoot = async (stage: NamespaceStage) =>
      (await stage.child('deployment')).spec.template.spec.securityContext.runAsNonRoot;
    await until(() => nonRoot(b), { what: 'runAsNonRoot in the second' });
    assert.equal(await nonRoot(a), undefined);
  });

  await t.test('a third is ignored: what was there before, and what comes', async () => {
    await c.servers.create('later');
    // Whatever is done for the first is done after that was seen, if it was.
    await a.servers.create('last');
    await accepted(a, 'last');
    for (const name of ['before', 'later']) assert.equal((await c.servers.get(name)).status, undefined);
    assert.equal(await c.kubectl('get', 'deploy,svc', '-o', 'name'), '');
  });

  await t.test('nothing was refused, so no right outside of them was asked for', async () => {
    await operator.stop();
    assert.deepEqual([...operator.log.at('warn'), ...operator.log.at('error')], []);
    assert.doesNotMatch(await operator.metrics(), /rest_client_requests_total\{code="40[13]"/);
  });
});

test('a namespace without the Role does not hold up the other: it is told, and healed by the Role', async () => {
  const [a, b] = [await createNamespaceStage(plane), await createNamespaceStage(plane)];
  await a.servers.create('weather');
  const operator = await startOperator(plane, {
    namespaces: [a.namespace, b.namespace],
    waitForCaches: false,
    rules: () => [],
  });
  await until(async () => (await operator.page('/readyz')).status === 500, { what: 'readyz to fail' });
  await until(() => operator.log.at('warn').length >= 12, { what: 'a warning for each cache of each namespace' });
  const warnings = operator.log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => String(fields.error));
  for (const { namespace } of [a, b]) {
    const pattern = new RegExp(`cannot watch pods in namespace ${namespace}: .*grant list, watch on pods in a Role`);
    assert.ok(
      warnings.some((warning) => pattern.test(warning)),
      warnings.join('\n'),
    );
  }
  await operator.grantAll();
  await accepted(a, 'weather');
  await until(async () => (await operator.page('/readyz')).status === 200, { what: 'readyz to be well' });
  await operator.stop();
});
