import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultHandler } from '../../test/support/fault-server.ts';
import { startFaultServer } from '../../test/support/fault-server.ts';
import { until } from '../../test/support/until.ts';
import { createAuthority, issue } from './certificates/certificate.ts';
import { systemClock } from './clock.ts';
import type { Credentials } from './connection.ts';
import { ApiError } from './errors.ts';
import type { ProxyRequest } from './transport.ts';
import { createTransport } from './transport.ts';

const get: ProxyRequest = { method: 'GET', path: '/x', headers: {}, signal: new AbortController().signal };

async function transportTo(handler: FaultHandler, credentials?: () => Credentials, refresh?: () => Credentials) {
  const server = await startFaultServer({ handler });
  const connection = server.connection(credentials, refresh);
  return { server, transport: createTransport({ connection, clock: systemClock, userAgent: 'test/1' }) };
}

const bearer = (token: string): Credentials => ({ headers: { authorization: `Bearer ${token}` }, tls: {} });

describe('a request to what is behind the API server', () => {
  it('has the headers of its maker, and our credentials whatever he says', async () => {
    const { server, transport } = await transportTo(
      (request) => request.json({}),
      () => bearer('ours'),
    );
    const headers = { host: 'weather', authorization: 'Bearer theirs', 'user-agent': 'probe/1', 'x-a': '1' };
    await transport.proxy({ ...get, method: 'POST', body: 'ü', headers });
    const request = await server.request(1);
    assert.deepEqual([request.method, request.path, request.body], ['POST', '/x', 'ü']);
    assert.equal(request.headers.host, 'weather');
    assert.equal(request.headers.authorization, 'Bearer ours');
    assert.equal(request.headers['user-agent'], 'probe/1');
    assert.equal(request.headers['x-a'], '1');
    assert.equal(request.headers['accept-encoding'], undefined);
    transport.close();
  });

  it('gets any answer: no status is an error, and no 401 is retried', async () => {
    const { server, transport } = await transportTo((request) => request.status(401, 'Unauthorized'));
    const { response } = await transport.proxy(get);
    assert.equal(response.statusCode, 401);
    assert.equal(server.requests.length, 1);
    transport.close();
  });

  it('asks for fresh credentials when it is told to', async () => {
    const { server, transport } = await transportTo(
      (request) => request.json({}),
      () => bearer('old'),
      () => bearer('new'),
    );
    await transport.proxy({ ...get, refresh: true });
    assert.equal((await server.request(1)).headers.authorization, 'Bearer new');
    transport.close();
  });

  it('expects the API server’s name in its certificate, not the Host of the request', async () => {
    const now = Date.now();
    const authority = createAuthority('test', now);
    const subject = { commonName: 'server', dnsNames: ['api.test'], addresses: ['127.0.0.1'] };
    const { certificate: cert, key } = issue(authority, subject, now);
    const server = await startFaultServer({ handler: (request) => request.json({}), tls: { cert, key } });
    const credentials: Credentials = { headers: {}, tls: { ca: authority.certificate } };
    const connection = server.connection(() => credentials);
    const transport = createTransport({ connection, clock: systemClock, userAgent: 'test/1' });
    const { response } = await transport.proxy({ ...get, headers: { host: 'weather.default.svc:8080' } });
    assert.equal(response.statusCode, 200);
    assert.equal((await server.request(1)).headers.host, 'weather.default.svc:8080');
    transport.close();
  });

  it('ends with the reason of its signal', async () => {
    const { server, transport } = await transportTo(() => undefined);
    const controller = new AbortController();
    const waiting = transport.proxy({ ...get, signal: controller.signal });
    await server.request(1);
    const reason = new Error('over');
    controller.abort(reason);
    await assert.rejects(waiting, reason);
    await until(() => server.open === 0, { what: 'the socket to be closed', intervalMs: 5 });
    await assert.rejects(transport.proxy({ ...get, signal: controller.signal }), reason);
    assert.equal(server.requests.length, 1);
  });

  it('ends with the transport, also while its answer is read', async () => {
    const { server, transport } = await transportTo((request) => request.open().write('x'));
    const { response } = await transport.proxy(get);
    const cut = assert.rejects(async () => {
      for await (const chunk of response) assert.equal(String(chunk), 'x');
    });
    transport.close();
    await cut;
    await until(() => server.open === 0, { what: 'the socket to be closed', intervalMs: 5 });
    await assert.rejects(transport.proxy(get), (error) => error instanceof ApiError && error.code === 'Aborted');
  });

  it('gives its connection back when its answer was read to the end', async () => {
    const { server, transport } = await transportTo((request) => request.json({ ok: true }));
    for (let count = 0; count < 3; count++) {
      const { response, destroy } = await transport.proxy(get);
      for await (const chunk of response) assert.equal(String(chunk), '{"ok":true}');
      destroy();
    }
    assert.equal(server.connections, 1);
    transport.close();
  });

  it('is a Network error where there is no API server', async () => {
    const { server, transport } = await transportTo(() => undefined);
    await server.close();
    await assert.rejects(transport.proxy(get), (error) => error instanceof ApiError && error.code === 'Network');
  });
});
