import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import { startByteServer } from '../../test/support/hostile-servers/broken-connections.ts';
import type { LoopbackServer } from '../../test/support/loopback-server.ts';
import { startLoopbackServer } from '../../test/support/loopback-server.ts';
import { until } from '../../test/support/until.ts';
import type { DialRequest, DialResponse, Line } from './dial.ts';
import { directDial } from './direct-dial.ts';
import { McpError } from './mcp-error.ts';

const host = 'weather.default.svc:8080';
const idle = new AbortController().signal;
const get: DialRequest = { method: 'GET', headers: {}, signal: idle };

async function lineTo(listener: RequestListener): Promise<{ readonly server: LoopbackServer; readonly line: Line }> {
  const server = await startLoopbackServer(listener);
  return { server, line: directDial({ address: server.address, port: server.port, host }).open() };
}

async function textOf(response: DialResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.chunks) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const closed = (server: { openSockets(): number }) =>
  until(() => server.openSockets() === 0, { what: 'every socket to be closed', intervalMs: 5 });

const failsWith = (code: string) => (error: unknown) => error instanceof McpError && error.code === code;

describe('a direct line', () => {
  it('sends method, path, headers and body, and the Host that it was given', async () => {
    const seen: unknown[] = [];
    const { line } = await lineTo((request, response) => {
      request.setEncoding('utf8').on('data', (body) => {
        seen.push(request.method, request.url, request.headers.host, request.headers['x-a'], body);
        seen.push(request.headers['content-length'], request.headers['transfer-encoding']);
        response.end();
      });
    });
    const response = await line.send('/a?b=c', { ...get, method: 'POST', headers: { 'x-a': '1' }, body: 'ü' });
    await textOf(response);
    assert.deepEqual(seen, ['POST', '/a?b=c', host, '1', 'ü', '2', undefined]);
    line.close();
  });

  it('gives status, headers in lower case, and the body as it is', async () => {
    const { line } = await lineTo((_request, response) => {
      response.writeHead(418, { 'Mcp-Session-Id': 'X', 'Set-Cookie': ['a=1', 'b=2'], 'Content-Encoding': 'gzip' });
      response.end('not really gzip');
    });
    const response = await line.send('/', get);
    assert.equal(response.status, 418);
    assert.equal(response.headers['mcp-session-id'], 'X');
    assert.equal(response.headers['set-cookie'], 'a=1, b=2');
    assert.equal(await textOf(response), 'not really gzip');
    line.close();
  });

  it('has no headers that JavaScript put there', async () => {
    const { line } = await lineTo((_request, response) => response.end());
    const { headers } = await line.send('/', get);
    assert.equal(headers.constructor, undefined);
    assert.equal(headers.toString, undefined);
    line.close();
  });

  it('keeps its connection for the next request, and closes it in the end', async () => {
    const { server, line } = await lineTo((_request, response) => response.end('x'));
    for (let count = 0; count < 3; count++) await textOf(await line.send('/', get));
    assert.equal(server.sockets(), 1);
    line.close();
    await closed(server);
  });

  it('closes what is under way when it is closed', async () => {
    const { server, line } = await lineTo((request, response) => {
      if (request.url === '/stream') response.write('first');
    });
    const stream = await line.send('/stream', get);
    const silent = line.send('/silent', get);
    await until(() => server.openSockets() === 2, { what: 'both requests', intervalMs: 5 });
    line.close();
    await assert.rejects(silent, failsWith('ConnectionLost'));
    await assert.rejects(textOf(stream), failsWith('ConnectionLost'));
    await closed(server);
  });

  it('closes the connection when a body is left half read', async () => {
    const { server, line } = await lineTo((_request, response) => response.write('first'));
    for await (const chunk of (await line.send('/', get)).chunks) {
      assert.equal(Buffer.from(chunk).toString(), 'first');
      break;
    }
    await closed(server);
    line.close();
  });

  it('closes the connection of an answer that is not wanted', async () => {
    const { server, line } = await lineTo((_request, response) => response.write('first'));
    (await line.send('/', get)).destroy();
    await closed(server);
    line.close();
  });

  it('tries again on a new connection, when a kept one was closed in the same moment', async () => {
    let answered = 0;
    const { server, line } = await lineTo((request, response) => {
      // The second request on a connection finds it closed, as if the server's idle limit had just passed.
      const again = Reflect.get(request.socket, 'used') === true;
      if (again) {
        request.socket.destroy();
        return;
      }
      Reflect.set(request.socket, 'used', true);
      answered++;
      response.end('x');
    });
    for (let count = 0; count < 3; count++) await textOf(await line.send('/', get));
    assert.equal(answered, 3);
    assert.equal(server.sockets(), 3);
    line.close();
  });

  it('does not try again when a new connection is closed', async () => {
    const { server, line } = await lineTo((request) => request.socket.destroy());
    await assert.rejects(line.send('/', get), failsWith('ConnectionLost'));
    assert.equal(server.sockets(), 1);
    line.close();
  });

  it('says when there is a connection, new or kept', async () => {
    const { line } = await lineTo((_request, response) => response.end());
    let connected = 0;
    for (let count = 1; count <= 2; count++) {
      await textOf(await line.send('/', { ...get, onConnect: () => connected++ }));
      assert.equal(connected, count);
    }
    line.close();
  });
});

describe('the signal', () => {
  const reason = new McpError('HandshakeTimeout', 'over');

  it('ends a request before it is sent', async () => {
    const { server, line } = await lineTo((_request, response) => response.end());
    await assert.rejects(line.send('/', { ...get, signal: AbortSignal.abort(reason) }), reason);
    assert.equal(server.sockets(), 0);
  });

  it('ends a request that waits for its answer', async () => {
    const { server, line } = await lineTo(() => undefined);
    const controller = new AbortController();
    const waiting = line.send('/', { ...get, signal: controller.signal });
    await until(() => server.openSockets() === 1, { what: 'the request', intervalMs: 5 });
    controller.abort(reason);
    await assert.rejects(waiting, reason);
    await closed(server);
  });

  it('ends a body that is being read', async () => {
    const { server, line } = await lineTo((_request, response) => response.write('first'));
    const controller = new AbortController();
    const response = await line.send('/', { ...get, signal: controller.signal });
    const reading = textOf(response);
    controller.abort(reason);
    await assert.rejects(reading, reason);
    await closed(server);
    line.close();
  });
});

describe('what is not a good HTTP server', () => {
  const lineToBytes = async (bytes: string) => {
    const { address, port } = await startByteServer(bytes);
    return directDial({ address, port, host }).open();
  };

  it('has headers within the limit, or is TooLarge', async () => {
    const { server } = await lineTo((_request, response) => response.writeHead(200, { x: 'y'.repeat(2_000) }).end());
    const target = { address: server.address, port: server.port, host };
    const wide = directDial(target, 4_000).open();
    assert.equal((await wide.send('/', get)).status, 200);
    wide.close();
    const narrow = directDial(target, 1_000).open();
    await assert.rejects(narrow.send('/', get), failsWith('TooLarge'));
    narrow.close();
  });

  it('is NotMCP when it speaks something else, or changes to it', async () => {
    for (const bytes of ['220 mail.example ESMTP\r\n', 'HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: y\r\n\r\n']) {
      const line = await lineToBytes(bytes);
      await assert.rejects(line.send('/', get), failsWith('NotMCP'));
      line.close();
    }
  });

  it('may say that it is going on as often as it likes', async () => {
    const line = await lineToBytes(`${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100)}HTTP/1.1 204 No Content\r\n\r\n`);
    assert.equal((await line.send('/', get)).status, 204);
    line.close();
  });

  it('is ConnectionLost when a body stops short', async () => {
    const { line } = await lineTo((request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('12345', () => request.socket.end());
    });
    await assert.rejects(textOf(await line.send('/', get)), failsWith('ConnectionLost'));
    line.close();
  });

  it('is ProtocolError when the framing of a body is broken', async () => {
    const line = await lineToBytes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n');
    await assert.rejects(textOf(await line.send('/', get)), failsWith('ProtocolError'));
    line.close();
  });
});
