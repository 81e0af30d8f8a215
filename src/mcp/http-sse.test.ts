import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import type { McpCall, McpHandler, PlainMcpServer } from '../../test/support/plain-mcp-server.ts';
import { echoTool, startPlainMcpServer } from '../../test/support/plain-mcp-server.ts';
import { probeServer, timedProbe } from '../../test/support/probing.ts';
import { until } from '../../test/support/until.ts';
import type { ProbeOptions } from './probe.ts';
import type { Verdict } from './verdict.ts';

const sse: Partial<ProbeOptions> = { path: '/sse', transport: 'SSE' };

/** What a server of HTTP+SSE does, where a test does not say otherwise. */
interface Behaviour {
  /** Data of the endpoint event. Default: a path with a session in it. */
  readonly endpoint?: string;
  /** Answers a call instead. The stream is there for messages. */
  readonly handle?: ((call: McpCall, stream: ServerResponse | undefined) => boolean) | undefined;
}

/** A server that speaks HTTP+SSE at `/sse`. */
async function startSseServer({
  endpoint = '/messages?session=1',
  handle,
}: Behaviour = {}): Promise<PlainMcpServer & { readonly streams: () => number }> {
  let stream: ServerResponse | undefined;
  let streams = 0;
  const handler: McpHandler = (call) => {
    if (handle?.(call, stream)) return true;
    if (call.verb === 'GET' && call.path === '/sse') {
      stream = call.response;
      streams++;
      stream.once('close', () => streams--);
      stream.writeHead(200, { 'content-type': 'text/event-stream' });
      stream.write(`: welcome\n\nevent: endpoint\ndata: ${endpoint}\n\n`);
      return true;
    }
    if (call.path !== '/messages') {
      call.send(404);
      return true;
    }
    call.send(202, 'Accepted');
    const answers: Readonly<Record<string, unknown>> = {
      initialize: {
        protocolVersion: '2024-11-05',
        capabilities: { tools: {} },
        serverInfo: { name: 's', version: '1' },
      },
      'tools/list': { tools: [echoTool] },
    };
    const result = answers[call.method];
    if (result !== undefined) say(stream, { jsonrpc: '2.0', id: call.id, result });
    return true;
  };
  return { ...(await startPlainMcpServer(handler)), streams: () => streams };
}

function say(stream: ServerResponse | undefined, message: object): void {
  stream?.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
}

/** Does something else for one method. */
function on(method: string, act: (call: McpCall, stream: ServerResponse | undefined) => void): Behaviour['handle'] {
  return (call, stream) => {
    if (call.method !== method) return false;
    act(call, stream);
    return true;
  };
}

describe('HTTP+SSE', () => {
  it('passes, and its stream is closed at the end', async () => {
    const server = await startSseServer();
    const result = await probeServer(server, sse);
    assert.ok(result.verdict === 'HandshakePassed', result.message);
    assert.deepEqual(result.server, {
      era: 'http+sse',
      protocolVersion: '2024-11-05',
      stateful: true,
      name: 's',
      version: '1',
      capabilities: ['tools'],
    });
    assert.equal(result.tools?.length, 1);
    assert.deepEqual(result.learnt, { era: 'http+sse' });
    assert.deepEqual(server.calls, [
      'GET /sse',
      'POST /messages initialize',
      'POST /messages notifications/initialized',
      'POST /messages tools/list',
    ]);
    assert.equal(server.headers[0]?.accept, 'text/event-stream');
    assert.equal(server.headers[0]?.origin, undefined);
    await until(() => server.streams() === 0, { what: 'the stream to be closed' });
  });

  it('takes the token along, to the stream and to the endpoint', async () => {
    const server = await startSseServer();
    await probeServer(server, { ...sse, auth: 'secret-token' });
    assert.deepEqual(
      new Set(server.headers.map(({ authorization }) => authorization)),
      new Set(['Bearer secret-token']),
    );
  });

  const good = ['/messages', 'messages?x=1', 'http://weather.default.svc:PORT/messages', '?', '/messages#part'];
  for (const endpoint of good) {
    it(`posts to the endpoint ${endpoint}`, async () => {
      const posted: string[] = [];
      const server = await startPlainMcpServer((call) => {
        if (call.verb === 'GET') {
          call.response.writeHead(200, { 'content-type': 'text/event-stream' });
          call.response.write(`event: endpoint\ndata: ${endpoint.replace('PORT', String(server.port))}\n\n`);
        } else {
          posted.push(call.path);
          call.send(500);
        }
        return true;
      });
      const result = await probeServer(server, sse);
      assert.equal(result.verdict, 'ServerError', result.message);
      assert.deepEqual(posted, [endpoint === '?' ? '/sse' : '/messages']);
      assert.equal(result.sent, 'POST initialize to the endpoint of GET /sse', 'no session id in a message');
    });
  }

  const elsewhere = [
    'http://other.example/messages',
    '//other.example/messages',
    'https://weather.default.svc/m',
    'file:///etc/passwd',
  ];
  for (const endpoint of elsewhere) {
    it(`does not post to ${endpoint}`, async () => {
      const server = await startSseServer({ endpoint });
      const result = await probeServer(server, sse);
      assert.equal(result.verdict, 'ProtocolError', result.message);
      assert.match(result.came, /an endpoint on another host.*not followed/);
      assert.deepEqual(server.calls, ['GET /sse']);
    });
  }

  const answers: readonly { what: string; answer: (call: McpCall) => void; verdict: Verdict; came: RegExp }[] = [
    { what: '404', answer: (call) => call.send(404), verdict: 'NotMCP', came: /HTTP 404/ },
    { what: '405', answer: (call) => call.send(405), verdict: 'NotMCP', came: /HTTP 405/ },
    {
      what: '200 HTML',
      answer: (call) => call.send(200, '<b>hi</b>', { 'content-type': 'text/html' }),
      verdict: 'NotMCP',
      came: /HTTP 200 \(text\/html\): "hi"/,
    },
    { what: '401', answer: (call) => call.send(401), verdict: 'AuthRequired', came: /HTTP 401/ },
    { what: '503', answer: (call) => call.send(503), verdict: 'ServerError', came: /HTTP 503/ },
    {
      what: 'a redirect',
      answer: (call) => call.send(302, '', { location: '/sse/' }),
      verdict: 'Redirected',
      came: /HTTP 302/,
    },
    {
      what: 'a stream that ends',
      answer: (call) => call.send(200, '', { 'content-type': 'text/event-stream' }),
      verdict: 'ProtocolError',
      came: /ended before its endpoint event/,
    },
    {
      what: 'another first event',
      answer: (call) => call.send(200, 'data: x\n\n', { 'content-type': 'text/event-stream' }),
      verdict: 'ProtocolError',
      came: /begins with an event "message"/,
    },
    {
      what: 'an endpoint without a URL',
      answer: (call) => call.send(200, 'event: endpoint\ndata:\n\n', { 'content-type': 'text/event-stream' }),
      verdict: 'ProtocolError',
      came: /without a URL/,
    },
    {
      what: 'an error that is a stream',
      answer: (call) => void call.response.writeHead(500, { 'content-type': 'text/event-stream' }).flushHeaders(),
      verdict: 'ServerError',
      came: /HTTP 500/,
    },
  ];
  for (const { what, answer, verdict, came } of answers) {
    it(`a GET answered with ${what}: ${verdict}`, async () => {
      const server = await startPlainMcpServer((call) => {
        answer(call);
        return true;
      });
      const result = await probeServer(server, sse);
      assert.equal(result.verdict, verdict, result.message);
      assert.match(result.came, came);
    });
  }

  const messages: readonly { what: string; handle: Behaviour['handle']; came: RegExp }[] = [
    {
      what: 'a POST refused',
      handle: on('initialize', (call) => call.send(400, 'no session')),
      came: /HTTP 400: "no session"/,
    },
    {
      what: 'another id',
      handle: on('initialize', (call, stream) => {
        call.send(202);
        say(stream, { jsonrpc: '2.0', id: 99, result: {} });
      }),
      came: /with id 99/,
    },
    {
      what: 'an error on the stream',
      handle: on('initialize', (call, stream) => {
        call.send(202);
        say(stream, { jsonrpc: '2.0', id: call.id, error: { code: 1, message: 'no' } });
      }),
      came: /JSON-RPC error 1 "no"/,
    },
    {
      what: 'the end of the stream',
      handle: on('tools/list', (call, stream) => {
        call.send(202);
        stream?.end();
      }),
      came: /ended without the answer/,
    },
  ];
  for (const { what, handle, came } of messages) {
    it(`${what}: ProtocolError`, async () => {
      const server = await startSseServer({ handle });
      const result = await probeServer(server, sse);
      assert.equal(result.verdict, 'ProtocolError', result.message);
      assert.match(result.came, came);
    });
  }

  it('passes over notifications and requests of the server', async () => {
    const server = await startSseServer({
      handle: ({ method }, stream) => {
        if (method === 'initialize') {
          say(stream, { jsonrpc: '2.0', id: 1, method: 'ping' });
          say(stream, { jsonrpc: '2.0', method: 'notifications/message', params: {} });
          stream?.write('event: other\ndata: not JSON\n\n');
        }
        return false;
      },
    });
    assert.equal((await probeServer(server, sse)).verdict, 'HandshakePassed');
  });

  it('that accepts a message and never answers it is a timeout', async () => {
    const server = await startSseServer({ handle: on('tools/list', (call) => call.send(202)) });
    const { clock, result } = timedProbe(server, sse);
    await until(() => server.calls.includes('POST /messages tools/list'), { what: 'the request', intervalMs: 5 });
    await clock.advance(5_000);
    const { verdict, message } = await result;
    assert.equal(verdict, 'HandshakeTimeout', message);
    await until(() => server.streams() === 0, { what: 'the stream to be closed' });
  });

  it('whose endpoint event never comes is a timeout', async () => {
    const server = await startPlainMcpServer(({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': wait\n\n');
      return true;
    });
    const { clock, result } = timedProbe(server, sse);
    await until(() => server.calls.length === 1, { what: 'the request', intervalMs: 5 });
    await clock.advance(5_000);
    assert.equal((await result).verdict, 'HandshakeTimeout');
  });
});
