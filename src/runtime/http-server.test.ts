import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import type { BindAddress } from './bind-address.ts';
import { createHttpServer, type HttpServer, type PageHandler } from './http-server.ts';
import { StartError } from './start-error.ts';

const loopback: BindAddress = { host: '127.0.0.1', port: 0 };
const noAbort = new AbortController().signal;
const hello: PageHandler = ({ path }) => (path === '/hello' ? { status: 200, body: 'héllo\n' } : undefined);

function createTestServer(t: TestContext, handler: PageHandler, address = loopback) {
  const log = createRecordedLog();
  const server = createHttpServer({ name: 'test server', address, flag: 'test-bind-address', handler, log });
  t.after(() => server.stop?.({ clean: true }));
  return { log, server };
}

async function startTestServer(t: TestContext, handler: PageHandler) {
  const { log, server } = createTestServer(t, handler);
  await server.start(noAbort);
  return { log, server, url: urlOf(server) };
}

const urlOf = (server: HttpServer) => `http://127.0.0.1:${server.port()}`;

/** What a HEAD answers, which `fetch` hides in part. */
function head(url: string): Promise<{ status: number | undefined; length: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'HEAD', agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, length: response.headers['content-length'], body }),
      );
    });
    call.on('error', reject);
    call.end();
  });
}

describe('http server: pages', () => {
  test('answers GET with the page', async (t) => {
    const { url } = await startTestServer(t, hello);
    const response = await fetch(`${url}/hello`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(await response.text(), 'héllo\n');
  });

  test('answers HEAD with the length in bytes, and no body', async (t) => {
    const { url } = await startTestServer(t, hello);
    assert.deepEqual(await head(`${url}/hello`), { status: 200, length: '7', body: '' });
  });

  test('hands path and query over', async (t) => {
    const { url } = await startTestServer(t, ({ path, query }) => ({
      status: 200,
      body: JSON.stringify({ path, query: [...query] }),
    }));
    const seen = async (rest: string) => (await fetch(url + rest)).json();
    assert.deepEqual(await seen('/a/b?verbose&exclude=x&exclude=y%20z'), {
      path: '/a/b',
      query: [
        ['verbose', ''],
        ['exclude', 'x'],
        ['exclude', 'y z'],
      ],
    });
    assert.deepEqual(await seen('/'), { path: '/', query: [] });
  });

  test('takes status and content type from the page', async (t) => {
    const { url } = await startTestServer(t, () => ({ status: 503, contentType: 'application/json', body: '{}' }));
    const response = await fetch(url);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('content-type'), 'application/json');
  });

  test('answers 404 where there is no page', async (t) => {
    const { url } = await startTestServer(t, hello);
    const response = await fetch(`${url}/nothing`);
    assert.equal(response.status, 404);
    assert.equal(await response.text(), 'not found\n');
  });

  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    test(`refuses ${method} and says what is served`, async (t) => {
      const { url } = await startTestServer(t, hello);
      const response = await fetch(`${url}/hello`, { method });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get('allow'), 'GET, HEAD');
    });
  }

  test('a page that throws is a 500 without details, and goes to the log', async (t) => {
    const { log, url } = await startTestServer(t, async () => {
      throw new Error('the password is swordfish');
    });
    const response = await fetch(url);
    assert.equal(response.status, 500);
    assert.equal(await response.text(), 'internal error\n');
    assert.equal(log.line('could not answer a request').fields.server, 'test server');
    assert.equal((await fetch(url)).status, 500, 'the server goes on');
  });
});

describe('http server: addresses', () => {
  test('says where it listens', async (t) => {
    const { log, server } = await startTestServer(t, hello);
    assert.equal(log.line('test server started').fields.address, `127.0.0.1:${server.port()}`);
  });

  test('listens on every interface when no host is given', async (t) => {
    const { server } = createTestServer(t, hello, { host: undefined, port: 0 });
    await server.start(noAbort);
    assert.equal((await fetch(`${urlOf(server)}/hello`)).status, 200);
  });

  test('a port in use is an error that names the address, the flag and the fix', async (t) => {
    const { server: first } = await startTestServer(t, hello);
    const port = first.port() ?? 0;
    const { server: second } = createTestServer(t, hello, { host: '127.0.0.1', port });
    await assert.rejects(async () => second.start(noAbort), {
      name: 'StartError',
      code: 'AddressInUse',
      message:
        `test server: 127.0.0.1:${port} is already in use by another process; choose another with ` +
        '--test-bind-address, or turn the test server off with --test-bind-address=0',
    });
  });

  test('so is an address that this machine does not have', async (t) => {
    const { server } = createTestServer(t, hello, { host: '203.0.113.1', port: 0 });
    await assert.rejects(
      async () => server.start(noAbort),
      (error) =>
        error instanceof StartError && error.code === 'AddressUnusable' && /203\.0\.113\.1/.test(error.message),
    );
  });
});

describe('http server: stopping', () => {
  test('ends at once, although a client is still waiting for its page', async (t) => {
    const asked = Promise.withResolvers<void>();
    const { server, url } = await startTestServer(t, () => {
      asked.resolve();
      return new Promise(() => undefined);
    });
    const answer = assert.rejects(fetch(url));
    await asked.promise;
    await server.stop?.({ clean: true });
    await answer;
    await assert.rejects(fetch(url), 'nobody listens any more');
  });

  test('and although one holds a connection open without a word', async (t) => {
    const { server } = await startTestServer(t, hello);
    const socket = connect(server.port() ?? 0, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined); // a reset is as good as an end here
    await new Promise((resolve) => socket.once('connect', resolve));
    await server.stop?.({ clean: true });
    await closed;
  });

  test('a server that was never started stops as well, and twice is as good as once', async (t) => {
    const { server } = createTestServer(t, hello);
    await server.stop?.({ clean: true });
    await server.start(noAbort);
    await server.stop?.({ clean: true });
    await server.stop?.({ clean: true });
    assert.equal(server.port(), undefined);
  });
});
