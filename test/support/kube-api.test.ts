import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { test } from 'node:test';
import { createAuthority, issue } from '../../src/runtime/certificates/certificate.ts';
import { kubeRequest } from './kube-api.ts';

const authority = createAuthority('test', Date.now());

/** An HTTPS server that answers as it is told, and what it was asked. */
async function server(t: { after(remove: () => void): void }, answer: (response: ServerResponse) => void) {
  const requests: {
    readonly method: string | undefined;
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
  }[] = [];
  const pair = issue(authority, { commonName: 'server', addresses: ['127.0.0.1'] }, Date.now());
  const listener = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      requests.push({ method: request.method, headers: request.headers, body });
      answer(response);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => {
    listener.closeAllConnections();
    listener.close();
  });
  const address = listener.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { url: `https://127.0.0.1:${address.port}`, ca: authority.certificate, requests };
}

test('a body goes as JSON, a patch as a merge patch, with the token', async (t) => {
  const { url, ca, requests } = await server(t, (response) => response.end('{}'));
  const options = { url, ca, credentials: { token: 'secret' } };
  await kubeRequest(options, 'POST', '/api', { a: 1 });
  await kubeRequest(options, 'PATCH', '/api', { a: 2 });
  await kubeRequest(options, 'PATCH', '/api', { a: 3 }, 'application/apply-patch+yaml');
  await kubeRequest(options, 'GET', '/api');
  assert.deepEqual(
    requests.map(({ method, headers, body }) => [method, headers['content-type'], headers.authorization, body]),
    [
      ['POST', 'application/json', 'Bearer secret', '{"a":1}'],
      ['PATCH', 'application/merge-patch+json', 'Bearer secret', '{"a":2}'],
      ['PATCH', 'application/apply-patch+yaml', 'Bearer secret', '{"a":3}'],
      ['GET', undefined, 'Bearer secret', ''],
    ],
  );
});

test('any status is an answer, and a body that is no JSON is its text', async (t) => {
  const { url, ca } = await server(t, (response) => response.writeHead(503).end('later'));
  assert.deepEqual(await kubeRequest({ url, ca, credentials: { token: 'x' } }, 'GET', '/'), {
    status: 503,
    body: 'later',
    warnings: [],
  });
});

test('warnings of the API server are kept, without code and quotes', async (t) => {
  const { url, ca } = await server(t, (response) =>
    response.writeHead(200, ['warning', '299 - "first, of two"', 'warning', '299 - "second"']).end('{}'),
  );
  const { warnings } = await kubeRequest({ url, ca, credentials: { token: 'x' } }, 'GET', '/');
  assert.deepEqual(warnings, ['first, of two', 'second']);
});

test('an answer that breaks off is an error, not half a body', async (t) => {
  const { url, ca } = await server(t, (response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"a":', () => response.destroy());
  });
  await assert.rejects(kubeRequest({ url, ca, credentials: { token: 'x' } }, 'GET', '/'), { code: 'ECONNRESET' });
});

test('a server with a certificate of another authority is not believed', async (t) => {
  const { url } = await server(t, (response) => response.end('{}'));
  const ca = createAuthority('other', Date.now()).certificate;
  await assert.rejects(kubeRequest({ url, ca, credentials: { token: 'x' } }, 'GET', '/'), /certificate|signature/);
});
