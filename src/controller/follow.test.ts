import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startLockedServer } from '../../test/support/hostile-servers/http-refusals.ts';
import { startCaches } from '../../test/support/live-caches.ts';
import { startPlainMcpServer } from '../../test/support/plain-mcp-server.ts';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import { createRecordingClient } from '../../test/support/recording-client.ts';
import { until } from '../../test/support/until.ts';
import { aServingPod, aVerifiedServer, aVerifiedSnapshot } from '../../test/support/verified-snapshots.ts';
import type { MCPServer, MCPServerSpec } from '../api/v1alpha1/mcp-server.ts';
import { directDial } from '../mcp/direct-dial.ts';
import { systemClock } from '../runtime/clock.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { createVerification } from './follow.ts';
import { createProbeMetrics } from './probe-metrics.ts';
import { mcpServers, secrets, secretValues } from './resources.ts';

/** The verifier as the controller has it, on real caches, with real servers. */

const verify = { interval: '30s', timeout: '5s' };
const auth = { secretKeyRef: { name: 'login', key: 'token' } };
const KEY = 'team-a/weather';
const secret = (resourceVersion = '1') => ({ metadata: { name: 'login', namespace: 'team-a', resourceVersion } });
const values = (token: string) => ({ ...secret(), data: { token: Buffer.from(token).toString('base64') } });

async function setUp(t: { after(end: () => Promise<void>): void }, spec: Partial<MCPServerSpec> = {}) {
  const server: MCPServer = aVerifiedServer({ verify, ...spec });
  const { caches, collections, stop } = await startCaches([
    [mcpServers, server],
    [secrets, secret()],
  ]);
  const client = createRecordingClient({ objects: [[secretValues, values('sesame')]] });
  const metrics = createMetrics();
  const news: string[] = [];
  const dialled: string[] = [];
  const verification = createVerification({
    client,
    caches,
    clock: systemClock,
    log: createRecordedLog(),
    metrics: createProbeMetrics(metrics, () => []),
    dial(target, host) {
      dialled.push(`${target.pod} as ${host}`);
      return directDial({ address: '127.0.0.1', port: target.port, host });
    },
    identity: { name: 'test', version: '1' },
    enqueue: (key, why) => void news.push(`${key} ${why}`),
  });
  await verification.start(new AbortController().signal);
  t.after(async () => {
    await verification.stop?.({ clean: true });
    await stop();
  });
  const follow = (port: number, fields: Partial<Parameters<typeof aVerifiedSnapshot>[0]> = {}) =>
    verification.follow(aVerifiedSnapshot({ server, pods: [aServingPod('a', { port })], ...fields }));
  const verdict = () => verification.reports(KEY)[0]?.verdict;
  return { server, verification, collections, client, metrics, news, dialled, follow, verdict };
}

describe('createVerification', () => {
  test('asks the pods of a snapshot, and tells the controller what is new', async (t) => {
    const real = await startPlainMcpServer();
    const { follow, verdict, news, dialled, metrics } = await setUp(t);
    follow(real.port);
    await until(() => verdict() === 'HandshakePassed', { what: 'a verdict' });
    assert.deepEqual(news, [`${KEY} update`]);
    assert.deepEqual(dialled[0], 'a as weather.team-a.svc:8080');
    assert.match(
      (await metrics.expose()).body,
      /mcpserver_probe_total\{namespace="team-a",name="weather",result="Hand/,
    );
  });

  test('the same snapshot again is no reason to ask again', async (t) => {
    const real = await startPlainMcpServer();
    const { follow, verdict, dialled } = await setUp(t);
    follow(real.port);
    await until(() => verdict() === 'HandshakePassed', { what: 'a verdict' });
    for (const _ of [1, 2, 3]) follow(real.port);
    assert.equal(verdict(), 'HandshakePassed');
    assert.equal(dialled.length, 1);
  });

  test('a server that is not to be asked any more is forgotten', async (t) => {
    const real = await startPlainMcpServer();
    const { follow, verdict, verification } = await setUp(t);
    follow(real.port);
    await until(() => verdict() === 'HandshakePassed', { what: 'a verdict' });
    follow(real.port, { server: aVerifiedServer({ verify: { ...verify, disabled: true } }) });
    assert.deepEqual(verification.reports(KEY), []);
  });

  test('a pod that is gone has no report', async (t) => {
    const real = await startPlainMcpServer();
    const { follow, verdict, verification } = await setUp(t);
    follow(real.port);
    await until(() => verdict() === 'HandshakePassed', { what: 'a verdict' });
    follow(real.port, { pods: [] });
    assert.deepEqual(verification.reports(KEY), []);
  });

  test('no token is read for a server that names none', async (t) => {
    const real = await startPlainMcpServer();
    const { follow, verdict, client } = await setUp(t);
    follow(real.port);
    await until(() => verdict() === 'HandshakePassed', { what: 'a verdict' });
    assert.deepEqual(client.requests, []);
  });

  test('a rotated token is tried at once', async (t) => {
    const real = await startLockedServer('open', 'Bearer');
    const { follow, verdict, client, collections } = await setUp(t, { verify: { ...verify, auth } });
    follow(real.port);
    await until(() => verdict() === 'AuthRejected', { what: 'the wrong token to be rejected' });
    client.put(secretValues, 'team-a/login', values('open'));
    await collections.put(secrets, secret('2'));
    follow(real.port);
    await until(() => verdict() === 'HandshakePassed', { what: 'the rotated token to be accepted' });
  });

  test('a Secret that is not there: asked without', async (t) => {
    const real = await startLockedServer('open', 'Bearer');
    const { follow, verdict, client, collections } = await setUp(t, { verify: { ...verify, auth } });
    await collections.remove(secrets, 'team-a/login');
    follow(real.port);
    await until(() => verdict() === 'AuthRequired', { what: 'a verdict' });
    assert.deepEqual(client.requests, []);
  });
});
