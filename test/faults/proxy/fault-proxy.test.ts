import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readKubeconfig } from '../../../cluster/kubeconfig.ts';
import { until } from '../../support/until.ts';
import { createProxyStage, startSecureServer } from './proxy-stage.ts';
import type { RequestEntry } from './trace.ts';

const deployment = { metadata: { namespace: 'ns', name: 'weather', uid: 'u1', resourceVersion: '7' } };
const path = '/apis/apps/v1/namespaces/ns/deployments/weather';
const requests = (trace: readonly { readonly kind: string }[]) =>
  trace.filter((entry): entry is RequestEntry => entry.kind === 'request');

describe('a fault proxy that is told nothing', () => {
  it('passes requests on with the operator’s own credentials, and answers back with their headers', async () => {
    const { ask, server } = await createProxyStage((request) => request.json(deployment, 201, { 'audit-id': 'x' }));
    const headers = {
      authorization: 'Bearer t',
      'content-type': 'application/apply-patch+yaml',
      'accept-encoding': 'gzip',
    };
    const answer = await ask(`${path}?force=true`, { method: 'PATCH', body: '{"a":"ü"}', headers });
    assert.deepEqual([answer.status, answer.headers['audit-id']], [201, 'x']);
    assert.deepEqual(JSON.parse(answer.body), deployment);
    const seen = await server.request(1);
    assert.deepEqual(
      [seen.method, seen.path, seen.query.get('force'), seen.body],
      ['PATCH', path, 'true', '{"a":"ü"}'],
    );
    assert.equal(seen.headers.authorization, 'Bearer t');
    assert.equal(seen.headers['content-type'], 'application/apply-patch+yaml');
    assert.equal(seen.headers['accept-encoding'], undefined, 'answers are read here, so they must not be packed');
    assert.equal(seen.headers.host, server.url.host);
  });

  it('writes down who asked what and what was answered', async () => {
    const { ask, proxy } = await createProxyStage((request) => request.json(deployment));
    await ask(path, { method: 'PUT', body: '{"a":1}' });
    await ask(path);
    const [write, read] = requests(proxy.trace);
    assert.ok(write && read);
    assert.deepEqual(
      [write.verb, write.resource, write.namespace, write.name, write.write, write.request, write.instance],
      ['update', 'deployments.apps', 'ns', 'weather', 1, 1, '1'],
    );
    assert.deepEqual([write.outcome, write.status, write.resourceVersion, write.uid], ['answered', 200, '7', 'u1']);
    assert.deepEqual(write.body, { a: 1 });
    assert.match(write.bodyHash ?? '', /^[0-9a-f]{16}$/);
    assert.deepEqual([read.verb, read.write, read.bodyHash, read.request], ['get', undefined, undefined, 2]);
    assert.equal(read.connection, write.connection, 'one kept connection');
  });

  it('passes on what a pod answers behind the API server piece by piece', async () => {
    const { ask, proxy } = await createProxyStage(async (request) => {
      const stream = request.open();
      stream.write('first');
      await second.promise;
      stream.write('second');
      stream.end();
    });
    const second = Promise.withResolvers<void>();
    const pieces: string[] = [];
    const asked = ask('/api/v1/namespaces/ns/pods/p:80/proxy/mcp', {
      method: 'POST',
      body: '{}',
      onChunk: (chunk) => pieces.push(String(chunk)),
    });
    await until(() => pieces.length === 1, { what: 'the first piece', intervalMs: 2 });
    second.resolve();
    assert.equal((await asked).body, 'firstsecond');
    const [entry] = requests(proxy.trace);
    assert.deepEqual([entry?.verb, entry?.write, entry?.answer], ['other', undefined, undefined]);
  });

  it('resets the connection when the API server does, and says so in the trace', async () => {
    const { ask, proxy } = await createProxyStage((request) => request.reset());
    await assert.rejects(ask(path), { code: 'ECONNRESET' });
    assert.deepEqual(
      requests(proxy.trace).map(({ outcome, committed }) => [outcome, committed]),
      [['lost', false]],
    );
    assert.ok(proxy.trace.some((entry) => entry.kind === 'note' && /did not answer 1/.test(entry.text)));
  });

  it('trusts no API server but the target', async () => {
    const { ask, proxy } = await createProxyStage((request) => request.json({}), {});
    const stranger = await startSecureServer((request) => request.json({}));
    const other = await startSecureServer((request) => request.json({}));
    proxy.retarget({ url: stranger.server.url.origin, ca: other.ca });
    await assert.rejects(ask(path), { code: 'ECONNRESET' });
    assert.equal(stranger.server.requests.length, 0);
  });
});

describe('a fault proxy’s connections', () => {
  it('belong to the instance that was there when they were opened', async () => {
    const { ask, proxy } = await createProxyStage((request) => request.json(deployment));
    await ask(path);
    assert.equal(proxy.newInstance(), '2');
    await ask(path);
    proxy.cut();
    await ask(path).catch(() => ask(path));
    proxy.newInstance('spare');
    proxy.cut();
    await ask(path).catch(() => ask(path));
    assert.deepEqual([...new Set(requests(proxy.trace).map(({ instance }) => instance))], ['1', '2', 'spare']);
  });

  it('are refused until they are accepted again', async () => {
    const { ask, proxy } = await createProxyStage((request) => request.json(deployment));
    await ask(path);
    proxy.refuse();
    await assert.rejects(ask(path));
    await assert.rejects(ask(path));
    proxy.accept();
    assert.equal((await ask(path)).status, 200);
  });

  it('lead to another API server after a retarget', async () => {
    const { ask, proxy } = await createProxyStage((request) => request.json({ from: 'first' }));
    const { server, ca } = await startSecureServer((request) => request.json({ from: 'second' }));
    await ask(path);
    proxy.retarget({ url: server.url.origin, ca });
    const answer = await ask(path).catch(() => ask(path));
    assert.deepEqual(JSON.parse(answer.body), { from: 'second' });
  });

  it('need the new authority after a rotation', async () => {
    const { ask, proxy } = await createProxyStage((request) => request.json(deployment));
    await ask(path);
    const before = proxy.ca;
    assert.equal(proxy.rotateAuthority(), proxy.ca);
    assert.notEqual(proxy.ca, before);
    const answer = await ask(path).catch(() => ask(path));
    assert.equal(answer.status, 200);
  });

  it('are all closed in the end, those of open watches too', async () => {
    const { ask, proxy, server } = await createProxyStage((request) => void request.open());
    const watching = assert.rejects(ask('/api/v1/pods?watch=true'));
    await server.request(1);
    await proxy.close();
    await watching;
    await until(() => server.open === 0, { what: 'the API server’s side to be closed', intervalMs: 2 });
  });
});

it('a kubeconfig leads to the proxy, with a token that it passes on', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'fault-proxy-'));
  t.after(() => rm(directory, { recursive: true }));
  const { proxy } = await createProxyStage((request) => request.json({}));
  const file = join(directory, 'kubeconfig');
  await proxy.writeKubeconfig(file, { token: 'secret', namespace: 'ns' });
  const { server, ca, credentials } = readKubeconfig(await readFile(file, 'utf8'));
  assert.deepEqual({ server, ca, credentials }, { server: proxy.url, ca: proxy.ca, credentials: { token: 'secret' } });
});

it('a recording does not change any more, and has what names stand for', async () => {
  const placeholders = { $namespace: 'ns' };
  const { ask, proxy } = await createProxyStage((request) => request.json(deployment), { placeholders });
  await ask(path);
  const recording = proxy.recording();
  await ask(path);
  proxy.note('and so on');
  assert.deepEqual([recording.entries.length, proxy.trace.length], [1, 3]);
  assert.deepEqual(recording.placeholders, placeholders);
});
