import assert from 'node:assert/strict';
import { test } from 'node:test';
import { converse } from '../../demo/client.ts';
import { until } from '../support/until.ts';
import { leader, metricOf, restartOperator, scaleOperator, untilOtherLeader } from './support/deployed-operator.ts';
import { killOperator } from './support/kill-container.ts';
import { noPods } from './support/no-pods.ts';
import { useOperator } from './support/operator-stage.ts';
import type { Playground } from './support/playground.ts';

/** The operator may end at any moment: servers stay up, the next one goes on, and nothing is done twice. */

const stage = useOperator();
const image = 'smooth-operator/sample-server:dev';
const whoami = { name: 'whoami', arguments: {} };

/**
 * The versions of the servers and of what was made for them: they move with every write, whoever writes. Without the
 * pods, which the kubelet writes to.
 */
async function versions(playground: Playground): Promise<readonly string[]> {
  const path =
    'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.uid} {.metadata.resourceVersion}{"\\n"}{end}';
  return (await playground.kubectl('get', 'smcp,deploy,rs,svc', '-o', path)).trim().split('\n').sort();
}

/** A ReplicaSet is a rollout: each new pod template makes one. */
async function rollouts(playground: Playground): Promise<number> {
  return (await playground.kubectl('get', 'rs', '-o', 'name')).trim().split('\n').length;
}

/** Waits until an operator has looked at every server and has nothing left to do. */
async function untilSettled(pod: string, servers: number): Promise<void> {
  const { kubectl } = stage();
  const done = 'controller_runtime_reconcile_total';
  await until(
    async () =>
      (await metricOf(kubectl, pod, done, ['result="success"'])) >= servers &&
      (await metricOf(kubectl, pod, 'workqueue_depth')) === 0 &&
      (await metricOf(kubectl, pod, 'controller_runtime_active_workers')) === 0,
    { what: `${pod} to have looked at ${servers} servers`, deadlineMs: 120_000, intervalMs: 500 },
  );
}

const serverCount = async () =>
  (await stage().kubectl.read('get', 'smcp', '-A', '-o', 'name')).trim().split('\n').length;

test('a restarted operator writes nothing about what is as it should be', { skip: noPods }, async (t) => {
  const playground = await stage().playground(t);
  for (const name of ['one', 'two', 'three']) await playground.applyServer(name, { image });
  // One that is in trouble is settled too, once that has been told.
  await playground.applyServer('bad', { image, resources: { requests: { cpu: '1000' } } });
  // Ready: running, and verified, after which nothing more comes.
  await playground.kubectl('wait', 'smcp/one', 'smcp/two', 'smcp/three', '--for=condition=Ready', '--timeout=240s');
  await playground.untilPhase('bad', 'Failed');
  const before = await versions(playground);
  assert.equal(before.length, 4 * 4, before.join('\n'));

  const former = await leader(stage().kubectl);
  await restartOperator(stage().kubectl);
  const pod = await untilOtherLeader(stage().kubectl, former);
  await untilSettled(pod, await serverCount());
  assert.deepEqual(await versions(playground), before);

  // The gauges come from the cache, so a new process has them right at once.
  const namespace = `namespace="${playground.namespace}"`;
  const running = [namespace, 'phase="Running"'];
  assert.equal(await metricOf(stage().kubectl, pod, 'mcpserver_phase', running), 3);
  assert.equal(await metricOf(stage().kubectl, pod, 'mcpserver_total', [namespace]), 4);
});

test('an operator killed in the middle: servers stay up, the next one ends what was begun, nothing rolls out twice', {
  skip: noPods,
}, async (t) => {
  const { kubectl } = stage();
  const playground = await stage().playground(t);
  await playground.applyServer('steady', { image });
  await playground.untilPhase('steady', 'Running');
  const [steady] = await playground.pods('steady');
  const url = `${await playground.url('steady')}/mcp`;

  const names = ['a', 'b', 'c', 'd'];
  const items = names.map((name) => ({
    apiVersion: 'mcp.mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name },
    spec: { image },
  }));
  const former = await leader(kubectl);
  const killed = until(async () => (await playground.kubectl('get', 'deploy', '-o', 'name')).includes('/a'), {
    what: 'the operator to have begun',
    intervalMs: 0,
  }).then(() => killOperator(kubectl));
  await playground.apply({ apiVersion: 'v1', kind: 'List', items });
  await killed;
  // Nobody is there now, and the server does not know.
  assert.equal((await converse(url, whoami)).answer, steady);

  await untilOtherLeader(kubectl, former);
  assert.notEqual(former, '');
  for (const name of names) await playground.untilPhase(name, 'Running');
  assert.equal((await converse(url, whoami)).answer, steady);
  assert.deepEqual(await playground.pods('steady'), [steady]);
  assert.equal(await rollouts(playground), names.length + 1);
  const generations = await playground.kubectl('get', 'deploy', '-o', 'jsonpath={.items[*].metadata.generation}');
  assert.equal(generations, '1 1 1 1 1');
});

test('what happened while no operator was there is made up for', { skip: noPods }, async (t) => {
  const { kubectl } = stage();
  const playground = await stage().playground(t);
  await playground.applyServer('kept', { image });
  await playground.applyServer('gone', { image });
  for (const name of ['kept', 'gone']) await playground.untilPhase(name, 'Running');
  await scaleOperator(kubectl, 0);
  try {
    await playground.kubectl('delete', 'service', 'kept');
    await playground.kubectl('scale', 'deployment/kept', '--replicas=3');
    await playground.kubectl('delete', 'smcp', 'gone');
    await playground.applyServer('new', { image });
  } finally {
    await scaleOperator(kubectl, 2);
  }
  await playground.untilPhase('new', 'Running');
  const url = await until(() => playground.url('kept'), { what: 'the Service to be back' });
  await until(async () => (await playground.pods('kept')).length === 1, { what: 'one pod', deadlineMs: 60_000 });
  await until(async () => (await converse(`${url}/mcp`, whoami)).answer, { what: 'the server to answer' });
  await until(async () => !(await playground.kubectl('get', 'deploy', '-o', 'name')).includes('/gone'), {
    what: 'the children of the deleted server to be gone',
  });
});
