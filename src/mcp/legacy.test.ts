import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { McpCall, PlainMcpServer, PlainMcpServerOptions } from '../../test/support/plain-mcp-server.ts';
import { startPlainMcpServer } from '../../test/support/plain-mcp-server.ts';
import { probeServer } from '../../test/support/probing.ts';
import type { Verdict } from './verdict.ts';

/** A server that answers one method so, and all others well. */
function answering(
  method: string,
  answer: (call: McpCall) => void,
  options?: PlainMcpServerOptions,
): Promise<PlainMcpServer> {
  return startPlainMcpServer((call) => {
    if (call.method !== method) return false;
    answer(call);
    return true;
  }, options);
}

const info = { name: 'plain', version: '1' };
const initialized = (more: object = {}) => ({
  protocolVersion: '2025-11-25',
  capabilities: {},
  serverInfo: info,
  ...more,
});

describe('the handshake with initialize', () => {
  it('is the one of 2025-11-25, from the first message to the end of the session', async () => {
    const server = await startPlainMcpServer();
    const client = { name: 'smooth-operator', version: '1.0.0' };
    const result = await probeServer(server, { client });
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.deepEqual(server.calls, [
      'POST /mcp server/discover',
      'POST /mcp initialize',
      'POST /mcp notifications/initialized',
      'POST /mcp tools/list',
      'DELETE /mcp',
    ]);
    assert.deepEqual(server.params[1], { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: client });
    const [, first, ...later] = server.headers;
    assert.equal(first?.['mcp-protocol-version'], undefined, 'nothing is agreed on yet');
    assert.equal(first?.['mcp-session-id'], undefined);
    assert.equal(first?.accept, 'application/json, text/event-stream');
    for (const headers of later) {
      assert.equal(headers['mcp-protocol-version'], '2025-11-25');
      assert.equal(headers['mcp-session-id'], 'session-2');
      assert.equal(headers['mcp-method'], undefined, 'a header of the modern era');
      assert.equal(headers.origin, undefined);
    }
    assert.equal(server.sessions.size, 0);
    assert.deepEqual(result.ended, { sessions: 1, sessionsLeft: 0 });
  });

  for (const version of ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']) {
    it(`takes ${version} when the server answers in it`, async () => {
      const server = await startPlainMcpServer(undefined, { version });
      const result = await probeServer(server);
      assert.equal(result.verdict, 'HandshakePassed', result.message);
      assert.equal(result.server?.protocolVersion, version);
      assert.equal(server.headers[3]?.['mcp-protocol-version'], version);
    });
  }

  it('without a session id has nothing to end: the server is stateless', async () => {
    const server = await startPlainMcpServer(undefined, { stateful: false });
    const result = await probeServer(server);
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.equal(result.server?.stateful, false);
    assert.equal(
      server.calls.some((call) => call.startsWith('DELETE')),
      false,
    );
  });

  it('lists no tools where none are advertised', async () => {
    const server = await answering('initialize', (call) => call.result(initialized({ capabilities: { prompts: {} } })));
    const result = await probeServer(server);
    assert.ok(result.verdict === 'HandshakePassed', result.message);
    assert.equal(result.tools, undefined);
    assert.equal(server.calls.includes('POST /mcp tools/list'), false);
  });

  it('takes an answer in a batch (2025-03-26)', async () => {
    const server = await answering('initialize', ({ id, send }) => {
      const answer = { jsonrpc: '2.0', id, result: initialized() };
      const log = { jsonrpc: '2.0', method: 'notifications/message', params: {} };
      send(200, JSON.stringify([log, answer]), { 'content-type': 'application/json' });
    });
    assert.equal((await probeServer(server)).verdict, 'HandshakePassed');
  });

  for (const status of [200, 202, 204]) {
    it(`takes ${status} for the notification`, async () => {
      const server = await answering('notifications/initialized', (call) => call.send(status));
      assert.equal((await probeServer(server)).verdict, 'HandshakePassed');
    });
  }

  it('does not wait for a stream in answer to the notification to end', async () => {
    const server = await answering('notifications/initialized', ({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    assert.equal((await probeServer(server)).verdict, 'HandshakePassed');
  });

  it('tries the version that an error lists, once', async () => {
    const server = await answering('initialize', (call) => {
      if (call.params.protocolVersion === '2025-03-26') call.result(initialized({ protocolVersion: '2025-03-26' }));
      else call.error(200, -32602, 'Unsupported protocol version', { supported: ['2025-03-26'], requested: 'x' });
    });
    const result = await probeServer(server);
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.equal(result.server?.protocolVersion, '2025-03-26');
  });

  it('starts a new session once, when the server has forgotten the first', async () => {
    let forgotten = false;
    const server = await answering('tools/list', (call) => {
      if (forgotten) call.result({ tools: [] });
      else call.error(404, -32001, 'Session not found');
      forgotten = true;
    });
    const result = await probeServer(server);
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.deepEqual(result.ended, { sessions: 2, sessionsLeft: 0 });
    assert.equal(server.sessions.size, 0);
  });

  it('does not start a third', async () => {
    const server = await answering('tools/list', (call) => call.error(404, -32001, 'Session not found'));
    const result = await probeServer(server);
    assert.equal(result.verdict, 'ProtocolError', result.message);
    assert.match(result.came, /Session not found/);
    assert.equal(server.calls.filter((call) => call.endsWith('initialize')).length, 2);
    assert.equal(server.sessions.size, 0);
  });
});

describe('the session', () => {
  for (const status of [200, 204, 404, 405]) {
    it(`has ended when its DELETE is answered with ${status}`, async () => {
      const server = await startPlainMcpServer((call) => {
        if (call.verb !== 'DELETE') return false;
        call.send(status);
        return true;
      });
      assert.deepEqual((await probeServer(server)).ended, { sessions: 1, sessionsLeft: 0 });
    });
  }

  for (const status of [400, 401, 500]) {
    it(`is left over when its DELETE is answered with ${status}; the verdict stands`, async () => {
      const server = await startPlainMcpServer((call) => {
        if (call.verb !== 'DELETE') return false;
        call.send(status);
        return true;
      });
      const result = await probeServer(server);
      assert.equal(result.verdict, 'HandshakePassed');
      assert.deepEqual(result.ended, { sessions: 1, sessionsLeft: 1 });
    });
  }

  it('is found under any spelling of its header', async () => {
    const server = await startPlainMcpServer((call) => {
      if (call.method !== 'initialize') return false;
      call.result(initialized(), { 'MCP-SESSION-ID': 'loud' });
      return true;
    });
    const result = await probeServer(server);
    assert.equal(result.server?.stateful, true);
    assert.equal(server.headers.at(-1)?.['mcp-session-id'], 'loud');
  });

  const failures: readonly (readonly [string, (call: McpCall) => void])[] = [
    ['notifications/initialized', (call) => call.send(500)],
    ['notifications/initialized', (call) => call.request.socket.destroy()],
    ['tools/list', (call) => call.error(200, -32603)],
    ['tools/list', (call) => call.send(401)],
    ['tools/list', (call) => call.send(200, 'x', { 'content-type': 'application/json' })],
  ];
  for (const [index, [method, answer]] of failures.entries()) {
    it(`is ended also when the handshake fails after initialize (${method}, case ${index + 1})`, async () => {
      const server = await answering(method, answer);
      const result = await probeServer(server);
      assert.notEqual(result.verdict, 'HandshakePassed');
      assert.equal(server.sessions.size, 0);
      assert.deepEqual(result.ended, { sessions: 1, sessionsLeft: 0 });
    });
  }

  for (const id of ['with space', 'x'.repeat(9_000), 'ümlaut']) {
    it(`must have an id that can be sent back, not ${JSON.stringify(id.slice(0, 12))}`, async () => {
      const server = await answering('initialize', (call) => call.result(initialized(), { 'mcp-session-id': id }));
      const result = await probeServer(server);
      assert.equal(result.verdict, 'ProtocolError', result.message);
      assert.match(result.came, /Mcp-Session-Id/);
    });
  }
});

describe('an answer to initialize', () => {
  const json = { 'content-type': 'application/json' };
  const rows: readonly { what: string; answer: (call: McpCall) => void; verdict: Verdict; came: RegExp }[] = [
    {
      what: 'an error',
      answer: (call) => call.error(200, -32603, 'broken'),
      verdict: 'ProtocolError',
      came: /HTTP 200 with JSON-RPC error -32603 "broken"/,
    },
    {
      what: '400 with an error',
      answer: (call) => call.error(400, -32600, 'nope'),
      verdict: 'ProtocolError',
      came: /HTTP 400 with JSON-RPC error -32600 "nope"/,
    },
    {
      what: 'an error that lists versions to come',
      answer: (call) => call.error(400, -32022, 'no', { supported: ['2027-01-01'] }),
      verdict: 'UnsupportedVersion',
      came: /-32022/,
    },
    {
      what: 'a version that nobody knows',
      answer: (call) => call.result(initialized({ protocolVersion: '1.0' })),
      verdict: 'UnsupportedVersion',
      came: /version that we do not know/,
    },
    {
      what: 'no version',
      answer: (call) => call.result(initialized({ protocolVersion: 1 })),
      verdict: 'ProtocolError',
      came: /without protocolVersion/,
    },
    {
      what: 'no capabilities',
      answer: (call) => call.result(initialized({ capabilities: [] })),
      verdict: 'ProtocolError',
      came: /without capabilities/,
    },
    {
      what: 'no serverInfo',
      answer: (call) => call.result(initialized({ serverInfo: undefined })),
      verdict: 'ProtocolError',
      came: /without serverInfo.name/,
    },
    { what: '404', answer: (call) => call.send(404, 'Not Found'), verdict: 'NotMCP', came: /HTTP 404: "Not Found"/ },
    { what: '405', answer: (call) => call.send(405), verdict: 'NotMCP', came: /HTTP 405 with an empty body/ },
    { what: '406', answer: (call) => call.send(406), verdict: 'NotMCP', came: /HTTP 406/ },
    { what: '415', answer: (call) => call.send(415), verdict: 'NotMCP', came: /HTTP 415/ },
    {
      what: '202, as HTTP+SSE does',
      answer: (call) => call.send(202, 'Accepted'),
      verdict: 'NotMCP',
      came: /HTTP 202: "Accepted"/,
    },
    {
      what: 'other JSON',
      answer: (call) => call.send(200, '{"status":"ok"}', json),
      verdict: 'NotMCP',
      came: /not JSON-RPC 2.0: "\{"status":"ok"\}"/,
    },
    {
      what: 'JSON-RPC as text',
      answer: (call) => call.send(200, '{"jsonrpc":"2.0"}', { 'content-type': 'text/plain' }),
      verdict: 'ProtocolError',
      came: /JSON-RPC as text\/plain/,
    },
    {
      what: 'JSON-RPC without a type',
      answer: (call) => call.send(200, '{"jsonrpc":"2.0"}'),
      verdict: 'ProtocolError',
      came: /JSON-RPC without a Content-Type/,
    },
    {
      what: 'only a notification',
      answer: (call) => call.send(200, '{"jsonrpc":"2.0","method":"x"}', json),
      verdict: 'ProtocolError',
      came: /without an answer to the request/,
    },
    {
      what: 'a stream without the answer',
      answer: (call) => call.send(200, 'data: \n\n', { 'content-type': 'text/event-stream' }),
      verdict: 'ProtocolError',
      came: /ended without the answer/,
    },
    {
      what: 'not UTF-8',
      answer: (call) => call.send(200, Uint8Array.of(0xff), json),
      verdict: 'ProtocolError',
      came: /not UTF-8/,
    },
    { what: '401', answer: (call) => call.send(401), verdict: 'AuthRequired', came: /HTTP 401/ },
    { what: '403', answer: (call) => call.send(403), verdict: 'Refused', came: /HTTP 403/ },
    { what: '429', answer: (call) => call.send(429), verdict: 'RateLimited', came: /HTTP 429/ },
    { what: '500', answer: (call) => call.send(500), verdict: 'ServerError', came: /HTTP 500/ },
  ];
  for (const { what, answer, verdict, came } of rows) {
    it(`with ${what}: ${verdict}`, async () => {
      const server = await answering('initialize', answer);
      const result = await probeServer(server);
      assert.equal(result.verdict, verdict, result.message);
      assert.match(result.came, came);
      assert.equal(result.sent, 'POST /mcp initialize');
      assert.equal(result.learnt, undefined);
    });
  }

  it('that says it is initialized already names the trouble: one session in all', async () => {
    const server = await answering('initialize', (call) =>
      call.error(400, -32600, 'Invalid Request: Server already initialized'),
    );
    assert.match((await probeServer(server)).message, /takes one session in all/);
  });

  it('of a server that has HTTP+SSE at this path is WrongTransport', async () => {
    const server = await startPlainMcpServer((call) => {
      if (call.verb !== 'GET') call.send(404);
      else {
        call.response.writeHead(200, { 'content-type': 'text/event-stream' });
        call.response.write('event: endpoint\ndata: /messages?s=1\n\n');
      }
      return true;
    });
    const result = await probeServer(server);
    assert.equal(result.verdict, 'WrongTransport', result.message);
    assert.match(result.message, /set spec.transport to SSE/);
    assert.equal(result.sent, 'POST /mcp initialize');
  });

  it('stays NotMCP where a GET opens some other stream', async () => {
    const server = await startPlainMcpServer((call) => {
      if (call.verb !== 'GET') call.send(404);
      else call.send(200, 'data: tick\n\n', { 'content-type': 'text/event-stream' });
      return true;
    });
    assert.equal((await probeServer(server)).verdict, 'NotMCP');
  });
});
