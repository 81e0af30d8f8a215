import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { startLoopbackServer } from '../../test/support/loopback-server.ts';
import { exchange } from './exchange.ts';

const endless = () =>
  Readable.from(
    (function* () {
      for (let left = 64; left > 0; left -= 1) yield Buffer.alloc(1 << 20);
    })(),
  );

describe('exchange', () => {
  it('says the length of what it sends, from memory and from a stream', async () => {
    const seen: (string | undefined)[] = [];
    const server = await startLoopbackServer((request, response) => {
      seen.push(request.headers['content-length'], request.headers['transfer-encoding']);
      request.resume().on('end', () => response.end('thanks'));
    });
    const url = new URL(`http://127.0.0.1:${server.port}/x`);
    const answer = await exchange({ method: 'PUT', url, body: Buffer.from('abc') });
    assert.deepEqual([answer.status, answer.text], [200, 'thanks']);
    await exchange({ method: 'PUT', url, body: { size: 5, open: () => Readable.from([Buffer.from('12345')]) } });
    await exchange({ method: 'POST', url });
    assert.deepEqual(seen, ['3', undefined, '5', undefined, '0', undefined]);
  });

  it('takes an answer that comes before everything is sent: a refusal need not be waited for', async () => {
    const server = await startLoopbackServer((request, response) => {
      request.pause();
      response.writeHead(403, { connection: 'close' }).end('no');
    });
    const url = new URL(`http://127.0.0.1:${server.port}/x`);
    const answer = await exchange({ method: 'PUT', url, body: { size: 64 << 20, open: endless } });
    assert.deepEqual([answer.status, answer.text], [403, 'no']);
  });

  it('fails when the connection is cut', async () => {
    const server = await startLoopbackServer((request) => request.socket.destroy());
    const url = new URL(`http://127.0.0.1:${server.port}/x`);
    await assert.rejects(exchange({ method: 'GET', url }), { code: 'ECONNRESET' });
  });

  it('ends with its signal', async () => {
    const server = await startLoopbackServer(() => undefined);
    const url = new URL(`http://127.0.0.1:${server.port}/x`);
    await assert.rejects(exchange({ method: 'GET', url, signal: AbortSignal.abort() }), { name: 'AbortError' });
  });

  it('keeps no more of an answer than anybody needs', async () => {
    const server = await startLoopbackServer((_request, response) => {
      response.end('x'.repeat(8 << 20));
    });
    const answer = await exchange({ method: 'GET', url: new URL(`http://127.0.0.1:${server.port}/x`) });
    assert.ok(answer.text.length < 4 << 20, `${answer.text.length} bytes`);
  });
});
