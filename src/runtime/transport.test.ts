import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { connect as connectTo } from 'node:net';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import type { FaultServer } from '../../test/support/fault-server.ts';
import { startFaultServer } from '../../test/support/fault-server.ts';
import { until } from '../../test/support/until.ts';
import { createAuthority, issue } from './certificates/certificate.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import type { Connection, Credentials } from './connection.ts';
import { ApiError } from './errors.ts';
import type { Transport } from './transport.ts';
import { createTransport } from './transport.ts';

function transportTo(
  server: FaultServer,
  more: {
    connection?: Connection;
    clock?: Clock;
    onRequest?: (method: string, code: string, host: string) => void;
  } = {},
): Transport {
  return createTransport({ connection: server.connection(), clock: systemClock, userAgent: 'test/1', ...more });
}

/** The error that a promise is rejected with. */
async function errorOf(promise: Promise<unknown>): Promise<ApiError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof ApiError, `not an ApiError: ${error}`);
    return error;
  }
  throw new Error('it did not fail');
}

const get = { method: 'GET', path: '/x' } as const;

describe('transport', () => {
  it('sends method, path, headers and body', async () => {
    const server = await startFaultServer({ handler: (request) => request.json({ ok: true }) });
    const credentials: Credentials = {
      headers: { authorization: 'Bearer t', 'impersonate-group': ['a', 'b'] },
      tls: {},
    };
    const transport = transportTo(server, { connection: server.connection(() => credentials) });
    const body = '{"name":"ü€"}';
    const answer = await transport.request({
      method: 'PATCH',
      path: '/x?force=true',
      body,
      contentType: 'application/y',
    });
    assert.equal(answer, '{"ok":true}');
    const request = await server.request(1);
    assert.equal(request.method, 'PATCH');
    assert.equal(request.query.get('force'), 'true');
    assert.equal(request.body, body);
    assert.equal(request.headers['content-type'], 'application/y');
    assert.equal(request.headers['user-agent'], 'test/1');
    assert.equal(request.headers.authorization, 'Bearer t');
    assert.equal(request.headers['impersonate-group'], 'a, b');
    assert.equal(request.headers['accept-encoding'], undefined, 'small answers are not worth packing');
    transport.close();
  });

  it('keeps the path of the server', async () => {
    const server = await startFaultServer({ handler: (request) => request.json({}) });
    const connection = { ...server.connection(), server: new URL('/k8s/clusters/c-1/', server.url) };
    const transport = transportTo(server, { connection });
    await transport.request(get);
    assert.equal((await server.request(1)).path, '/k8s/clusters/c-1/x');
    transport.close();
  });

  it('uses one connection for one request after the other', async () => {
    const server = await startFaultServer({ handler: (request) => request.json({}) });
    const transport = transportTo(server);
    for (let i = 0; i < 50; i++) await transport.request(get);
    assert.equal(server.connections, 1);
    transport.close();
  });

  it('has at most 32 requests under way, and the others wait their turn', async () => {
    const held: (() => void)[] = [];
    const server = await startFaultServer({ handler: (request) => void held.push(() => request.json({})) });
    const transport = transportTo(server);
    const all = Array.from({ length: 80 }, () => transport.request(get));
    await until(() => held.length === 32, { what: '32 requests', intervalMs: 2 });
    assert.equal(server.connections, 32);
    server.handle((request) => request.json({}));
    for (const answer of held) answer();
    await Promise.all(all);
    assert.equal(server.connections, 32);
    transport.close();
  });

  it('leaves no socket behind: a thousand requests of all fates, and the number of connections is flat', async () => {
    let n = 0;
    const server = await startFaultServer({
      handler(request) {
        n++;
        if (n % 10 === 0) request.reset();
        else if (n % 7 === 0) request.status(503);
        else request.json({ n });
      },
    });
    const transport = transportTo(server);
    const one = (path: string) => transport.request({ method: 'POST', path, body: '{}' }).catch(() => undefined);
    for (let round = 0; round < 50; round++) await Promise.all(Array.from({ length: 20 }, () => one('/x')));
    assert.ok(server.open <= 20, `${server.open} connections are open`);
    transport.close();
    await until(() => server.open === 0, { what: 'all connections to be closed', intervalMs: 5 });
  });

  it('unpacks what the server packed', async () => {
    const big = JSON.stringify({ items: 'x'.repeat(200_000) });
    const server = await startFaultServer({
      handler(request) {
        assert.equal(request.headers['accept-encoding'], 'gzip');
        request.bytes(gzipSync(big), { 'content-encoding': 'gzip' });
      },
    });
    const transport = transportTo(server);
    assert.equal(await transport.request(get), big);
    transport.close();
  });

  it('refuses an answer that is too large, packed or not, and closes its socket', async () => {
    const big = 'x'.repeat(100_000);
    const server = await startFaultServer({
      handler: (request) =>
        request.path === '/packed'
          ? request.bytes(gzipSync(big), { 'content-encoding': 'gzip' })
          : request.bytes(Buffer.from(big)),
    });
    const transport = transportTo(server);
    for (const path of ['/packed', '/plain']) {
      const error = await errorOf(transport.request({ method: 'GET', path, maxBytes: 50_000 }));
      assert.equal(error.code, 'Malformed');
      assert.match(error.message, /MiB at once/);
    }
    transport.close();
    await until(() => server.open === 0, { what: 'no connection', intervalMs: 5 });
  });

  it('refuses an answer that does not unpack', async () => {
    const server = await startFaultServer({
      handler: (request) => request.bytes(Buffer.from('no gzip'), { 'content-encoding': 'gzip' }),
    });
    const transport = transportTo(server);
    assert.equal((await errorOf(transport.request(get))).code, 'Malformed');
    transport.close();
  });

  it('turns an answer that is no success into an error with everything that the Status says', async () => {
    const server = await startFaultServer({
      handler: (request) => request.status(429, 'TooManyRequests', 'slow down', { 'retry-after': '3' }),
    });
    const transport = transportTo(server);
    const error = await errorOf(transport.request(get));
    assert.equal(error.code, 'TooManyRequests');
    assert.equal(error.message, 'slow down');
    assert.equal(error.retryAfterMs, 3_000);
    assert.equal(server.open, 1, 'the socket is kept: the answer was complete');
    transport.close();
  });

  it('tells the observer of every answer, and of none', async () => {
    const server = await startFaultServer({
      handler: (request) => (request.method === 'POST' ? request.reset() : request.status(404)),
    });
    const seen: string[] = [];
    const transport = transportTo(server, { onRequest: (...args) => seen.push(args.join(' ')) });
    await errorOf(transport.request(get));
    await errorOf(transport.request({ method: 'POST', path: '/x', body: '{}' }));
    assert.deepEqual(seen, [`GET 404 ${server.url.host}`, `POST <error> ${server.url.host}`]);
    transport.close();
  });
});

describe('deadlines', () => {
  it('ends a request that is not answered within 30 s, and closes its socket', async () => {
    const clock = createFakeClock();
    const server = await startFaultServer();
    const transport = transportTo(server, { clock });
    const failed = errorOf(transport.request(get));
    await server.request(1);
    await clock.advance(29_999);
    assert.equal(server.open, 1);
    await clock.advance(1);
    const error = await failed;
    assert.equal(error.code, 'Timeout');
    assert.match(error.message, /GET \/x was not answered within 30 s/);
    await until(() => server.open === 0, { what: 'the socket to be closed', intervalMs: 5 });
    assert.deepEqual(clock.pending(), []);
    transport.close();
  });

  it('ends a request whose answer stops half-way', async () => {
    const clock = createFakeClock();
    const server = await startFaultServer({ handler: (request) => request.open().write('{"half":') });
    const transport = transportTo(server, { clock });
    const failed = errorOf(transport.request(get));
    await server.request(1);
    await clock.advance(30_000);
    assert.equal((await failed).code, 'Timeout');
    transport.close();
  });

  it('leaves no timer after an answer', async () => {
    const clock = createFakeClock();
    const server = await startFaultServer({ handler: (request) => request.json({}) });
    const transport = transportTo(server, { clock });
    await transport.request(get);
    assert.deepEqual(clock.pending(), []);
    transport.close();
  });

  it('gives a new connection 10 s to be ready, TLS included', async () => {
    const clock = createFakeClock();
    // A server that accepts TCP and never speaks TLS.
    const { createServer } = await import('node:net');
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    assert.ok(address !== null && typeof address === 'object');
    const accepted = new Promise<void>((resolve) => silent.once('connection', () => resolve()));
    const plain = await startFaultServer();
    const connection = { ...plain.connection(), server: new URL(`https://127.0.0.1:${address.port}`) };
    const transport = createTransport({ connection, clock, userAgent: 'test/1' });
    const failed = errorOf(transport.request(get));
    await accepted;
    await clock.advance(10_000);
    const error = await failed;
    assert.equal(error.code, 'Timeout');
    assert.match(error.message, /no connection within 10 s/);
    transport.close();
    silent.close();
  });
});

describe('giving up', () => {
  it('ends a request by its signal, and closes the socket', async () => {
    const server = await startFaultServer();
    const transport = transportTo(server);
    const stop = new AbortController();
    const failed = errorOf(transport.request({ ...get, signal: stop.signal }));
    await server.request(1);
    stop.abort();
    assert.equal((await failed).code, 'Aborted');
    await until(() => server.open === 0, { what: 'the socket to be closed', intervalMs: 5 });
    transport.close();
  });

  it('does not begin with an aborted signal', async () => {
    const server = await startFaultServer({ handler: (request) => request.json({}) });
    const transport = transportTo(server);
    const error = await errorOf(transport.request({ ...get, signal: AbortSignal.abort() }));
    assert.equal(error.code, 'Aborted');
    assert.equal(server.requests.length, 0);
    transport.close();
  });

  it('ends everything when it is closed, and takes nothing after that', async () => {
    const server = await startFaultServer();
    const transport = transportTo(server);
    const failed = [errorOf(transport.request(get)), errorOf(transport.stream(get))];
    await server.request(2);
    transport.close();
    for (const error of await Promise.all(failed)) assert.equal(error.code, 'Aborted');
    assert.equal((await errorOf(transport.request(get))).code, 'Aborted');
    await until(() => server.open === 0, { what: 'all sockets to be closed', intervalMs: 5 });
  });
});

describe('lost connections', () => {
  it('reads again on a new socket when a kept one was closed meanwhile', async () => {
    const server = await startFaultServer({ handler: (request) => request.json({}) });
    const transport = transportTo(server);
    await transport.request(get);
    server.handle((request) => (request.connection === 1 ? request.reset() : request.json({ again: true })));
    assert.equal(await transport.request(get), '{"again":true}');
    assert.equal(server.connections, 2);
    transport.close();
  });

  it('does not write again: the first may have been carried out', async () => {
    const server = await startFaultServer({ handler: (request) => request.json({}) });
    const transport = transportTo(server);
    await transport.request(get);
    server.handle((request) => request.reset());
    const error = await errorOf(transport.request({ method: 'POST', path: '/x', body: '{}' }));
    assert.equal(error.code, 'Network');
    assert.equal(server.requests.length, 2);
    transport.close();
  });

  it('does not read again for ever', async () => {
    const server = await startFaultServer({ handler: (request) => request.reset() });
    const transport = transportTo(server);
    assert.equal((await errorOf(transport.request(get))).code, 'Network');
    assert.equal(server.requests.length, 1, 'a new socket that is reset says something about the server');
    transport.close();
  });

  it('says so when nothing listens', async () => {
    const server = await startFaultServer();
    await server.close();
    const transport = transportTo(server);
    const error = await errorOf(transport.request(get));
    assert.equal(error.code, 'Network');
    assert.match(error.message, /connection refused/);
    transport.close();
  });
});

describe('guard', () => {
  it('is asked right before the request is sent, not when it is made', async () => {
    const held: (() => void)[] = [];
    const server = await startFaultServer({ handler: (request) => void held.push(() => request.json({})) });
    const transport = transportTo(server);
    const blockers = Array.from({ length: 32 }, () => transport.request(get));
    await until(() => held.length === 32, { what: 'every socket to be in use', intervalMs: 2 });

    let leading = true;
    const guard = () => {
      if (!leading) throw new ApiError('NotLeader', 'the lease is lost');
    };
    const write = errorOf(transport.request({ method: 'POST', path: '/w', body: '{}', guard }));
    leading = false;
    for (const answer of held) answer();
    await Promise.all(blockers);
    assert.equal((await write).code, 'NotLeader');
    assert.equal(server.requests.filter((request) => request.path === '/w').length, 0, 'nothing was sent');
    transport.close();
  });
});

describe('credentials', () => {
  it('are read again after a 401, once', async () => {
    const server = await startFaultServer({
      handler: (request) => (request.headers.authorization === 'Bearer new' ? request.json({}) : request.status(401)),
    });
    const of = (token: string): Credentials => ({ headers: { authorization: `Bearer ${token}` }, tls: {} });
    const transport = transportTo(server, {
      connection: server.connection(
        () => of('old'),
        () => of('new'),
      ),
    });
    await transport.request(get);
    await transport.stream(get).then((stream) => stream.release());
    assert.deepEqual(
      server.requests.map((request) => request.headers.authorization),
      ['Bearer old', 'Bearer new', 'Bearer old', 'Bearer new'],
    );
    transport.close();
  });

  it('that are refused twice are an error', async () => {
    const server = await startFaultServer({ handler: (request) => request.status(401, 'Unauthorized') });
    const transport = transportTo(server);
    assert.equal((await errorOf(transport.request(get))).code, 'Unauthorized');
    assert.equal(server.requests.length, 2);
    transport.close();
  });
});

describe('TLS', () => {
  const now = Date.now();
  const oldCa = createAuthority('old', now);
  const newCa = createAuthority('new', now);
  const serving = (ca: typeof oldCa) => {
    const { certificate, key } = issue(
      ca,
      { commonName: 'server', dnsNames: ['api.test'], addresses: ['127.0.0.1'] },
      now,
    );
    return { cert: certificate, key };
  };

  it('verifies the server', async () => {
    const server = await startFaultServer({ tls: serving(oldCa), handler: (request) => request.json({}) });
    const tls = { ca: newCa.certificate };
    const transport = transportTo(server, { connection: server.connection(() => ({ headers: {}, tls })) });
    const error = await errorOf(transport.request(get));
    assert.equal(error.code, 'Network');
    assert.match(error.message, /certificate/);
    assert.equal(server.requests.length, 0);
    transport.close();
  });

  it('does not, where the kubeconfig says so', async () => {
    const server = await startFaultServer({ tls: serving(oldCa), handler: (request) => request.json({}) });
    const tls = { insecure: true };
    const transport = transportTo(server, { connection: server.connection(() => ({ headers: {}, tls })) });
    await transport.request(get);
    transport.close();
  });

  it('expects the name that the kubeconfig gives', async () => {
    const server = await startFaultServer({ tls: serving(oldCa), handler: (request) => request.json({}) });
    const request = (serverName: string) => {
      const tls = { ca: oldCa.certificate, serverName };
      const transport = transportTo(server, { connection: server.connection(() => ({ headers: {}, tls })) });
      return transport.request(get).finally(() => transport.close());
    };
    await request('api.test');
    assert.match((await errorOf(request('other.test'))).message, /tls-server-name/);
  });

  it('goes end to end through a proxy, which sees no request', async (t) => {
    const server = await startFaultServer({ tls: serving(oldCa), handler: (request) => request.json({ far: true }) });
    const asked: string[] = [];
    const proxy = createHttpServer();
    proxy.on('connect', (request, near) => {
      asked.push(`CONNECT ${request.url}`);
      const far = connectTo(Number(server.url.port), '127.0.0.1', () => {
        near.write('HTTP/1.1 200 OK\r\n\r\n');
        near.pipe(far).pipe(near);
      });
      // Whichever end goes away takes the other with it.
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    t.after(() => proxy.close());
    const address = proxy.address();
    assert.ok(address !== null && typeof address === 'object');
    const connection = {
      ...server.connection(() => ({ headers: { authorization: 'Bearer t' }, tls: { ca: oldCa.certificate } })),
      proxy: { HTTPS_PROXY: `http://127.0.0.1:${address.port}` },
    };
    const transport = transportTo(server, { connection });
    assert.equal(await transport.request(get), '{"far":true}');
    assert.deepEqual(asked, [`CONNECT ${server.url.host}`]);
    assert.equal(server.requests[0]?.headers.authorization, 'Bearer t');
    transport.close();
  });

  it('moves to new sockets when the CA is rotated, and lets requests under way end', async () => {
    const server = await startFaultServer({ tls: serving(oldCa), handler: (request) => request.json({}) });
    let credentials: Credentials = { headers: {}, tls: { ca: oldCa.certificate } };
    const transport = transportTo(server, { connection: server.connection(() => credentials) });
    await transport.request(get);

    let answer: (() => void) | undefined;
    server.handle((request) => {
      answer = () => request.json({ slow: true });
    });
    const slow = transport.request(get);
    await until(() => answer, { what: 'the slow request', intervalMs: 2 });

    server.rotate(serving(newCa));
    server.handle((request) => request.json({ fast: true }));
    credentials = { headers: {}, tls: { ca: newCa.certificate } };
    assert.equal(await transport.request(get), '{"fast":true}');
    assert.equal(server.connections, 2);
    answer?.();
    assert.equal(await slow, '{"slow":true}');
    await until(() => server.open === 1, { what: 'the old socket to be closed', intervalMs: 5 });
    transport.close();
  });
});
