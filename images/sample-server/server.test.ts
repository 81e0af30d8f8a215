import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import fc from 'fast-check';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { until } from '../../test/support/until.ts';
import { startServer } from './server.ts';
import type { Settings } from './settings.ts';

/** A server on any free port, closed with the test. */
async function started(t: TestContext, settings: Partial<Settings> = {}) {
  const clock = createFakeClock();
  const events: string[] = [];
  const server = await startServer(
    { port: 0, allowedOrigins: [], greeting: 'Hello', ...settings },
    { clock, log: (event) => events.push(event), host: 'pod-1', graceMs: 1_000 },
  );
  t.after(async () => {
    const closed = server.close();
    await clock.advance(1_000);
    await closed;
  });
  return { ...server, clock, events, url: `http://127.0.0.1:${server.port}` };
}

async function connected(t: TestContext, url: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  t.after(() => client.close());
  return client;
}

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
const accept = 'application/json, text/event-stream';
const post = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/mcp`, { method: 'POST', body, headers: { 'content-type': 'application/json', accept, ...headers } });

describe('the sample server over MCP', () => {
  it('talks to the official client: connect, list, call', async (t) => {
    const { url } = await started(t);
    const client = await connected(t, url);
    assert.equal(client.getServerVersion()?.name, 'smooth-operator-sample');
    const { tools } = await client.listTools();
    assert.equal(tools.length, 4);
    const result = await client.callTool({ name: 'greet', arguments: { name: 'World' } });
    assert.deepEqual(result.content, [{ type: 'text', text: 'Hello, World!' }]);
  });

  it('answers many clients at once, each with its own answer', async (t) => {
    const { url } = await started(t);
    const clients = await Promise.all(Array.from({ length: 8 }, () => connected(t, url)));
    const answers = await Promise.all(
      clients.map((client, index) => client.callTool({ name: 'echo', arguments: { message: `client ${index}` } })),
    );
    assert.deepEqual(
      answers.map(({ content }) => content),
      clients.map((_, index) => [{ type: 'text', text: `client ${index}` }]),
    );
  });

  it('keeps no session: no session id is given out, and another replica can answer the next request', async (t) => {
    const [one, other] = [await started(t), await started(t)];
    const response = await post(one.url, JSON.stringify(initialize));
    assert.equal(response.headers.get('mcp-session-id'), null);
    const list = await post(other.url, '{"jsonrpc":"2.0","id":2,"method":"tools/list"}', {
      'mcp-protocol-version': '2025-11-25',
    });
    const answer: { result: { tools: unknown[] } } = JSON.parse(await list.text());
    assert.equal(answer.result.tools.length, 4);
  });

  it('answers with plain JSON rather than a stream', async (t) => {
    const { url } = await started(t);
    const response = await post(url, JSON.stringify(initialize));
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    const answer: { result: { protocolVersion: string } } = JSON.parse(await response.text());
    assert.equal(answer.result.protocolVersion, '2025-11-25');
  });

  it('accepts a notification with 202 and no body', async (t) => {
    const { url } = await started(t);
    const response = await post(url, '{"jsonrpc":"2.0","method":"notifications/initialized"}');
    assert.equal(response.status, 202);
    assert.equal(await response.text(), '');
  });

  for (const method of ['GET', 'DELETE', 'PUT']) {
    it(`answers ${method} with 405 and what is allowed, as the specification says`, async (t) => {
      const { url } = await started(t);
      const response = await fetch(`${url}/mcp`, { method, headers: { accept: 'text/event-stream' } });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get('allow'), 'POST');
      assert.match(await response.text(), /"jsonrpc":"2\.0"/);
    });
  }

  it('answers what is not JSON with a JSON-RPC parse error', async (t) => {
    const { url } = await started(t);
    const response = await post(url, '{"jsonrpc":');
    assert.equal(response.status, 400);
    const answer: { error: { code: number } } = JSON.parse(await response.text());
    assert.equal(answer.error.code, -32700);
  });

  it('survives whatever is sent to it', async (t) => {
    const { url, events } = await started(t);
    const message = fc.record(
      {
        jsonrpc: fc.constantFrom('2.0', '1.0', 2),
        id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
        method: fc.constantFrom('initialize', 'tools/list', 'tools/call', 'ping', 'nonsense', ''),
        params: fc.oneof(
          fc.json().map((text) => JSON.parse(text)),
          fc.record({
            name: fc.constantFrom('add', 'echo', 'gone'),
            arguments: fc.dictionary(fc.string(), fc.double()),
          }),
        ),
      },
      { requiredKeys: [] },
    );
    const body = fc.oneof(message, fc.array(message, { maxLength: 3 })).map((value) => JSON.stringify(value));
    await fc.assert(
      fc.asyncProperty(fc.oneof(body, fc.string()), async (text) => {
        const { status } = await post(url, text);
        assert.ok([200, 202, 400].includes(status), `${status} for ${text}`);
      }),
      { numRuns: 150 },
    );
    assert.equal((await fetch(`${url}/health`)).status, 200);
    assert.deepEqual(events, [], 'nothing of it was a failure of ours');
  });

  it('refuses a body that no call of these tools needs', async (t) => {
    const { url } = await started(t);
    const response = await post(url, JSON.stringify({ ...initialize, padding: 'x'.repeat(2 << 20) }));
    assert.equal(response.status, 413);
  });

  it('refuses a web page by its Origin, and says how to allow it', async (t) => {
    const { url } = await started(t);
    const response = await post(url, JSON.stringify(initialize), { origin: 'http://evil.example' });
    assert.equal(response.status, 403);
    assert.match(await response.text(), /ALLOWED_ORIGINS/);
  });

  it('lets an allowed Origin in, and no other', async (t) => {
    const { url } = await started(t, { allowedOrigins: ['http://good.example'] });
    const status = async (origin: string) => (await post(url, JSON.stringify(initialize), { origin })).status;
    assert.equal(await status('http://good.example'), 200);
    assert.equal(await status('http://good.example.evil.example'), 403);
  });

  it('does not mind which Host it is called by: a Service, a pod address, a proxy', async (t) => {
    const { port } = await started(t);
    const socket = connect(port, '127.0.0.1');
    socket.end('GET /health HTTP/1.1\r\nHost: sample.default.svc:8080\r\nConnection: close\r\n\r\n');
    assert.match(await textOf(socket), /^HTTP\/1\.1 200 /);
  });

  it('says where MCP is when asked for something else', async (t) => {
    const { url } = await started(t);
    const response = await fetch(`${url}/sse`);
    assert.equal(response.status, 404);
    assert.match(await response.text(), /nothing at \/sse: MCP is at \/mcp/);
  });
});

describe("the sample server's health", () => {
  it('is 200 when it serves', async (t) => {
    const { url } = await started(t);
    const response = await fetch(`${url}/health`);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), '{"status":"ok"}');
  });

  it('can be asked with HEAD, and with a query', async (t) => {
    const { url } = await started(t);
    assert.equal((await fetch(`${url}/health`, { method: 'HEAD' })).status, 200);
    assert.equal((await fetch(`${url}/health?verbose`)).status, 200);
  });

  it('can only be asked', async (t) => {
    const { url } = await started(t);
    const response = await fetch(`${url}/health`, { method: 'POST' });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('allow'), 'GET, HEAD');
  });

  it('needs no Origin: kubelets and browsers may look', async (t) => {
    const { url } = await started(t);
    assert.equal((await fetch(`${url}/health`, { headers: { origin: 'http://any.example' } })).status, 200);
  });
});

describe('closing the sample server', () => {
  const body = '{"jsonrpc":"2.0","id":7,"method":"ping"}';
  const sentFirst = 10;
  /** A call whose body has only begun to arrive. */
  const slowRequest = (port: number): Socket => {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: ${accept}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, sentFirst)}`,
    );
    return socket;
  };

  it('resolves at once when nobody is there', async (t) => {
    const { close, clock } = await started(t);
    await close();
    assert.deepEqual(clock.pending(), [], 'no timer is left');
  });

  it('closes connections that are kept but idle', async (t) => {
    const { close, port } = await started(t);
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    await close();
    await until(() => socket.destroyed, { what: 'the idle connection to be closed' });
  });

  // The deadline is shorter than the server keeps an idle connection: it has to close it, not to wait for it.
  it('refuses new connections, while a request in flight is answered and its connection closed', {
    timeout: 30_000,
  }, async (t) => {
    const { close, port } = await started(t);
    const socket = slowRequest(port);
    await arrived(port);
    let closed = false;
    const closing = close().then(() => {
      closed = true;
    });
    const [refusal] = await once(connect(port, '127.0.0.1'), 'error');
    assert.equal(refusal.code, 'ECONNREFUSED');
    assert.equal(closed, false);
    socket.write(body.slice(sentFirst));
    assert.match(await textOf(socket), /^HTTP\/1\.1 200 .*"id":7/s);
    await closing;
  });

  it('is not healthy any more to who asks on an open connection, and says that it closes', async (t) => {
    const { close, port } = await started(t);
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /health HTTP/1.1\r\n');
    await arrived(port);
    const closing = close();
    socket.write('Host: x\r\n\r\n');
    const answer = await textOf(socket);
    assert.match(answer, /^HTTP\/1\.1 503 /);
    assert.match(answer, /^connection: close\r$/im);
    await closing;
  });

  it('cuts what is still open after the grace period', async (t) => {
    const { close, port, clock } = await started(t);
    const socket = slowRequest(port);
    socket.on('error', () => socket.destroy());
    await arrived(port);
    const closing = close();
    await clock.advance(999);
    assert.equal(socket.destroyed, false, 'not before');
    await clock.advance(1);
    await closing;
    await until(() => socket.destroyed, { what: 'the connection to be cut' });
  });

  it('can be asked for twice', async (t) => {
    const { close } = await started(t);
    await Promise.all([close(), close()]);
    await close();
  });

  it('fails to start on a port that is taken', async (t) => {
    const { port, clock } = await started(t);
    const second = startServer({ port, allowedOrigins: [], greeting: undefined }, { clock, log: () => undefined });
    await assert.rejects(second, { code: 'EADDRINUSE' });
  });

  /** What was sent before on other connections has been read: this one's answer comes after. */
  async function arrived(port: number): Promise<void> {
    await (await fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: 'close' } })).text();
  }
});

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}
