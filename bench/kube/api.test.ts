import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { createApi, KubeAnswerError } from './api.ts';
import { type EventType, follow } from './follow.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

async function apiOf(t: TestContext, handler: Handler) {
  const sockets = new Set<unknown>();
  const server = createServer((request, response) => void handler(request, response));
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const who = { server: `http://127.0.0.1:${port}`, ca: '', credentials: { token: 'secret' } };
  const api = createApi(who, 'the-test', 2);
  t.after(() => {
    api.close();
    server.close();
    server.closeAllConnections();
  });
  return { api, sockets };
}

test('a request carries who asks, what and as what; connections are kept', async (t) => {
  const seen: unknown[] = [];
  const { api, sockets } = await apiOf(t, async (request, response) => {
    const { method, url, headers } = request;
    seen.push([
      method,
      url,
      headers['user-agent'],
      headers.authorization,
      headers['content-type'],
      await text(request),
    ]);
    response.end('{"ok":true}');
  });
  assert.equal(await api.send('GET', '/a'), '{"ok":true}');
  await api.send('PATCH', '/b?x=1', { a: 'ü' }, 'application/merge-patch+json');
  await api.send('POST', '/c', '{}');
  const who = ['the-test', 'Bearer secret'];
  assert.deepEqual(seen, [
    ['GET', '/a', ...who, undefined, ''],
    ['PATCH', '/b?x=1', ...who, 'application/merge-patch+json', '{"a":"ü"}'],
    ['POST', '/c', ...who, 'application/json', '{}'],
  ]);
  assert.equal(sockets.size, 1);
});

test('as many requests are under way as there may be sockets, and no more', async (t) => {
  const waiting = new Set<ServerResponse>();
  const { api } = await apiOf(t, (_request, response) => {
    waiting.add(response);
    assert.ok(waiting.size <= 2);
    // With fewer than two at a time, this never ends.
    if (waiting.size === 2) for (const each of waiting) waiting.delete(each) && each.end('{}');
  });
  await Promise.all(Array.from({ length: 20 }, () => api.send('GET', '/')));
});

test('an answer other than success says what was asked and what was said', async (t) => {
  const { api } = await apiOf(t, (_request, response) => void response.writeHead(409).end('taken'));
  await assert.rejects(api.send('POST', '/x', {}), (error: unknown) => {
    assert.ok(error instanceof KubeAnswerError);
    assert.equal(error.status, 409);
    assert.equal(error.message, 'POST /x answered 409: taken');
    return true;
  });
  await assert.rejects(api.stream('/x'), { status: 409 });
});

const object = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });
const line = (type: string, name: string, version: string) =>
  `${JSON.stringify({ type, object: object(name, version) })}\n`;

test('what is there is handed over first, then what happens; a watch that ends goes on where it was', async (t) => {
  const urls: string[] = [];
  const events: [EventType, string][] = [];
  const ending = new AbortController();
  t.after(() => ending.abort());
  const { api } = await apiOf(t, (request, response) => {
    const url = request.url ?? '';
    urls.push(url);
    if (!url.includes('watch=1')) {
      response.end(JSON.stringify({ metadata: { resourceVersion: '5' }, items: [object('a', '3')] }));
    } else if (url.includes('resourceVersion=5')) {
      response.end(line('ADDED', 'b', '6') + line('BOOKMARK', '', '9'));
    } else {
      response.write(line('DELETED', 'a', '10'));
    }
  });
  await new Promise<void>((resolve, reject) => {
    const onEvent = (type: EventType, { metadata }: { readonly metadata: { readonly name: string } }) => {
      events.push([type, metadata.name]);
      if (type === 'DELETED') resolve();
    };
    follow(api, { path: '/things', labelSelector: 'a=b', onEvent, onFailure: reject, signal: ending.signal }).catch(
      reject,
    );
  });
  assert.deepEqual(events, [
    ['LISTED', 'a'],
    ['ADDED', 'b'],
    ['DELETED', 'a'],
  ]);
  assert.deepEqual(urls, [
    '/things?resourceVersion=0&labelSelector=a%3Db',
    '/things?watch=1&allowWatchBookmarks=true&resourceVersion=5&labelSelector=a%3Db',
    '/things?watch=1&allowWatchBookmarks=true&resourceVersion=9&labelSelector=a%3Db',
  ]);
});

test('a watch that fails is told, not mended', async (t) => {
  const { api } = await apiOf(t, (request, response) => {
    const isWatch = request.url?.includes('watch=1');
    response.end(isWatch ? line('ERROR', '', '1') : '{"metadata":{"resourceVersion":"1"},"items":[]}');
  });
  const { promise, resolve } = Promise.withResolvers<Error>();
  const { signal } = new AbortController();
  await follow(api, { path: '/things', onEvent: () => assert.fail(), onFailure: resolve, signal });
  assert.match((await promise).message, /the watch of \/things failed/);
});
