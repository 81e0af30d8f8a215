import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { MCPServer } from '../../../src/api/v1alpha1/mcp-server.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { conditionOf, installMCPServerCrd } from '../../support/operator.ts';
import { createOperatorStage } from '../../support/operator-stage.ts';
import { podNames, podTrouble, reportAll, reportPod, reportPods } from '../../support/pretend-kubelet.ts';
import { until } from '../../support/until.ts';

/** The status follows the Deployment and its pods, live, up and down, and says in words what is wrong. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);
const { namespace, servers, kubectl, events, operator } = await createOperatorStage(plane);
after(operator.stop);

const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
const notReady = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] };

const brief = ({ status }: MCPServer) => ({
  phase: status?.phase,
  available: status?.availableReplicas,
  url: status?.url,
  ready: status?.conditions?.find(({ type }) => type === 'Ready')?.status,
});

async function running(name: string, spec: { readonly replicas?: number } = {}): Promise<MCPServer> {
  await servers.create(name, spec);
  await reportPods(plane, namespace, name, spec.replicas ?? 1, true);
  return servers.untilStatus(
    name,
    'rolled out',
    (now) => now.status?.phase === 'Running' && conditionOf(now, 'Progressing')?.reason === 'Complete',
  );
}

test('availableReplicas, phase, url and Ready follow the pods up and down', async () => {
  const is = (what: string, phase: string, available: number) =>
    servers.untilStatus(
      'live',
      what,
      ({ status }) => status?.phase === phase && status.availableReplicas === available,
    );
  await servers.create('live', { replicas: 2, port: 3000 });
  assert.deepEqual(brief(await is('nothing up', 'Pending', 0)), {
    phase: 'Pending',
    available: 0,
    url: undefined,
    ready: 'False',
  });
  const [first = '', second = ''] = await reportAll(plane, namespace, 'live', notReady, 2);

  await reportPod(plane, namespace, first, ready);
  const half = await is('one of two up', 'Pending', 1);
  assert.equal(half.status?.url, undefined);
  assert.match(conditionOf(half, 'Available')?.message ?? '', /1 of 2 replicas are available/);

  await reportPod(plane, namespace, second, ready);
  assert.deepEqual(brief(await is('both up', 'Running', 2)), {
    phase: 'Running',
    available: 2,
    url: `http://live.${namespace}.svc:3000/mcp`,
    ready: 'True',
  });

  await reportPod(plane, namespace, first, notReady);
  assert.deepEqual(brief(await is('one down', 'Pending', 1)), {
    phase: 'Pending',
    available: 1,
    url: undefined,
    ready: 'False',
  });
  await reportPod(plane, namespace, first, ready);
  await is('both up again', 'Running', 2);
});

test('a settled server has every field of the status, for the generation that it is at', async () => {
  const server = await running('whole', { replicas: 2 });
  const { conditions = [], ...fields } = server.status ?? {};
  assert.deepEqual(fields, {
    observedGeneration: server.metadata.generation,
    phase: 'Running',
    availableReplicas: 2,
    verifiedReplicas: 0,
    health: { type: 'HTTP' },
    replicas: 2,
    selector: 'mcp.mcp.dev/server=whole',
    url: `http://whole.${namespace}.svc:8080/mcp`,
  });
  assert.deepEqual(
    conditions.map(({ type, status, reason, observedGeneration }) => [type, status, reason, observedGeneration]),
    [
      ['Accepted', 'True', 'Accepted', 1],
      ['Available', 'True', 'AllReplicasAvailable', 1],
      ['Verified', 'Unknown', 'Disabled', 1],
      ['Progressing', 'True', 'Complete', 1],
      ['Ready', 'True', 'Ready', 1],
    ],
  );
});

const troubles: Readonly<Record<string, { status: object; reason: string; words: (pod: string) => RegExp }>> = {
  'a crash loop': {
    status: podTrouble.crashLoop(),
    reason: 'CrashLoopBackOff',
    words: (pod) => new RegExp(`Pod ${pod}: .* code 7: no API key.*kubectl logs -n ${namespace} ${pod} --previous`),
  },
  'too little memory': {
    status: podTrouble.outOfMemory(),
    reason: 'OOMKilled',
    words: (pod) => new RegExp(`Pod ${pod}: .*raise spec\\.resources\\.limits\\.memory`),
  },
  'an image that cannot be pulled': {
    status: podTrouble.imagePull(),
    reason: 'ImagePullBackOff',
    words: (pod) => new RegExp(`Pod ${pod}: .* image example\\.com/weather:1\\.0.*spec\\.imagePullSecrets`),
  },
  'a pod that fits nowhere': {
    status: podTrouble.unschedulable('0/3 nodes are available: 3 Insufficient cpu.'),
    reason: 'Unschedulable',
    words: (pod) => new RegExp(`Pod ${pod} fits on no node: .*3 Insufficient cpu`),
  },
  'a key that is missing in a ConfigMap': {
    status: podTrouble.configError('configmap "settings" not found'),
    reason: 'CreateContainerConfigError',
    words: (pod) => new RegExp(`Pod ${pod}: .*configmap "settings" not found`),
  },
  'an image that runs as root where it must not': {
    status: podTrouble.configError('container has runAsNonRoot and image will run as root'),
    reason: 'CreateContainerConfigError',
    words: (pod) => new RegExp(`Pod ${pod}: .*use an image with a numeric non-root USER`),
  },
};

describe('what is wrong is told in words, with the name of the pod, and forgotten when it is mended', () => {
  for (const [index, [what, { status, reason, words }]] of Object.entries(troubles).entries()) {
    test(what, async () => {
      const name = `trouble-${index}`;
      await servers.create(name);
      const [pod = ''] = await reportAll(plane, namespace, name, status);
      const failed = await servers.untilStatus(name, reason, (now) => conditionOf(now, 'Available')?.reason === reason);
      assert.match(conditionOf(failed, 'Available')?.message ?? '', words(pod));
      assert.equal(failed.status?.phase, 'Failed');
      assert.equal(conditionOf(failed, 'Ready')?.reason, reason);

      const mended = { ...ready, conditions: [...ready.conditions, { type: 'PodScheduled', status: 'True' }] };
      await reportPod(plane, namespace, pod, { ...mended, containerStatuses: [] });
      await servers.untilStatus(name, 'Running', (now) => now.status?.phase === 'Running');
      await until(async () => (await events()).some((event) => isRecovery(event, name)), { what: 'the good news' });
    });
  }
});

function isRecovery({ object, type, reason }: { object: string; type: string; reason: string }, name: string) {
  return object === `MCPServer/${name}` && type === 'Normal' && reason === 'Recovered';
}

test('kubectl wait --for=condition=Ready waits, and ends', async () => {
  await servers.create('awaited');
  await servers.untilStatus('awaited', 'Pending', ({ status }) => status?.phase === 'Pending');
  const waiting = kubectl('wait', 'smcp/awaited', '--for=condition=Ready', '--timeout=30s');
  await reportPods(plane, namespace, 'awaited', 1, true);
  assert.match(await waiting, /mcpserver\.mcp\.mcp\.dev\/awaited condition met/);
});

test('a rollout still serves: Running and Ready, while Progressing tells', async () => {
  await running('rolling');
  await servers.change('rolling', { image: 'example.com/weather:2.0' });
  await until(async () => (await podNames(plane, namespace, 'rolling')).length === 2, { what: 'a second pod' });
  const server = await servers.untilStatus(
    'rolling',
    'rolling out',
    (now) => now.status?.observedGeneration === 2 && conditionOf(now, 'Progressing')?.reason === 'RollingOut',
  );
  assert.deepEqual([server.status?.phase, conditionOf(server, 'Ready')?.status], ['Running', 'True']);
});

test('a Deployment that somebody paused stays paused, and Progressing tells how to resume it', async () => {
  await running('paused');
  const progressing = (reason: string) =>
    servers.untilStatus('paused', reason, (now) => conditionOf(now, 'Progressing')?.reason === reason);
  await kubectl('rollout', 'pause', 'deployment/paused');
  const server = await progressing('Paused');
  assert.equal(conditionOf(server, 'Progressing')?.status, 'Unknown');
  assert.match(conditionOf(server, 'Progressing')?.message ?? '', /kubectl rollout resume -n \S+ deployment\/paused/);
  assert.equal(conditionOf(server, 'Ready')?.status, 'True');
  await kubectl('rollout', 'resume', 'deployment/paused');
  await progressing('Complete');
});

const statusPath = (name: string) => `/apis/mcp.mcp.dev/v1alpha1/namespaces/${namespace}/mcpservers/${name}/status`;

test('a status that a foreign hand has edited is put right', async () => {
  const { status } = await running('edited');
  await plane.send('PATCH', statusPath('edited'), {
    status: { phase: 'Failed', availableReplicas: 7, url: null, observedGeneration: 99, selector: 'app=other' },
  });
  await servers.untilStatus('edited', 'put right', (now) => {
    assert.deepEqual(now.status, status);
    return true;
  });
});

test('lastTransitionTime moves when the status of that very condition does, and only then', async () => {
  const { status } = await running('timed');
  // A time that the operator cannot come up with by itself.
  const long = '2001-02-03T04:05:06Z';
  const aged = status?.conditions?.map((condition) => ({ ...condition, lastTransitionTime: long }));
  await plane.send('PATCH', statusPath('timed'), { status: { conditions: aged } });
  await reportPods(plane, namespace, 'timed', 1, false);
  const server = await servers.untilStatus('timed', 'down', (now) => conditionOf(now, 'Ready')?.status === 'False');
  const moved = server.status?.conditions?.filter(({ lastTransitionTime }) => lastTransitionTime !== long);
  assert.deepEqual(
    moved?.map(({ type }) => type),
    ['Available', 'Ready'],
  );
});
