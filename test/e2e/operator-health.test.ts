import assert from 'node:assert/strict';
import { test } from 'node:test';
import { converse } from '../../demo/client.ts';
import { until } from '../support/until.ts';
import { noPods } from './support/no-pods.ts';
import { useOperator } from './support/operator-stage.ts';

/** How a server is seen to be alive: by `GET /health`, or by its port alone. */

const stage = useOperator(['sample-server', 'server-everything']);

const withHealth = 'smooth-operator/sample-server:dev';
const withoutHealth = 'smooth-operator/server-everything:dev';
const echo = { name: 'echo', arguments: { message: 'alive' } };

test('a server with /health runs on HTTP health, on any port', { skip: noPods }, async (t) => {
  const playground = await stage().playground(t);
  const env = [{ name: 'PORT', value: '9000' }];
  await playground.applyServer('one', {
    image: withHealth,
    port: 9000,
    env,
    health: { type: 'HTTP', path: '/health' },
  });
  await playground.untilPhase('one', 'Running');
  const url = await playground.url('one');
  assert.match(url, /:9000$/);
  assert.match((await converse(`${url}/mcp`, echo)).answer, /alive/);
});

test('a server without /health runs on TCP health', { skip: noPods }, async (t) => {
  const playground = await stage().playground(t);
  await playground.applyServer('one', { image: withoutHealth, health: { type: 'TCP' } });
  await playground.untilPhase('one', 'Running');
  assert.equal((await fetch(`${await playground.url('one')}/health`)).status, 404);
  assert.match((await converse(`${await playground.url('one')}/mcp`, echo)).answer, /alive/);
});

test('a server without /health on HTTP health is not Running, and is told what is asked of it', {
  skip: noPods,
}, async (t) => {
  const playground = await stage().playground(t);
  const health = { type: 'HTTP', periodSeconds: 1, failureThreshold: 1 };
  await playground.applyServer('one', { image: withoutHealth, health });
  const starting = await playground.untilServer('one', 'to be starting', ({ status }) => status !== undefined);
  assert.notEqual(starting.status?.phase, 'Running');

  const available = (server: typeof starting) => server.status?.conditions?.find(({ type }) => type === 'Available');
  const failed = await playground.untilServer('one', 'to have failed', ({ status }) => status?.phase === 'Failed');
  const [pod] = await playground.pods('one');
  assert.equal(available(failed)?.reason, 'CrashLoopBackOff');
  assert.match(available(failed)?.message ?? '', new RegExp(`^Pod ${pod}: .*spec\\.health.*${pod} --previous$`));
  assert.equal(failed.status?.url, undefined);

  // What the message says helps.
  await playground.applyServer('one', { image: withoutHealth, health: { ...health, type: 'TCP' } });
  await playground.untilPhase('one', 'Running');
});

test('a server that hangs is taken out of the Service, and started again', { skip: noPods }, async (t) => {
  const playground = await stage().playground(t);
  // Serves /health for a moment, and hangs then: the port stays open, and nothing answers.
  const script = `
    let hangs = false;
    const server = require('node:http').createServer((_, response) => { if (!hangs) response.end('ok'); });
    server.listen(8080);
    process.on('SIGTERM', () => process.exit(0));
    process.on('SIGUSR2', () => { hangs = true; });
  `;
  const health = { type: 'HTTP', periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 1 };
  await playground.applyServer('one', { image: withHealth, command: ['/usr/local/bin/node', '-e', script], health });
  await playground.untilPhase('one', 'Running');
  const [pod = ''] = await playground.pods('one');
  const restarts = () =>
    playground.kubectl('get', 'pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].restartCount}');
  assert.equal(await restarts(), '0');
  await playground.kubectl('exec', pod, '--', 'node', '-e', 'process.kill(1, "SIGUSR2")');
  await playground.untilServer('one', 'to be not available', ({ status }) => status?.availableReplicas === 0);
  await until(async () => (await restarts()) === '1', { what: 'the kubelet to start it again', deadlineMs: 120_000 });
  await playground.untilPhase('one', 'Running');
});
