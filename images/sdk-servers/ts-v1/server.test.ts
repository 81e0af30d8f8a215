import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type ServerOptions, sdkApp } from './server.ts';

async function started(t: TestContext, options: Partial<ServerOptions> = {}): Promise<URL> {
  // The SDK warns that any Host is allowed, as it does for everybody who serves a cluster.
  t.mock.method(console, 'warn', () => undefined);
  const server = createServer(sdkApp({ stateful: true, allowedHosts: undefined, ...options }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return new URL(`http://127.0.0.1:${address.port}/mcp`);
}

/** Sent with another `Host` than the address, which fetch does not do. */
async function statusFor(url: URL, host: string): Promise<number | undefined> {
  const sent = request(url, { method: 'POST', headers: { host, 'content-type': 'application/json' } });
  sent.end('{}');
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}

const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });

for (const stateful of [true, false]) {
  describe(`the server on version 1, ${stateful ? 'with' : 'without'} sessions`, () => {
    it('answers the official client', async (t) => {
      const client = new Client({ name: 'test', version: '1' });
      const transport = new StreamableHTTPClientTransport(await started(t, { stateful }));
      await client.connect(transport);
      assert.equal(transport.sessionId !== undefined, stateful);
      const { tools } = await client.listTools();
      assert.deepEqual(
        tools.map(({ name }) => name),
        ['echo', 'add'],
      );
      const echoed = await client.callTool({ name: 'echo', arguments: { message: 'hi' } });
      assert.deepEqual(echoed.content, [{ type: 'text', text: 'hi' }]);
      const added = await client.callTool({ name: 'add', arguments: { a: 2, b: 0.5 } });
      assert.deepEqual(added.content, [{ type: 'text', text: '2.5' }]);
      assert.deepEqual(client.getServerVersion(), { name: 'sdk-ts-v1', version: '1.0.0' });
      await client.close();
    });

    it('has nothing elsewhere, /health in particular', async (t) => {
      const url = await started(t, { stateful });
      assert.equal((await fetch(new URL('/health', url))).status, 404);
    });
  });
}

describe('the server on version 1', () => {
  it('forgets a session that was ended', async (t) => {
    const url = await started(t);
    const client = new Client({ name: 'test', version: '1' });
    const transport = new StreamableHTTPClientTransport(url);
    await client.connect(transport);
    const session = { ...headers, 'mcp-session-id': transport.sessionId ?? '' };
    assert.equal((await fetch(url, { method: 'POST', headers: session, body: list })).status, 200);
    await transport.terminateSession();
    assert.equal((await fetch(url, { method: 'POST', headers: session, body: list })).status, 404);
    await client.close();
  });

  it('wants a session to begin with initialize; without sessions, no beginning at all', async (t) => {
    const stateful = await started(t);
    assert.equal((await fetch(stateful, { method: 'POST', headers, body: list })).status, 400);
    const stateless = await started(t, { stateful: false });
    assert.equal((await fetch(stateless, { method: 'POST', headers, body: list })).status, 200);
    assert.equal((await fetch(stateless)).status, 405);
  });

  it('answers 403 to a Host that is not allowed, once it is told which are', async (t) => {
    const open = await started(t, { stateful: false });
    assert.notEqual(await statusFor(open, 'x.default.svc:8080'), 403);
    const guarded = await started(t, { stateful: false, allowedHosts: ['x.default.svc'] });
    assert.notEqual(await statusFor(guarded, 'x.default.svc:8080'), 403);
    assert.equal(await statusFor(guarded, 'y.default.svc:8080'), 403);
  });
});
