import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { loadImage } from '../../cluster/cluster.ts';
import { converse, type ToolCall } from '../../demo/client.ts';
import { buildSdkServer } from '../../images/sdk-servers/build-sdk-server.ts';
import { until } from '../support/until.ts';
import { noPods } from './support/no-pods.ts';
import { useOperator } from './support/operator-stage.ts';
import type { Playground } from './support/playground.ts';

/** The main job on real pods: the operator's own image in a pod, and the official MCP client through the Service. */

const stage = useOperator(['sample-server', 'server-everything'], async () => {
  // The sample of MCP 2026-07-28.
  await loadImage((await buildSdkServer('ts-v2-modern')).archivePath);
});

const greeter = { image: 'smooth-operator/sample-server:dev', replicas: 2, secretName: 'greeter-settings' };
const greeterSettings = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'greeter-settings' },
  stringData: { GREETING: 'Good evening' },
};

async function runGreeter(t: TestContext): Promise<Playground> {
  const playground = await stage().playground(t);
  await playground.apply(greeterSettings);
  await playground.applyServer('greeter', greeter);
  await playground.untilPhase('greeter', 'Running');
  return playground;
}

/** A new session on new connections for each question, so that each goes wherever the Service sends it. */
const ask = async (playground: Playground, name: string, call: ToolCall) =>
  converse(`${await playground.url(name)}/mcp`, call);
const whoami: ToolCall = { name: 'whoami', arguments: {} };

test('the samples become Running, and an MCP client lists and calls their tools', { skip: noPods }, async (t) => {
  const playground = await stage().playground(t);
  await playground.kubectl('apply', '-k', 'config/samples');
  await playground.kubectl('wait', 'smcp', '--all', '--for=condition=Ready', '--timeout=240s');

  const greeting = await ask(playground, 'greeter', { name: 'greet', arguments: { name: 'Kubernetes' } });
  assert.deepEqual([...greeting.tools].sort(), ['add', 'echo', 'greet', 'whoami']);
  assert.equal(greeting.answer, 'Welcome aboard, Kubernetes!');
  const echo = await ask(playground, 'everything', { name: 'echo', arguments: { message: 'to and fro' } });
  assert.ok(echo.tools.includes('echo') && echo.tools.length > 5, echo.tools.join());
  assert.match(echo.answer, /to and fro/);
  const sum = await ask(playground, 'modern', { name: 'add', arguments: { a: 20, b: 22 } });
  assert.match(sum.answer, /42/);

  const { status, metadata } = await playground.server('greeter');
  const { conditions, tools, server, ...facts } = status ?? {};
  assert.deepEqual(tools?.names, ['add', 'echo', 'greet', 'whoami']);
  assert.equal(server?.protocolVersion, '2025-11-25');
  assert.deepEqual(facts, {
    observedGeneration: metadata.generation,
    phase: 'Running',
    availableReplicas: 2,
    verifiedReplicas: 2,
    health: { type: 'HTTP' },
    replicas: 2,
    selector: 'mcp.mcp.dev/server=greeter',
    url: `http://greeter.${playground.namespace}.svc:8080/mcp`,
  });
  assert.deepEqual(
    conditions?.map(({ type, status: is }) => `${type}=${is}`),
    ['Accepted=True', 'Available=True', 'Verified=True', 'Progressing=True', 'Ready=True'],
  );
  const table = await playground.kubectl('get', 'smcp');
  assert.match(table, /^NAME +PHASE +READY +AVAILABLE +VERIFIED +TOOLS +PROTOCOL +AGE\n/);
  assert.match(table, /^greeter +Running +True +2 +2 +4 +2025-11-25 /m);
});

test('the value of the Secret arrives, and every replica answers', { skip: noPods }, async (t) => {
  const playground = await runGreeter(t);
  const { answer } = await ask(playground, 'greeter', { name: 'greet', arguments: { name: 'you' } });
  assert.equal(answer, 'Good evening, you!');
  const pods = await playground.pods('greeter');
  assert.equal(pods.length, 2);
  const seen = new Set<string>();
  await until(
    async () => {
      seen.add((await ask(playground, 'greeter', whoami)).answer);
      return seen.size === 2;
    },
    { what: 'both replicas to answer', deadlineMs: 60_000, intervalMs: 0 },
  );
  assert.deepEqual([...seen].sort(), pods);
});

test('kubectl scale goes up, to nothing and back, and the Service stays', { skip: noPods }, async (t) => {
  const playground = await runGreeter(t);
  const url = await playground.url('greeter');
  const scale = (replicas: number) => playground.kubectl('scale', 'smcp/greeter', `--replicas=${replicas}`);
  const reaches = (count: number) =>
    playground.untilServer('greeter', `${count} replicas`, ({ metadata, status }) => {
      const { observedGeneration, availableReplicas, replicas, phase } = status ?? {};
      if (observedGeneration !== metadata.generation) return false;
      return availableReplicas === count && replicas === count && phase === (count === 0 ? 'Stopped' : 'Running');
    });

  await scale(3);
  await reaches(3);
  assert.equal((await playground.pods('greeter')).length, 3);
  await scale(0);
  const stopped = await reaches(0);
  assert.equal(stopped.status?.url, undefined);
  assert.deepEqual(await playground.pods('greeter'), []);
  // A pod on its way out answers what it has been asked.
  const isSilent = () =>
    converse(`${url}/mcp`, whoami).then(
      () => false,
      () => true,
    );
  await until(isSilent, { what: 'nobody to answer' });
  await scale(1);
  await reaches(1);
  assert.equal(await playground.url('greeter'), url);
  await until(async () => (await converse(`${url}/mcp`, whoami)).answer, { what: 'an answer at the same address' });
});

test('what somebody deletes comes back, and answers again', { skip: noPods }, async (t) => {
  const playground = await runGreeter(t);
  await playground.kubectl('delete', 'service/greeter', 'deployment/greeter');
  await until(async () => (await ask(playground, 'greeter', whoami)).answer, {
    what: 'the server to answer again',
    deadlineMs: 120_000,
  });
  const events = await playground.kubectl('describe', 'smcp', 'greeter');
  assert.match(events, /Restored .*Service greeter was missing/);
  assert.match(events, /Restored .*Deployment greeter was missing/);
});

test('a new spec rolls out pod by pod, and the old one answers until then', { skip: noPods }, async (t) => {
  const playground = await runGreeter(t);
  const before = await playground.pods('greeter');
  await playground.applyServer('greeter', { ...greeter, env: [{ name: 'GREETING', value: 'Good morning' }] });
  await playground.untilServer('greeter', 'the rollout to end', ({ metadata, status }) => {
    assert.ok((status?.availableReplicas ?? 0) >= 2, 'never fewer pods than wanted');
    const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
    return progressing?.reason === 'Complete' && progressing.observedGeneration === metadata.generation;
  });
  const after = await playground.pods('greeter');
  assert.equal(after.length, 2);
  assert.ok(after.every((pod) => !before.includes(pod)));
  await until(
    async () =>
      (await ask(playground, 'greeter', { name: 'greet', arguments: { name: 'you' } })).answer.startsWith(
        'Good morning',
      ),
    { what: 'the new environment to be seen' },
  );
});

test('kubectl delete removes everything that was made', { skip: noPods }, async (t) => {
  const playground = await runGreeter(t);
  const left = () => playground.kubectl('get', 'deploy,rs,svc,endpointslices,pods', '-o', 'name');
  assert.match(await left(), /deployment\.apps\/greeter\n/);
  await playground.kubectl('delete', 'smcp', 'greeter');
  await until(async () => (await left()) === '', {
    what: 'the garbage collector to remove the children',
    deadlineMs: 120_000,
  });
  // What the user made is the user's.
  assert.match(await playground.kubectl('get', 'secrets', '-o', 'name'), /secret\/greeter-settings/);
});

test('a server deleted and created again at once runs anew, with nothing of the old one', {
  skip: noPods,
}, async (t) => {
  const playground = await runGreeter(t);
  const old = await playground.server('greeter');
  await playground.kubectl('delete', 'smcp', 'greeter', '--wait=false');
  await playground.applyServer('greeter', { ...greeter, replicas: 1 });
  const again = await playground.untilPhase('greeter', 'Running');
  assert.notEqual(again.metadata.uid, old.metadata.uid);
  for (const kind of ['deployment', 'service']) {
    const owner = await playground.kubectl('get', kind, 'greeter', '-o', 'jsonpath={.metadata.ownerReferences[*].uid}');
    assert.equal(owner, again.metadata.uid);
  }
  await until(async () => (await ask(playground, 'greeter', whoami)).answer, { what: 'the new one to answer' });
});
