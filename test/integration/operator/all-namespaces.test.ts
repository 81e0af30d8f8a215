import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, generatedClusterRules, installMCPServerCrd, startOperator } from '../../support/operator.ts';
import { startProcess } from '../../support/operator-process.ts';
import { createNamespaceStage, type NamespaceStage } from '../../support/operator-stage.ts';
import { until } from '../../support/until.ts';

/**
 * All namespaces, with the ClusterRole of `config/` and nothing else, beginning before the CRD is there. On a control
 * plane of its own: on the shared one it would meddle with the servers of other tests.
 */

const plane = await useControlPlane(['etcd', 'kube-apiserver'], { own: true });
const home = await plane.createNamespace();
const user = await plane.createUser(home, { clusterRules: await generatedClusterRules() });
const operator = await startProcess({ args: [`--kubeconfig=${user.kubeconfig}`] });

const accepted = ({ servers }: NamespaceStage, name = 'weather') =>
  servers.untilStatus(name, 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');
const readyz = () => operator.page('health', '/readyz');
const complaints = () => operator.lines().filter(({ level }) => level === 'warn' || level === 'error');

test('before the CRD is installed it says so once, and what to do, and waits', async () => {
  const { error } = await operator.untilLine('Watching failed, trying again');
  const words = /the API server does not serve mcpservers\.mcp\.mcp\.dev.*install its CustomResourceDefinition/;
  assert.match(JSON.stringify(error), words);
  // By now it has tried again.
  const tries = async () => (await operator.page('metrics', '/metrics')).text;
  await until(
    async () => /rest_client_requests_total\{code="404",method="GET",host="[^"]+"\} [3-9]/.test(await tries()),
    {
      what: 'a third try',
    },
  );
  assert.equal(complaints().length, 1, JSON.stringify(complaints()));
  const { status, text } = await readyz();
  assert.equal(status, 500);
  assert.match(text, /\[-\]caches-synced failed: waiting for the list of mcpservers\.mcp\.mcp\.dev: /);
  assert.match(text, words);
  assert.equal((await operator.page('health', '/healthz')).status, 200);
});

test('installed, it goes on by itself', async () => {
  await installMCPServerCrd(plane);
  await operator.untilLine('Watching works again');
  await operator.untilLine('everything is up');
  assert.deepEqual(await readyz(), { status: 200, text: 'ok' });
});

test('servers of every namespace are worked on, also of one that is made later', async () => {
  const stages = [await createNamespaceStage(plane), await createNamespaceStage(plane)];
  for (const stage of stages) await stage.servers.create('weather');
  const later = await createNamespaceStage(plane);
  await later.servers.create('weather');
  for (const stage of [...stages, later]) {
    await accepted(stage);
    assert.equal((await stage.child('deployment')).metadata.namespace, stage.namespace);
    assert.equal((await stage.child('service')).metadata.namespace, stage.namespace);
  }
  const { text } = await operator.page('metrics', '/metrics');
  for (const { namespace } of stages)
    assert.match(text, new RegExp(`^mcpserver_total\\{namespace="${namespace}"\\} 1$`, 'm'));
});

test('the Pod Security level of any namespace is followed', async () => {
  const stage = await createNamespaceStage(plane, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  await stage.servers.create('weather');
  await accepted(stage);
  assert.equal((await stage.child('deployment')).spec.template.spec.securityContext.runAsNonRoot, true);
});

test('in all of this nothing was refused, and nothing else complained of', async () => {
  assert.equal(complaints().length, 1);
  assert.doesNotMatch((await operator.page('metrics', '/metrics')).text, /rest_client_requests_total\{code="40[13]"/);
});

test('a CRD that is taken away and put back: it waits, and goes on', async () => {
  const before = operator.lines().length;
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/mcpservers.mcp.mcp.dev';
  await plane.send('DELETE', path);
  const since = () => operator.lines().slice(before);
  await until(() => since().some(({ msg }) => msg === 'Watching failed, trying again'), { what: 'word of it' });
  await until(async () => (await plane.request('GET', path)).status === 404, { what: 'the CRD to be gone' });
  await installMCPServerCrd(plane);
  await until(() => since().some(({ msg }) => msg === 'Watching works again'), { what: 'the watch' });
  const stage = await createNamespaceStage(plane);
  await stage.servers.create('weather');
  await accepted(stage);
  operator.kill('SIGTERM');
  assert.equal(await operator.ended, 0);
});

test('without the right to list namespaces it says so, and how to mend it', async () => {
  const lacking = await startOperator(plane, {
    namespaces: 'all',
    waitForCaches: false,
    // A rule names several resources: those with the same verbs.
    rules: (rules) =>
      rules.flatMap(({ resources = [], ...rule }) => {
        const others = resources.filter((resource) => resource !== 'namespaces');
        return others.length === 0 ? [] : [{ ...rule, resources: others }];
      }),
  });
  const reason = /cannot list resource \\?"namespaces\\?".*grant get, list, watch on namespaces in a ClusterRole/;
  await until(async () => reason.test((await lacking.page('/readyz')).text), { what: 'the reason' });
  await lacking.grantAll();
  await until(async () => (await lacking.page('/readyz')).status === 200, { what: 'readiness' });
  await lacking.stop();
});
