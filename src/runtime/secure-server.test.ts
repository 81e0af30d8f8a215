import assert from 'node:assert/strict';
import { request } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import { createAuthority, issue, type KeyPair } from './certificates/certificate.ts';
import { announced } from './certificates/tls-source.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from './http-server.ts';

const now = Date.now();
const authority = createAuthority('ca', now);
const other = createAuthority('other', now);
const pairOf = (from: typeof authority, name = 'server') =>
  issue(from, { commonName: name, dnsNames: ['localhost'] }, now);

async function start(
  t: TestContext,
  initial: KeyPair | undefined,
  more: Partial<HttpServerOptions> = {},
  clientCa?: string,
) {
  const served = announced(initial);
  const callers = announced<string | undefined>(clientCa);
  const source = { current: served.get, onChange: served.onChange };
  const server = createHttpServer({
    name: 'server',
    address: { host: '127.0.0.1', port: 0 },
    flag: 'test',
    handler: ({ body, path, headers }) => ({ status: 200, body: `${path} ${body} ${headers['x-test'] ?? ''}` }),
    log: createRecordedLog(),
    tls: {
      certificate: source,
      ...(clientCa === undefined ? {} : { clientCa: { current: callers.get, onChange: callers.onChange } }),
    },
    ...more,
  });
  await server.start(new AbortController().signal);
  t.after(() => server.stop?.({ clean: true }));
  return { served, callers, server };
}

interface Asking {
  readonly ca?: string;
  readonly identity?: KeyPair;
  readonly body?: string;
  readonly chunked?: boolean;
}

/** Status and body, over a connection of its own. */
function ask(server: HttpServer, { ca = authority.certificate, identity, body, chunked = false }: Asking = {}) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const call = request({
      host: '127.0.0.1',
      port: server.port(),
      servername: 'localhost',
      path: '/a',
      ca,
      agent: false,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'x-test': 'seen',
        ...(body === undefined || chunked ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
      ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
    });
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    call.end(body);
  });
}

describe('a secure server', () => {
  test('serves with the certificate that there is', async (t) => {
    const { server } = await start(t, pairOf(authority));
    assert.deepEqual(await ask(server), { status: 200, text: '/a  seen' });
  });

  test('takes no connection while there is none, and serves when there is', async (t) => {
    const { server, served } = await start(t, undefined);
    await assert.rejects(ask(server), /handshake|alert|reset/i);
    served.set(pairOf(authority));
    assert.equal((await ask(server)).status, 200);
  });

  test('serves new connections with a new certificate, and keeps the ones that it has', async (t) => {
    const { server, served } = await start(t, pairOf(authority));
    const old = connect({
      host: '127.0.0.1',
      port: server.port() ?? 0,
      servername: 'localhost',
      ca: authority.certificate,
    });
    await new Promise((resolve) => old.once('secureConnect', resolve));
    served.set(pairOf(other));
    await assert.rejects(ask(server), /certificate|issuer/);
    assert.equal((await ask(server, { ca: other.certificate })).status, 200);

    const answered = new Promise((resolve) => old.once('data', (data) => resolve(String(data))));
    old.write('GET /kept HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    assert.match(String(await answered), /200 OK/);
    old.destroy();
  });

  test('speaks TLS 1.2 at least', async (t) => {
    const { server } = await start(t, pairOf(authority));
    const old = connect({
      host: '127.0.0.1',
      port: server.port() ?? 0,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL@SECLEVEL=0',
    });
    const failed = await new Promise((resolve) =>
      old.once('error', resolve).once('secureConnect', () => resolve(undefined)),
    );
    assert.ok(failed instanceof Error);
    old.destroy();
  });
});

describe('callers’ certificates', () => {
  test('are demanded where an authority for them is named', async (t) => {
    const { server } = await start(t, pairOf(authority), {}, other.certificate);
    await assert.rejects(ask(server), /certificate required|alert|reset|socket hang up/i);
    await assert.rejects(
      ask(server, { identity: pairOf(authority, 'stranger') }),
      /unknown ca|alert|reset|socket hang up/i,
    );
    assert.equal((await ask(server, { identity: pairOf(other, 'api-server') })).status, 200);
  });

  test('are checked by a new authority when it changes', async (t) => {
    const { server, callers } = await start(t, pairOf(authority), {}, other.certificate);
    callers.set(authority.certificate);
    assert.equal((await ask(server, { identity: pairOf(authority, 'api-server') })).status, 200);
    await assert.rejects(ask(server, { identity: pairOf(other, 'stranger') }));
  });

  test('are not asked for elsewhere', async (t) => {
    const { server } = await start(t, pairOf(authority));
    assert.equal((await ask(server, { identity: pairOf(other, 'anybody') })).status, 200);
  });
});

describe('a server that takes posts', () => {
  test('hands the body over, and takes nothing else', async (t) => {
    const { server } = await start(t, pairOf(authority), { postBytes: 10 });
    assert.deepEqual(await ask(server, { body: 'héllo' }), { status: 200, text: '/a héllo seen' });
    assert.equal((await ask(server)).status, 405);
  });

  test('answers 413 for a body that says it is too large, without reading it', async (t) => {
    const { server } = await start(t, pairOf(authority), { postBytes: 10 });
    assert.deepEqual(await ask(server, { body: 'x'.repeat(11) }), { status: 413, text: 'more than 10 bytes\n' });
  });

  test('reads no more than it takes of one that does not say', async (t) => {
    let handled = 0;
    const handler = () => {
      handled += 1;
      return { status: 200, body: '' };
    };
    const { server } = await start(t, pairOf(authority), { postBytes: 10, handler });
    const outcome = await ask(server, { body: 'x'.repeat(5_000_000), chunked: true }).catch(() => ({ status: 413 }));
    assert.equal(outcome.status, 413);
    assert.equal(handled, 0);
  });
});
