import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atRest } from '../../support/at-rest.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd, serversIn, startOperator } from '../../support/operator.ts';
import { podNames } from '../../support/pretend-kubelet.ts';
import { until } from '../../support/until.ts';

/** What a cluster says no to: told in a condition, nothing half made, nothing of others touched. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

async function setUp(labels: Record<string, string> = {}) {
  const namespace = await plane.createNamespace(labels);
  const servers = serversIn(plane, namespace);
  const kubectl = (...args: string[]) => plane.kubectl(['-n', namespace, ...args]);
  const apply = (object: object) => plane.kubectl(['-n', namespace, 'apply', '-f', '-'], JSON.stringify(object));
  const names = async () => (await kubectl('get', 'deploy,svc', '-o', 'name')).trim().split('\n').filter(Boolean);
  const untilRefused = (reason: string) =>
    servers.untilStatus('weather', reason, (now) => conditionOf(now, 'Accepted')?.reason === reason);
  return { namespace, servers, kubectl, apply, names, untilRefused };
}

/** Nothing in it conflicts with a field of ours: its port has a name, and it has no label that we set. */
const foreignService = (selector?: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'weather', labels: { owner: 'them' } },
  spec: { ...(selector === undefined ? {} : { selector }), ports: [{ name: 'theirs', port: 1234 }] },
});
const foreignDeployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'weather', labels: { app: 'theirs' } },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'theirs' } },
    template: { metadata: { labels: { app: 'theirs' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
};

const foreigners: readonly { readonly what: string; readonly object: object; readonly kind: string }[] = [
  { what: 'a Service with a selector', object: foreignService({ app: 'theirs' }), kind: 'Service' },
  {
    what: 'a Service without a selector, which a plain apply would take over',
    object: foreignService(),
    kind: 'Service',
  },
  { what: 'a Deployment', object: foreignDeployment, kind: 'Deployment' },
];

for (const { what, object, kind } of foreigners) {
  test(`a stranger's ${what} is never touched, nothing is made beside it, and the condition tells`, async () => {
    const { namespace, servers, kubectl, apply, names, untilRefused } = await setUp();
    await apply(object);
    const resource = kind.toLowerCase();
    const theirs = () => kubectl('get', resource, 'weather', '-o', 'jsonpath={.metadata.resourceVersion}');
    const before = await kubectl('get', resource, 'weather', '-o', 'jsonpath={.spec}');
    const operator = await startOperator(plane, { namespaces: [namespace] });
    await servers.create('weather');
    const server = await untilRefused('ForeignObject');
    assert.match(
      conditionOf(server, 'Accepted')?.message ?? '',
      new RegExp(`A ${kind} named weather already exists .*left untouched`),
    );
    assert.equal(server.status?.phase, 'Failed');
    // The Deployment controller writes to a Deployment of its own accord, so of that the spec is what counts.
    assert.equal(await kubectl('get', resource, 'weather', '-o', 'jsonpath={.spec}'), before);
    assert.deepEqual(await names(), [kind === 'Service' ? 'service/weather' : 'deployment.apps/weather']);
    const version = await theirs();

    await kubectl('delete', resource, 'weather');
    assert.ok(version !== '');
    await servers.change('weather', { image: 'example.com/weather:2.0' });
    await servers.untilStatus('weather', 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');
    assert.deepEqual(await names(), ['deployment.apps/weather', 'service/weather']);
    await operator.stop();
  });
}

test('a refused server is tried again rarely, not in a loop', async () => {
  const { namespace, servers, apply, untilRefused, kubectl } = await setUp();
  await apply(foreignService());
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.create('weather');
  await untilRefused('ForeignObject');
  await until(() => operator.writes().some(({ method }) => method === 'POST'), { what: 'the event' });
  await atRest(operator);
  operator.forgetRequests();
  for (const touch of ['a', 'b', 'c']) await kubectl('annotate', 'smcp/weather', `touch=${touch}`, '--overwrite');
  await until(() => operator.log.lines.filter(({ message }) => message.startsWith('reconciled')).length >= 4, {
    what: 'four reconciles',
  });
  assert.deepEqual(operator.writes(), []);
  await operator.stop();
});

test('a quota on Deployments is told, and nothing is made', async () => {
  const { namespace, servers, apply, names, untilRefused, kubectl } = await setUp();
  await apply({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'none' },
    spec: { hard: { 'count/deployments.apps': '0' } },
  });
  await until(async () => (await kubectl('get', 'quota', 'none', '-o', 'jsonpath={.status.hard}')) !== '', {
    what: 'the quota',
  });
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.create('weather');
  const server = await untilRefused('QuotaExceeded');
  assert.match(conditionOf(server, 'Accepted')?.message ?? '', /ResourceQuota: .*count\/deployments\.apps/);
  await until(async () => (await names()).length === 0, { what: 'the Service to be taken back' });
  const metrics = await operator.metrics();
  assert.match(
    metrics,
    new RegExp(`mcpserver_deployment_creation_errors_total\\{namespace="${namespace}",name="weather"\\} 1`),
  );
  await operator.stop();
});

test('a quota on pods is told with the name of the pod', async () => {
  const { namespace, servers, apply, kubectl } = await setUp();
  await apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard: { pods: '0' } } });
  await until(async () => (await kubectl('get', 'quota', 'none', '-o', 'jsonpath={.status.hard}')) !== '', {
    what: 'the quota',
  });
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.create('weather');
  const server = await servers.untilStatus(
    'weather',
    'the quota told',
    (now) => conditionOf(now, 'Available')?.reason === 'QuotaExceeded',
  );
  assert.match(conditionOf(server, 'Available')?.message ?? '', /pods "weather-[\w-]+" is forbidden: exceeded quota/);
  assert.equal(server.status?.phase, 'Failed');
  await operator.stop();
});

test('a LimitRange that refuses the pods is told', async () => {
  const { namespace, servers, apply } = await setUp();
  await apply({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'small' },
    spec: { limits: [{ type: 'Container', max: { memory: '16Mi' } }] },
  });
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.create('weather', { resources: { limits: { memory: '1Gi' } } });
  const server = await servers.untilStatus(
    'weather',
    'told',
    (now) => conditionOf(now, 'Available')?.reason === 'PodsRefused',
  );
  assert.match(conditionOf(server, 'Available')?.message ?? '', /maximum memory usage per Container is 16Mi/);
  await operator.stop();
});

test('a namespace that enforces restricted Pod Security gets pods that it takes', async () => {
  const { namespace, servers, kubectl } = await setUp({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.create('weather');
  await until(async () => (await podNames(plane, namespace, 'weather')).length === 1, { what: 'a pod' });
  const template = 'jsonpath={.spec.template.spec.securityContext}';
  assert.equal(JSON.parse(await kubectl('get', 'deploy/weather', '-o', template)).runAsNonRoot, true);
  await operator.stop();
});

test('a namespace that becomes restricted later is followed', async () => {
  const { namespace, servers, kubectl } = await setUp();
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.create('weather');
  await servers.untilStatus('weather', 'a status', ({ status }) => status !== undefined);
  const nonRoot = () =>
    kubectl('get', 'deploy/weather', '-o', 'jsonpath={.spec.template.spec.securityContext.runAsNonRoot}');
  assert.equal(await nonRoot(), '');
  await plane.kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted']);
  await until(async () => (await nonRoot()) === 'true', { what: 'runAsNonRoot' });
  await operator.stop();
});
