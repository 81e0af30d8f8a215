import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { type LoopbackServer, startLoopbackServer } from '../../../test/support/loopback-server.ts';
import { until } from '../../../test/support/until.ts';
import { directDial } from '../direct-dial.ts';
import { type HealthQuestion, servesHealthPath } from './health-path.ts';

const host = 'weather.default.svc:8080';

function question(
  server: Pick<LoopbackServer, 'address' | 'port'>,
  more: Partial<HealthQuestion> = {},
): HealthQuestion {
  return {
    dial: directDial({ address: server.address, port: server.port, host }),
    path: '/health',
    timeoutMs: 1_000,
    clock: createFakeClock(),
    signal: new AbortController().signal,
    ...more,
  };
}

const answering =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end('body');

describe('the health path', () => {
  const rows: readonly (readonly [number, boolean | undefined])[] = [
    [200, true],
    [204, true],
    [301, true],
    [399, true],
    [400, false],
    // The kubelet has no credentials to send, and never will.
    [401, false],
    [403, false],
    [404, false],
    [405, false],
    [408, undefined],
    [421, false],
    [425, undefined],
    [429, undefined],
    [500, undefined],
    [503, undefined],
  ];
  for (const [status, serves] of rows) {
    it(`with HTTP ${status} is ${serves === undefined ? 'unknown' : serves ? 'served' : 'not served'}`, async () => {
      const server = await startLoopbackServer(answering(status));
      assert.equal(await servesHealthPath(question(server)), serves);
    });
  }

  it('is asked for as the kubelet does, by GET', async () => {
    const seen: unknown[] = [];
    const server = await startLoopbackServer((request, response) => {
      seen.push([request.method, request.url, request.headers.host, request.headers.authorization]);
      response.end();
    });
    await servesHealthPath(question(server, { path: '/live?full=1' }));
    assert.deepEqual(seen, [['GET', '/live?full=1', host, undefined]]);
  });

  it('is not followed to another place', async () => {
    const asked: (string | undefined)[] = [];
    const server = await startLoopbackServer((request, response) => {
      asked.push(request.url);
      answering(302, { location: '/elsewhere' })(request, response);
    });
    assert.equal(await servesHealthPath(question(server)), true);
    assert.deepEqual(asked, ['/health']);
  });

  it('that is not answered is unknown, and holds nobody up for longer than it may', async () => {
    const server = await startLoopbackServer(() => undefined);
    const clock = createFakeClock();
    const answer = servesHealthPath(question(server, { clock, timeoutMs: 700 }));
    await until(() => server.openSockets() === 1, { what: 'the question', intervalMs: 5 });
    assert.deepEqual(clock.pending(), [700]);
    await clock.advance(700);
    assert.equal(await answer, undefined);
  });

  it('that is not answered is unknown when it is given up', async () => {
    const server = await startLoopbackServer(() => undefined);
    const controller = new AbortController();
    const answer = servesHealthPath(question(server, { signal: controller.signal }));
    await until(() => server.openSockets() === 1, { what: 'the question', intervalMs: 5 });
    controller.abort(new Error('enough'));
    assert.equal(await answer, undefined);
  });

  it('decides by the status: a body that never comes changes nothing', async () => {
    const server = await startLoopbackServer((_request, response) => {
      response.writeHead(404, { 'content-length': '10' });
      response.flushHeaders();
    });
    assert.equal(await servesHealthPath(question(server)), false);
  });

  it('is unknown when the connection is reset', async () => {
    const server = await startLoopbackServer((request) => request.socket.resetAndDestroy());
    assert.equal(await servesHealthPath(question(server)), undefined);
  });

  it('is unknown when nobody listens', async () => {
    const server = await startLoopbackServer(() => undefined);
    await server.close();
    assert.equal(await servesHealthPath(question(server)), undefined);
  });

  it('is unknown when something else answers there', async () => {
    const server = await startLoopbackServer((request) => request.socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
    assert.equal(await servesHealthPath(question(server)), undefined);
  });

  it('leaves no socket, timer or listener behind', async () => {
    const server = await startLoopbackServer(answering(200));
    const clock = createFakeClock();
    const { signal } = new AbortController();
    await servesHealthPath(question(server, { clock, signal }));
    assert.deepEqual(clock.pending(), []);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    await until(() => server.openSockets() === 0, { what: 'the socket to be closed', intervalMs: 5 });
  });
});
