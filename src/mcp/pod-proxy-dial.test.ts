import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultHandler, FaultServer } from '../../test/support/fault-server.ts';
import { startFaultServer } from '../../test/support/fault-server.ts';
import { until } from '../../test/support/until.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Credentials } from '../runtime/connection.ts';
import { createTransport } from '../runtime/transport.ts';
import type { DialRequest, DialResponse, Line } from './dial.ts';
import type { McpErrorCode } from './mcp-error.ts';
import { McpError } from './mcp-error.ts';
import { podProxies, podProxyDial } from './pod-proxy-dial.ts';

/** An API server that plays its part by script; `test/integration/pod-proxy.test.ts` has a real one. */

const target = { namespace: 'default', pod: 'weather-0', port: 8080, host: 'weather.default.svc:8080' };
const post: DialRequest = { method: 'POST', headers: { 'x-a': '1' }, body: '{}', signal: new AbortController().signal };

async function lineVia(
  handler: FaultHandler,
  credentials?: () => Credentials,
  refresh?: () => Credentials,
): Promise<{ readonly server: FaultServer; readonly line: Line }> {
  const server = await startFaultServer({ handler });
  const connection = server.connection(credentials, refresh);
  const transport = createTransport({ connection, clock: systemClock, userAgent: 'test/1' });
  return { server, line: podProxyDial(transport, target).open() };
}

async function textOf(response: DialResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.chunks) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const failsWith = (code: McpErrorCode, pattern: RegExp) => (error: unknown) =>
  error instanceof McpError && error.code === code && pattern.test(error.message);

describe('a line through the pod proxy', () => {
  it('asks the API server for the pod’s port and path', async () => {
    const { server, line } = await lineVia((request) => request.json({ ok: true }));
    assert.equal(await textOf(await line.send('/mcp?a=b', post)), '{"ok":true}');
    const request = await server.request(1);
    assert.equal(decodeURIComponent(request.path), '/api/v1/namespaces/default/pods/weather-0:8080/proxy/mcp');
    assert.equal(request.query.get('a'), 'b');
    assert.deepEqual([request.method, request.body], ['POST', '{}']);
    assert.equal(request.headers.host, target.host);
    assert.equal(request.headers['x-a'], '1');
    line.close();
  });

  it('needs the rights that it declares', () => {
    assert.deepEqual(podProxies.subresources, { proxy: ['get', 'create', 'delete'] });
    assert.deepEqual(podProxies.verbs, []);
  });

  it('gives every status of the pod as it is', async () => {
    for (const status of [200, 202, 204, 307, 400, 401, 403, 404, 405, 500]) {
      const { line } = await lineVia((request) => request.json({ status: 'of the pod' }, status));
      const response = await line.send('/mcp', post);
      assert.equal(response.status, status);
      if (status !== 204) assert.equal(await textOf(response), '{"status":"of the pod"}');
      line.close();
    }
  });

  it('streams', async () => {
    const { server, line } = await lineVia((request) => request.open().write('data: 1\n\n'));
    const response = await line.send('/mcp', post);
    for await (const chunk of response.chunks) {
      assert.equal(Buffer.from(chunk).toString(), 'data: 1\n\n');
      break;
    }
    await until(() => server.open === 0, { what: 'the stream to be closed', intervalMs: 5 });
    line.close();
  });

  it('closes what is under way when it is closed', async () => {
    const { server, line } = await lineVia((request) => request.open().write('x'));
    await line.send('/mcp', post);
    line.close();
    await until(() => server.open === 0, { what: 'the stream to be closed', intervalMs: 5 });
  });

  it('is ConnectionLost when the API server breaks off', async () => {
    const { line } = await lineVia((request) => request.open().reset());
    await assert.rejects(async () => textOf(await line.send('/mcp', post)), failsWith('ConnectionLost', /closed/));
  });

  it('ends with the signal, before and during the answer', async () => {
    const reason = new McpError('HandshakeTimeout', 'over');
    const { server, line } = await lineVia(() => undefined);
    const controller = new AbortController();
    const waiting = line.send('/mcp', { ...post, signal: controller.signal });
    await server.request(1);
    controller.abort(reason);
    await assert.rejects(waiting, reason);
    await assert.rejects(line.send('/mcp', { ...post, signal: controller.signal }), reason);
    assert.equal(server.requests.length, 1);
  });
});

describe('what the API server itself says', () => {
  const trying = 'error trying to reach service: ';
  const rows: readonly (readonly [number, string, McpErrorCode, RegExp])[] = [
    [403, 'pods "weather-0" is forbidden', 'ProbeError', /^the API server's pod proxy failed: .*forbidden/],
    [404, 'pods "weather-0" not found', 'ProbeError', /not found/],
    [429, 'too many requests', 'ProbeError', /too many/],
    [500, 'etcd is away', 'ProbeError', /etcd/],
    [
      503,
      `${trying}dial tcp 10.0.0.1:8080: connect: connection refused`,
      'Unreachable',
      /^dial tcp .*connection refused$/,
    ],
    [503, `${trying}dial tcp 10.0.0.1:8080: i/o timeout`, 'Unreachable', /i\/o timeout/],
    [503, `${trying}EOF`, 'ConnectionLost', /EOF/],
    [502, `${trying}read tcp: connection reset by peer`, 'ConnectionLost', /reset by peer/],
    [
      503,
      `${trying}net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH"`,
      'NotMCP',
      /not HTTP/,
    ],
    [503, `${trying}net/http: server response headers exceeded 1048576 bytes; aborted`, 'TooLarge', /headers/],
  ];
  for (const [status, message, code, came] of rows) {
    it(`${status} ${message.replace(trying, '… ')}: ${code}`, async () => {
      const { line } = await lineVia((request) => request.status(status, 'SomeReason', message));
      await assert.rejects(line.send('/mcp', post), failsWith(code, came));
      line.close();
    });
  }

  it('is left to be told apart from a pod’s JSON by its kind', async () => {
    for (const body of ['{"kind":"Status"}', '{"kind":"Status","apiVersion":"v2"}', '{', '[]', '']) {
      const { line } = await lineVia((request) => request.json(body, 500));
      assert.equal((await line.send('/mcp', post)).status, 500);
      line.close();
    }
  });

  it('is not looked for in more than a Status could be, which is the pod’s and is whole', async () => {
    const long = JSON.stringify({ kind: 'Status', apiVersion: 'v1', message: 'x'.repeat(200_000) });
    const { line } = await lineVia((request) => request.json(long, 500));
    assert.equal(await textOf(await line.send('/mcp', post)), long);
    line.close();
  });

  it('401 is tried once more with fresh credentials', async () => {
    const handler: FaultHandler = (request) => {
      if (request.headers.authorization === 'Bearer new') request.json({ ok: true });
      else request.status(401, 'Unauthorized', 'expired');
    };
    const bearer = (token: string): Credentials => ({ headers: { authorization: `Bearer ${token}` }, tls: {} });
    const { server, line } = await lineVia(
      handler,
      () => bearer('old'),
      () => bearer('new'),
    );
    assert.equal((await line.send('/mcp', post)).status, 200);
    assert.equal(server.requests.length, 2);
    assert.equal(server.requests[1]?.body, '{}', 'with its body');
  });

  it('401 a second time is a fault of ours', async () => {
    const { server, line } = await lineVia((request) => request.status(401, 'Unauthorized', 'expired'));
    await assert.rejects(line.send('/mcp', post), failsWith('ProbeError', /expired/));
    assert.equal(server.requests.length, 2);
  });

  it('nothing, because it is away, is a fault of ours too', async () => {
    const { server, line } = await lineVia(() => undefined);
    await server.close();
    await assert.rejects(line.send('/mcp', post), failsWith('ProbeError', /cannot reach the API server/));
  });
});
