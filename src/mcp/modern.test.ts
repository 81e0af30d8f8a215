import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { McpCall, PlainMcpServer } from '../../test/support/plain-mcp-server.ts';
import { discoverResult, echoTool, startPlainMcpServer } from '../../test/support/plain-mcp-server.ts';
import { hostOf, probeServer } from '../../test/support/probing.ts';
import type { Verdict } from './verdict.ts';
import type { Learnt } from './versions.ts';

/** The table of verdicts on `server/discover`: each row is what a server answers to it, and what comes of that. */

/** A legacy server that answers `server/discover` so. */
function discovering(answer: (call: McpCall) => void, version?: string): Promise<PlainMcpServer> {
  return startPlainMcpServer(
    (call) => {
      if (call.method !== 'server/discover') return false;
      answer(call);
      return true;
    },
    version === undefined ? {} : { version },
  );
}

describe('server/discover', () => {
  it('is sent as 2026-07-28 says', async () => {
    const server = await startPlainMcpServer(undefined, { era: 'modern' });
    const client = { name: 'smooth-operator', version: '9.8.7' };
    await probeServer(server, { client });
    const [headers, listHeaders] = server.headers;
    assert.equal(headers?.['content-type'], 'application/json');
    assert.equal(headers?.accept, 'application/json, text/event-stream');
    assert.equal(headers?.['mcp-protocol-version'], '2026-07-28');
    assert.equal(headers?.['mcp-method'], 'server/discover');
    assert.equal(headers?.['accept-encoding'], 'identity');
    assert.equal(headers?.['user-agent'], 'smooth-operator/9.8.7');
    assert.equal(headers?.host, hostOf(server.port));
    for (const absent of ['origin', 'authorization', 'mcp-name', 'mcp-session-id']) {
      assert.equal(headers?.[absent], undefined, absent);
    }
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': client,
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    assert.deepEqual(server.params.slice(0, 2), [{ _meta: meta }, { _meta: meta }]);
    assert.equal(listHeaders?.['mcp-method'], 'tools/list');
    assert.equal(listHeaders?.['mcp-name'], undefined);
  });

  it('answered with our version is a modern server, without sessions where it knows no initialize', async () => {
    const server = await startPlainMcpServer(undefined, { era: 'modern' });
    const result = await probeServer(server);
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.deepEqual(result.server, {
      era: 'modern',
      protocolVersion: '2026-07-28',
      stateful: false,
      name: 'plain',
      version: '0.1.0',
      capabilities: ['tools'],
    });
    assert.deepEqual(result.learnt, { era: 'modern', stateful: false });
    assert.deepEqual(server.calls, ['POST /mcp server/discover', 'POST /mcp tools/list', 'POST /mcp initialize']);
  });

  it('answered on an event stream is the same', async () => {
    const server = await startPlainMcpServer(
      ({ method, id, response }) => {
        if (method !== 'server/discover') return false;
        const answer = JSON.stringify({ jsonrpc: '2.0', id, result: discoverResult() });
        response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
        response.end(`: hi\n\ndata: {"jsonrpc":"2.0","method":"notifications/message"}\n\ndata: ${answer}\n\n`);
        return true;
      },
      { era: 'modern' },
    );
    const result = await probeServer(server);
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.equal(result.server?.era, 'modern');
  });

  it('lists no tools where none are advertised', async () => {
    const server = await startPlainMcpServer(
      (call) => {
        if (call.method !== 'server/discover') return false;
        call.result(discoverResult(undefined, { capabilities: { resources: {} }, _meta: undefined }));
        return true;
      },
      { era: 'modern' },
    );
    const result = await probeServer(server);
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.equal(result.verdict === 'HandshakePassed' && result.tools, undefined);
    assert.deepEqual(server.calls, ['POST /mcp server/discover', 'POST /mcp initialize']);
    assert.equal(result.server?.name, undefined, 'a modern server need not say who it is');
    assert.equal(result.message, 'pod weather-0 speaks MCP 2026-07-28, no tools');
  });

  it('reads all pages of tools', async () => {
    const server = await startPlainMcpServer(
      (call) => {
        if (call.method !== 'tools/list') return false;
        const page = Number(call.params.cursor ?? 0);
        call.result({ tools: [{ ...echoTool, name: `t${page}` }], ...(page < 2 && { nextCursor: String(page + 1) }) });
        return true;
      },
      { era: 'modern' },
    );
    const result = await probeServer(server, { remembered: { era: 'modern', stateful: false } });
    assert.ok(result.verdict === 'HandshakePassed', result.message);
    assert.deepEqual(
      result.tools?.map(({ name }) => name),
      ['t0', 't1', 't2'],
    );
    assert.ok(
      server.params.every((params) => '_meta' in params),
      'on every request',
    );
  });

  const toolLists: readonly { what: string; answer: (call: McpCall) => void; came: RegExp }[] = [
    {
      what: 'an error',
      answer: (call) => call.error(404, -32601, 'no such'),
      came: /HTTP 404 with JSON-RPC error -32601 "no such"/,
    },
    { what: 'a question back', answer: (call) => call.result({ resultType: 'input_required' }), came: /not complete/ },
    { what: 'no tools', answer: (call) => call.result({}), came: /without an array "tools"/ },
    { what: 'something else', answer: (call) => call.send(404, 'gone'), came: /HTTP 404: "gone"/ },
  ];
  for (const { what, answer, came } of toolLists) {
    it(`fails when tools are advertised and tools/list gives ${what}`, async () => {
      const server = await startPlainMcpServer(
        (call) => {
          if (call.method !== 'tools/list') return false;
          answer(call);
          return true;
        },
        { era: 'modern' },
      );
      const result = await probeServer(server);
      assert.equal(result.verdict, 'ProtocolError', result.message);
      assert.match(result.came, came);
      assert.equal(result.server?.era, 'modern', 'what it had told is kept');
      assert.equal(result.learnt, undefined);
    });
  }
});

describe('an answer to server/discover that leads to initialize', () => {
  const learnt: Learnt = { era: 'legacy' };
  const rows: readonly { what: string; answer: (call: McpCall) => void; learnt: Learnt | undefined }[] = [
    {
      what: '200, our version not in the list (Go SDK)',
      answer: (call) => call.result(discoverResult(['2025-11-25'])),
      learnt,
    },
    {
      what: '400 -32022, legacy versions only',
      answer: (call) => call.error(400, -32022, 'no', { supported: ['2025-06-18'] }),
      learnt,
    },
    { what: '400 -32022 without a list', answer: (call) => call.error(400, -32022), learnt: undefined },
    { what: '400 -32020', answer: (call) => call.error(400, -32020), learnt: undefined },
    { what: '400 -32021', answer: (call) => call.error(400, -32021), learnt: undefined },
    { what: '404 -32601', answer: (call) => call.error(404, -32601), learnt: undefined },
    { what: '200 -32601', answer: (call) => call.error(200, -32601), learnt },
    {
      what: '400 -32000 “Server not initialized” (TypeScript SDK 1.x)',
      answer: (call) => call.error(400, -32000, 'Server not initialized'),
      learnt,
    },
    {
      what: '400 with an id of its own (Python SDK 1.x)',
      answer: (call) =>
        call.send(400, '{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Missing session ID"}}', {
          'content-type': 'application/json',
        }),
      learnt,
    },
    { what: '400 without JSON', answer: (call) => call.send(400, 'bad request'), learnt },
    { what: '404 without JSON', answer: (call) => call.send(404), learnt },
    { what: '405', answer: (call) => call.send(405), learnt },
    { what: '406', answer: (call) => call.send(406), learnt },
    { what: '415', answer: (call) => call.send(415), learnt },
    { what: '422 (Rust SDK)', answer: (call) => call.send(422, 'expect initialize request'), learnt },
    { what: '200 with a result of another shape', answer: (call) => call.result({ ok: true }), learnt: undefined },
    { what: '202 without a body', answer: (call) => call.send(202), learnt: undefined },
    {
      what: '200 and JSON that is not JSON-RPC',
      answer: (call) => call.send(200, '{}', { 'content-type': 'application/json' }),
      learnt: undefined,
    },
    {
      what: 'an event stream that ends without the answer',
      answer: (call) => call.send(200, '', { 'content-type': 'text/event-stream' }),
      learnt: undefined,
    },
  ];
  for (const row of rows) {
    it(`${row.what}: ${row.learnt === undefined ? 'nothing is learnt' : 'legacy is learnt'}`, async () => {
      const server = await discovering(row.answer);
      const result = await probeServer(server);
      assert.equal(result.verdict, 'HandshakePassed', result.message);
      assert.equal(result.server?.era, 'legacy');
      assert.equal(server.calls[1], 'POST /mcp initialize');
      assert.deepEqual(result.learnt, row.learnt);
    });
  }
});

describe('an answer to server/discover that says nothing about the era', () => {
  const rows: readonly { what: string; answer: (call: McpCall) => void; verdict: Verdict }[] = [
    { what: '401', answer: (call) => call.send(401), verdict: 'AuthRequired' },
    { what: '403', answer: (call) => call.send(403), verdict: 'Refused' },
    {
      what: '403 with a modern error in it',
      answer: (call) => call.error(403, -32022, 'no', { supported: ['2026-07-28'] }),
      verdict: 'Refused',
    },
    { what: '407', answer: (call) => call.send(407), verdict: 'Refused' },
    { what: '421 (Python SDK)', answer: (call) => call.send(421, 'Invalid Host header'), verdict: 'Refused' },
    { what: '408', answer: (call) => call.send(408), verdict: 'ServerError' },
    { what: '429', answer: (call) => call.send(429), verdict: 'RateLimited' },
    { what: '500', answer: (call) => call.send(500), verdict: 'ServerError' },
    { what: '500 with a JSON-RPC error in it', answer: (call) => call.error(500, -32603), verdict: 'ServerError' },
    { what: '502', answer: (call) => call.send(502), verdict: 'ServerError' },
    { what: '503', answer: (call) => call.send(503), verdict: 'ServerError' },
    { what: '504', answer: (call) => call.send(504), verdict: 'ServerError' },
    { what: '301', answer: (call) => call.send(301, '', { location: '/other' }), verdict: 'Redirected' },
    { what: 'a closed connection', answer: (call) => call.request.socket.destroy(), verdict: 'ConnectionLost' },
  ];
  for (const { what, answer, verdict } of rows) {
    it(`${what}: ${verdict}, no initialize, nothing learnt`, async () => {
      const server = await discovering(answer);
      const result = await probeServer(server);
      assert.equal(result.verdict, verdict, result.message);
      assert.equal(result.learnt, undefined);
      assert.equal(server.calls.includes('POST /mcp initialize'), false);
    });
  }
});

describe('UnsupportedProtocolVersion', () => {
  it('that lists our version is tried once more with it', async () => {
    let refused = false;
    const server = await startPlainMcpServer(
      (call) => {
        if (refused || call.method !== 'server/discover') return false;
        refused = true;
        call.error(400, -32022, 'no', { supported: ['2027-01-01', '2026-07-28'] });
        return true;
      },
      { era: 'modern' },
    );
    const result = await probeServer(server);
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.equal(result.server?.era, 'modern');
    assert.equal(server.calls.filter((call) => call.endsWith('discover')).length, 2);
  });

  it('that says so again is a broken rule, not a loop', async () => {
    const server = await discovering((call) => call.error(400, -32022, 'no', { supported: ['2026-07-28'] }));
    const result = await probeServer(server);
    assert.equal(result.verdict, 'ProtocolError', result.message);
    assert.match(result.came, /though it lists that version/);
    assert.equal(server.calls.length, 2);
  });

  it('that lists only versions to come is UnsupportedVersion', async () => {
    const server = await discovering((call) => call.error(400, -32022, 'newer only', { supported: ['2027-01-01'] }));
    const result = await probeServer(server);
    assert.equal(result.verdict, 'UnsupportedVersion', result.message);
    assert.match(result.came, /"newer only"/);
    assert.equal(server.calls.length, 1);
  });

  it('is also what a result with only such versions means', async () => {
    const server = await discovering((call) => call.result(discoverResult(['2027-01-01'])));
    const result = await probeServer(server);
    assert.equal(result.verdict, 'UnsupportedVersion', result.message);
  });
});
