import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atRest, reconciles } from '../../support/at-rest.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import {
  conditionOf,
  installMCPServerCrd,
  serversIn,
  startOperator,
  type TestOperator,
} from '../../support/operator.ts';
import { reportPods } from '../../support/pretend-kubelet.ts';
import { until } from '../../support/until.ts';

/** What a server costs the API server, in requests. The happy path is counted exactly; see ARCHITECTURE.md. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

/** Waits until all watches are open: only what comes after is what a server costs. */
async function settledWatches(operator: TestOperator): Promise<void> {
  const watches = 6;
  const lists = 6;
  await until(() => operator.requests.length + operator.startRequests >= watches + lists, { what: 'open watches' });
  operator.forgetRequests();
}

test('the life of a server, counted', async (t) => {
  const namespace = await plane.createNamespace();
  const servers = serversIn(plane, namespace);
  const operator = await startOperator(plane, { namespaces: [namespace] });

  await atRest(operator);

  await t.test('a new one costs three writes: Deployment, Service, status', async () => {
    operator.forgetRequests();
    await servers.create('weather', { replicas: 2 });
    await servers.untilStatus('weather', 'a first status', ({ status }) => status?.phase === 'Pending');
    await atRest(operator);
    assert.deepEqual(
      operator.requests.map(({ method, code }) => `${method} ${code}`),
      ['PATCH 201', 'PATCH 201', 'PATCH 200'],
    );
  });

  await t.test('becoming Running costs one status write', async () => {
    operator.forgetRequests();
    // Both pods become ready between two looks of the ReplicaSet's controller or not: so start from one that is.
    await servers.change('weather', { replicas: 1 });
    await atRest(operator);
    operator.forgetRequests();
    await reportPods(plane, namespace, 'weather', 1, true);
    await servers.untilStatus('weather', 'Running', ({ status }) => status?.phase === 'Running');
    await atRest(operator);
    assert.equal(operator.requests.length, 1, JSON.stringify(operator.requests));
  });

  await t.test('a restart of the operator writes nothing', async () => {
    await operator.stop();
    const again = await startOperator(plane, { namespaces: [namespace] });
    await atRest(again);
    assert.deepEqual(again.writes(), []);
    assert.ok((await reconciles(again)) >= 1, 'the server has been looked at');
    await again.stop();
  });

  await t.test('ten resyncs send nothing at all', async () => {
    const again = await startOperator(plane, { namespaces: [namespace], resyncPeriodMs: 200 });
    await settledWatches(again);
    await until(
      async () => {
        again.forgetRequests();
        const before = await reconciles(again);
        await until(async () => (await reconciles(again)) >= before + 10, { what: 'ten resyncs' });
        assert.deepEqual(again.writes(), []);
        // A watch that is renewed just now is a read too, about once in 45 s. What a resync reads, every ten would read.
        return again.requests.length === 0;
      },
      { what: 'ten resyncs without a request' },
    );
    await again.stop();
  });
});

test('a foreign touch of a field that is not ours costs nothing', async () => {
  const namespace = await plane.createNamespace();
  const servers = serversIn(plane, namespace);
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.create('weather');
  await servers.untilStatus('weather', 'a first status', ({ status }) => status !== undefined);
  await atRest(operator);
  operator.forgetRequests();

  await plane.kubectl(['-n', namespace, 'rollout', 'restart', 'deployment/weather']);
  await plane.kubectl(['-n', namespace, 'annotate', 'service/weather', 'team=blue']);
  await plane.kubectl(['-n', namespace, 'label', 'deployment/weather', 'team=blue']);
  await atRest(operator);
  assert.deepEqual(operator.writes(), []);

  const json = await plane.kubectl(['-n', namespace, 'get', 'deployment/weather', '-o', 'json']);
  const { metadata, spec } = JSON.parse(json);
  assert.equal(metadata.labels.team, 'blue');
  assert.ok(spec.template.metadata.annotations['kubectl.kubernetes.io/restartedAt']);
  await operator.stop();
});

test('an annotation on a Deployment costs nothing, although it is a new generation of it', async () => {
  const namespace = await plane.createNamespace();
  const servers = serversIn(plane, namespace);
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.create('weather', { replicas: 0 });
  await servers.untilStatus('weather', 'everything rolled out', (server) => {
    return conditionOf(server, 'Progressing')?.reason === 'Complete';
  });
  await atRest(operator);
  operator.forgetRequests();

  await plane.kubectl(['-n', namespace, 'annotate', 'deployment/weather', 'team=blue']);
  await until(
    async () => {
      const json = await plane.kubectl(['-n', namespace, 'get', 'deployment/weather', '-o', 'json']);
      const { metadata, status } = JSON.parse(json);
      return metadata.annotations.team === 'blue' && status.observedGeneration === metadata.generation;
    },
    { what: 'the Deployment controller to have looked at it' },
  );
  await atRest(operator);
  assert.deepEqual(operator.writes(), []);
  await operator.stop();
});

test('deleting a server costs nothing: the garbage collector does the work', async () => {
  const namespace = await plane.createNamespace();
  const servers = serversIn(plane, namespace);
  const operator = await startOperator(plane, { namespaces: [namespace] });
  await servers.create('weather');
  const server = await servers.untilStatus('weather', 'a status', ({ status }) => status !== undefined);
  assert.equal(conditionOf(server, 'Accepted')?.status, 'True');
  await atRest(operator);
  operator.forgetRequests();

  await servers.remove('weather');
  const children = ['deployments', 'replicasets', 'services', 'pods'].join(',');
  await until(async () => (await plane.kubectl(['-n', namespace, 'get', children, '-o', 'name'])).trim() === '', {
    what: 'everything of the server to be gone',
  });
  await atRest(operator);
  assert.deepEqual(operator.requests, []);
  await operator.stop();
});
