import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MCPServer } from '../../src/api/v1alpha1/mcp-server.ts';
import { until } from '../support/until.ts';
import { noPods } from './support/no-pods.ts';
import { useOperator } from './support/operator-stage.ts';
import type { Playground } from './support/playground.ts';
import { buildRootImage, rootImage } from './support/root-image.ts';

/** What goes wrong with real pods is told in words, with the pod's name, where `kubectl describe` shows it. */

const stage = useOperator();
const image = 'smooth-operator/sample-server:dev';
const node = '/usr/local/bin/node';

/**
 * Waits until the server says this of itself, and returns the message.
 *
 * Each trouble has to be in the condition, in `kubectl describe` and as an event, and the server must not be said to run.
 */
async function told(playground: Playground, name: string, reason: string): Promise<string> {
  const server = await playground.untilServer(name, reason, ({ status }) =>
    Boolean(status?.conditions?.some(({ type, reason: why }) => type === 'Available' && why === reason)),
  );
  const find = (type: string) => server.status?.conditions?.find((condition) => condition.type === type);
  assert.equal(find('Available')?.status, 'False');
  assert.equal(find('Ready')?.status, 'False');
  assert.equal(find('Ready')?.reason, reason);
  assert.equal(server.status?.phase, 'Failed');
  const message = find('Available')?.message ?? '';
  const description = await until(
    async () => {
      const text = await playground.kubectl('describe', 'smcp', name);
      assert.match(text, new RegExp(`Warning +${reason} `));
      return text;
    },
    { what: `the event ${reason} of ${name}` },
  );
  // kubectl breaks no lines, so the message is there as it is.
  assert.ok(description.includes(message), description);
  assert.ok((await playground.kubectl('get', 'smcp', name, '-o', 'wide')).includes(reason));
  return message;
}

test('a crash loop', { skip: noPods }, async (t) => {
  const playground = await stage().playground(t);
  await playground.applyServer('one', { image, command: [node, '-e', 'process.exit(3)'] });
  const message = await told(playground, 'one', 'CrashLoopBackOff');
  const [pod = ''] = await playground.pods('one');
  const logs = `kubectl logs -n ${playground.namespace} ${pod} --previous`;
  assert.equal(message, `Pod ${pod}: container mcp-server keeps exiting with code 3. See: ${logs}`);
});

test('too little memory', { skip: noPods }, async (t) => {
  const playground = await stage().playground(t);
  const hog = 'const all = []; for (;;) all.push(Buffer.alloc(8 << 20, 1));';
  await playground.applyServer('one', {
    image,
    command: [node, '-e', hog],
    resources: { limits: { memory: '64Mi' } },
  });
  const message = await told(playground, 'one', 'OOMKilled');
  assert.match(message, /^Pod one-\S+: container mcp-server keeps exiting: it needs more memory than its limit/);
});

for (const { policy, reason } of [
  { policy: 'Never', reason: 'ErrImageNeverPull' },
  { policy: 'IfNotPresent', reason: 'ImagePullBackOff' },
]) {
  test(`an image that is not there, with imagePullPolicy ${policy}`, { skip: noPods }, async (t) => {
    const playground = await stage().playground(t);
    // RFC 2606: no such host will ever be.
    const absent = 'registry.invalid/does-not-exist:1';
    await playground.applyServer('one', { image: absent, imagePullPolicy: policy });
    const message = await told(playground, 'one', reason);
    const [pod] = await playground.pods('one');
    assert.match(message, new RegExp(`^Pod ${pod}: container mcp-server cannot get its image ${absent}\\. Check`));
    // What was wrong is mended, and nothing remembers it.
    await playground.applyServer('one', { image });
    await playground.untilPhase('one', 'Running');
  });
}

test('a new image that is not there, while the pods of the old one serve', { skip: noPods }, async (t) => {
  const playground = await stage().playground(t);
  await playground.applyServer('one', { image });
  await playground.untilPhase('one', 'Running');
  const [old] = await playground.pods('one');
  await playground.applyServer('one', { image: 'registry.invalid/does-not-exist:1' });
  const progressing = ({ status }: MCPServer) => status?.conditions?.find(({ type }) => type === 'Progressing');
  const server = await playground.untilServer('one', 'to tell of the new pod', (now) =>
    Boolean(progressing(now)?.message.includes('cannot get its image')),
  );
  const created = (await playground.pods('one')).filter((pod) => pod !== old);
  assert.equal(created.length, 1);
  assert.match(progressing(server)?.message ?? '', new RegExp(`Pod ${created[0]}: container mcp-server cannot get`));
  // Clients are served all the same, and are not told otherwise.
  assert.equal(server.status?.phase, 'Running');
  assert.equal(server.status?.availableReplicas, 1);
  assert.equal(server.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
});

test('a pod that fits on no node', { skip: noPods }, async (t) => {
  const playground = await stage().playground(t);
  await playground.applyServer('one', { image, resources: { requests: { cpu: '1000' } } });
  const message = await told(playground, 'one', 'Unschedulable');
  const [pod] = await playground.pods('one');
  assert.match(message, new RegExp(`^Pod ${pod} fits on no node: .*Insufficient cpu`));
});

test('a quota that is used up, until it is raised', { skip: noPods }, async (t) => {
  const playground = await stage().playground(t);
  const quota = (pods: number) => ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'few' },
    spec: { hard: { pods: String(pods) } },
  });
  await playground.apply(quota(1));
  await until(async () => playground.kubectl('get', 'resourcequota', 'few', '-o', 'jsonpath={.status.hard.pods}'), {
    what: 'the quota to hold',
  });
  await playground.applyServer('one', { image, replicas: 2 });
  const message = await told(playground, 'one', 'QuotaExceeded');
  // The name is that of a pod which could not be: its random end never came to be.
  assert.match(message, /pods "one-\S+" is forbidden: exceeded quota: few/);
  await playground.apply(quota(5));
  await playground.untilPhase('one', 'Running');
});

test('restricted Pod Security takes a non-root image, and says what is wrong with a root one', {
  skip: noPods,
}, async (t) => {
  await buildRootImage();
  const playground = await stage().playground(t, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  await playground.applyServer('good', { image });
  await playground.applyServer('bad', { image: rootImage });
  await playground.untilPhase('good', 'Running');
  const message = await told(playground, 'bad', 'CreateContainerConfigError');
  const [pod] = await playground.pods('bad');
  assert.match(message, new RegExp(`^Pod ${pod}: container mcp-server cannot be started: .*runAsNonRoot`));
  assert.match(message, /use an image with a numeric non-root USER\.$/);
});

test('a root image runs where nothing forbids it', { skip: noPods }, async (t) => {
  await buildRootImage();
  const playground = await stage().playground(t);
  await playground.applyServer('one', { image: rootImage });
  await until(
    async () => {
      const [pod = ''] = await playground.pods('one');
      return (await playground.kubectl('get', 'pod', pod, '-o', 'jsonpath={.status.phase}')) === 'Running';
    },
    { what: 'the root pod to run', deadlineMs: 120_000, intervalMs: 500 },
  );
});

test('a Secret that is missing, until it is there', { skip: noPods }, async (t) => {
  const playground = await stage().playground(t);
  await playground.applyServer('one', { image, secretName: 'keys' });
  const server = await playground.untilServer('one', 'SecretNotFound', ({ status }) =>
    Boolean(status?.conditions?.some(({ reason }) => reason === 'SecretNotFound')),
  );
  assert.equal(server.status?.phase, 'Failed');
  assert.match(await playground.kubectl('describe', 'smcp', 'one'), /Secret keys does not exist in namespace/);
  await playground.kubectl('create', 'secret', 'generic', 'keys', '--from-literal=GREETING=Hello');
  await playground.untilPhase('one', 'Running');
});
