import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd, type TestOperator, withoutResource } from '../../support/operator.ts';
import { createOperatorStage } from '../../support/operator-stage.ts';
import { podTrouble, reportAll, reportPod, reportPods } from '../../support/pretend-kubelet.ts';
import { until } from '../../support/until.ts';

/** What `kubectl describe` tells: nothing of what goes well by itself, and the rest once. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);

/** Waits for so many passes over a server that sent nothing, by touching it. */
async function passes(operator: TestOperator, touch: (round: number) => Promise<unknown>, rounds: number) {
  const count = () => operator.log.lines.filter(({ message }) => message.startsWith('reconciled')).length;
  for (let round = 0; round < rounds; round += 1) {
    const before = count();
    await touch(round);
    await until(() => count() > before, { what: 'a reconcile' });
  }
}

test('a server that comes up, runs, is scaled and stopped says nothing', async () => {
  const { namespace, servers, kubectl, operator } = await createOperatorStage(plane);
  await servers.create('weather');
  await reportPods(plane, namespace, 'weather', 1, true);
  await servers.untilStatus('weather', 'Running', ({ status }) => status?.phase === 'Running');
  await servers.change('weather', { replicas: 0 });
  await servers.untilStatus('weather', 'Stopped', ({ status }) => status?.phase === 'Stopped');
  await operator.stop();
  assert.match(await kubectl('describe', 'smcp', 'weather'), /^Events:\s+<none>$/m);
});

test('a missing Secret is told once, with what to do, however often it is looked at', async () => {
  const { servers, kubectl, events, operator } = await createOperatorStage(plane);
  await servers.create('weather', { secretName: 'keys' });
  await until(async () => (await events()).length > 0, { what: 'the event' });
  await passes(operator, (round) => kubectl('annotate', 'smcp/weather', `round-${round}=`), 3);
  await servers.change('weather', { image: 'example.com/weather:2.0' });
  await servers.untilStatus('weather', 'seen', ({ status }) => status?.observedGeneration === 2);
  await operator.stop();

  const told = await events();
  assert.deepEqual(
    told.map(({ object, type, reason, count }) => ({ object, type, reason, count })),
    [{ object: 'MCPServer/weather', type: 'Warning', reason: 'SecretNotFound', count: 1 }],
  );
  const described = await kubectl('describe', 'smcp', 'weather');
  assert.match(described, /Warning\s+SecretNotFound\s+.*smooth-operator\s+Secret keys does not exist.*kubectl create/);
});

test('a crash loop is told once, however long it goes on and to and fro', async () => {
  const { namespace, servers, kubectl, events, operator } = await createOperatorStage(plane);
  await servers.create('weather');
  const [pod = ''] = await reportAll(plane, namespace, 'weather', podTrouble.crashLoop(1));
  await servers.untilStatus(
    'weather',
    'crashing',
    (now) => conditionOf(now, 'Available')?.reason === 'CrashLoopBackOff',
  );
  const kubelet = (round: number) => {
    const restarts = Math.floor(round / 2) + 2;
    const status = round % 2 === 0 ? podTrouble.relapse(restarts) : podTrouble.crashLoop(restarts);
    return reportPod(plane, namespace, pod, status);
  };
  await passes(operator, kubelet, 6);
  await operator.stop();

  const told = await events();
  assert.deepEqual(
    told.map(({ type, reason, count }) => ({ type, reason, count })),
    [{ type: 'Warning', reason: 'CrashLoopBackOff', count: 1 }],
  );
  assert.match(await kubectl('describe', 'smcp', 'weather'), new RegExp(`Pod ${pod}: container mcp-server keeps exit`));
});

test('the same thing put right again and again is one event with a count', async () => {
  const { servers, kubectl, child, events, operator } = await createOperatorStage(plane);
  await servers.create('weather');
  await servers.untilStatus('weather', 'a status', ({ status }) => status !== undefined);
  for (const count of [1, 2, 3]) {
    await kubectl('label', 'service/weather', '--overwrite', 'app=other');
    await until(async () => (await child('service')).metadata.labels.app === 'weather', { what: 'the label' });
    await until(async () => (await events())[0]?.count === count, { what: `an event that counts ${count}` });
  }
  await operator.stop();
  assert.deepEqual(
    (await events()).map(({ text, count }) => `${count} x ${text}`),
    [
      '3 x MCPServer/weather Normal Restored: Service weather was changed by somebody else: metadata.labels.app is put right.',
    ],
  );
  assert.match(await kubectl('describe', 'smcp', 'weather'), /Normal\s+Restored\s+.*\(x3 over/);
});

test('an operator without the right to events works all the same, and says once that it lacks it', async () => {
  const { servers, events, kubectl, operator } = await createOperatorStage(plane, {
    rules: withoutResource('events'),
  });
  await servers.create('weather', { secretName: 'keys' });
  await servers.create('harbour', { secretName: 'keys' });
  for (const name of ['weather', 'harbour']) {
    await servers.untilStatus(name, 'told', (now) => conditionOf(now, 'Accepted')?.reason === 'SecretNotFound');
  }
  const complaints = () => operator.log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.error);
  await until(() => complaints().length > 0, { what: 'a warning' });
  await kubectl('create', 'secret', 'generic', 'keys');
  for (const name of ['weather', 'harbour']) {
    await servers.untilStatus(name, 'accepted', (now) => conditionOf(now, 'Accepted')?.status === 'True');
  }
  await operator.stop();
  assert.match(String(complaints()[0]), /cannot create resource "events"/);
  assert.equal(complaints().length, 1);
  assert.deepEqual(operator.log.at('error'), []);
  assert.deepEqual(await events(), []);
});
