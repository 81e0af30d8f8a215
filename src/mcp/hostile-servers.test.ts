import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import {
  startGzipBomb,
  startOtherIdServer,
  startSameAnswerServer,
} from '../../test/support/hostile-servers/broken-answers.ts';
import {
  startByteServer,
  startHangingUpServer,
  startOneShotServer,
  startResettingServer,
  startShortBodyServer,
} from '../../test/support/hostile-servers/broken-connections.ts';
import { startCursorServer } from '../../test/support/hostile-servers/cursors.ts';
import { startEndlessStream, startLingeringStreams } from '../../test/support/hostile-servers/endless-stream.ts';
import { startHeadersOnlyServer } from '../../test/support/hostile-servers/headers-only.ts';
import {
  startFlakyServer,
  startHostGuard,
  startRateLimiter,
  startRedirectingServer,
  startWebPage,
} from '../../test/support/hostile-servers/http-refusals.ts';
import { startHugeJsonServer } from '../../test/support/hostile-servers/huge-json.ts';
import { startSessionHoarder, startSessionSpammer } from '../../test/support/hostile-servers/session-hoarder.ts';
import { startSilentServer } from '../../test/support/hostile-servers/silent.ts';
import { startTricklingServer } from '../../test/support/hostile-servers/trickling.ts';
import { echoTool, startPlainMcpServer } from '../../test/support/plain-mcp-server.ts';
import type { EndedProbe, Listening, TimedProbe } from '../../test/support/probing.ts';
import { hostOf, probeServer, timedProbe } from '../../test/support/probing.ts';
import { until } from '../../test/support/until.ts';
import { defaultLimits } from './limits.ts';
import { summarise } from './tools.ts';
import type { Verdict } from './verdict.ts';

/**
 * Servers that are broken, or mean it. `probeServer` and `timedProbe` also check that no socket is left over, and in each
 * test here a good server is probed at the same time: it must pass.
 */

/** Probes a hostile server and a good one at once. */
async function probeBeside(server: Listening): Promise<EndedProbe> {
  const good = await startPlainMcpServer();
  const [result, other] = await Promise.all([probeServer(server), probeServer(good)]);
  assert.equal(other.verdict, 'HandshakePassed', other.message);
  return result;
}

/** As `probeBeside`, for a server that the deadline has to end: moves the clock there once `reached` holds. */
async function probeToDeadline(server: Listening, reached: () => boolean, probing?: TimedProbe): Promise<EndedProbe> {
  const { clock, result } = probing ?? timedProbe(server);
  await until(reached, { what: 'the request at which it hangs', intervalMs: 5 });
  // The others go on while one hangs.
  const other = await probeServer(await startPlainMcpServer());
  assert.equal(other.verdict, 'HandshakePassed', other.message);
  await clock.advance(5_000);
  return result;
}

function check(result: EndedProbe, verdict: Verdict, came: RegExp): void {
  assert.equal(result.verdict, verdict, result.message);
  assert.match(result.came, came);
  assert.ok(result.message.startsWith('pod weather-0: '), result.message);
  assert.ok(result.message.length < 800, 'a message is short');
  assert.doesNotMatch(result.message, /[\p{Cc}\p{Cf}]/u, 'and on one line');
  assert.equal(result.learnt, undefined);
}

describe('a server that does not get on', () => {
  it('accepts and never answers', async () => {
    const server = await startSilentServer();
    const result = await probeToDeadline(server, () => server.calls.length === 1);
    check(result, 'HandshakeTimeout', /^no answer within 5 s$/);
    assert.equal(result.durationMs, 5_000);
  });

  it('accepts connections and reads nothing', async () => {
    const server = await startByteServer('');
    check(
      await probeToDeadline(server, () => server.openSockets() === 1),
      'HandshakeTimeout',
      /^no answer within 5 s$/,
    );
  });

  it('answers one byte a second', async () => {
    const clock = createFakeClock();
    const server = await startTricklingServer(clock);
    const probing = timedProbe(server, { clock });
    const result = await probeToDeadline(server, () => server.calls.length === 1, { ...probing, clock });
    check(result, 'HandshakeTimeout', /^HTTP 200 and an answer that was not complete within 5 s$/);
  });

  it('sends headers and then nothing', async () => {
    const server = await startHeadersOnlyServer('server/discover');
    const result = await probeToDeadline(server, () => server.calls.length === 1 && server.openSockets() === 1);
    check(result, 'HandshakeTimeout', /within 5 s/);
  });

  for (const type of ['application/json', 'text/event-stream']) {
    it(`opens a session and then hangs in the same answer (${type}): the session is ended`, async () => {
      const server = await startHeadersOnlyServer('initialize', type);
      const probing = timedProbe(server);
      await until(() => server.calls.length === 2, { what: 'initialize', intervalMs: 5 });
      // The answer's headers have to be read before the deadline passes, or nobody knows of the session.
      for (let turn = 0; turn < 50; turn++) await probing.clock.advance(1);
      const result = await probeToDeadline(server, () => true, probing);
      check(result, 'HandshakeTimeout', /^HTTP 200 and an answer/);
      assert.deepEqual(server.calls.at(-1), 'DELETE /mcp');
      assert.equal(server.headers.at(-1)?.['mcp-session-id'], 'half-open');
    });
  }

  it('hangs after initialize, at the DELETE too: the verdict does not wait for that', async () => {
    const server = await startSilentServer(3);
    const { clock, result } = timedProbe(server);
    await until(() => server.calls.length === 3, { what: 'the notification', intervalMs: 5 });
    await clock.advance(5_000);
    await until(() => server.calls.length === 4, { what: 'the DELETE', intervalMs: 5 });
    assert.deepEqual(server.calls.at(-1), 'DELETE /mcp');
    await clock.advance(1_000);
    const { verdict, ended, durationMs } = await result;
    assert.equal(verdict, 'HandshakeTimeout');
    assert.equal(durationMs, 5_000);
    assert.deepEqual(ended, { sessions: 1, sessionsLeft: 1 });
  });
});

describe('a server that says too much', () => {
  it('sends comments without end', async () => {
    const server = await startEndlessStream(`: ${'z'.repeat(10_000)}\n\n`);
    check(await probeBeside(server), 'TooLarge', /larger than 16 MiB/);
  });

  it('sends one event without end', async () => {
    check(await probeBeside(await startEndlessStream(`data: ${'z'.repeat(10_000)}`)), 'TooLarge', /larger than/);
  });

  it('sends notifications without end', async () => {
    const server = await startEndlessStream('data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n'.repeat(100));
    check(await probeBeside(server), 'TooLarge', /1000 messages before the answer/);
  });

  it('never ends its streams, though the answers were on them: it passes', async () => {
    const server = await startLingeringStreams();
    const result = await probeBeside(server);
    assert.equal(result.verdict, 'HandshakePassed', result.message);
  });

  it('sends 50 MB of JSON: most of it is never read', async () => {
    const server = await startHugeJsonServer();
    check(await probeBeside(server), 'TooLarge', /larger than 16 MiB/);
    assert.ok(server.written() < 40e6, `${server.written()} bytes were read`);
  });

  it('sends 50 MB with an error', async () => {
    const server = await startHugeJsonServer(500);
    check(await probeBeside(server), 'ServerError', /HTTP 500/);
    assert.ok(server.written() < 10e6, `${server.written()} bytes were read`);
  });

  it('sends many answers that are too much together', async () => {
    const description = 'x'.repeat(400_000);
    const server = await startPlainMcpServer((call) => {
      if (call.method !== 'tools/list') return false;
      call.result({ tools: [{ ...echoTool, description }], nextCursor: String(call.count) });
      return true;
    });
    const limits = { ...defaultLimits, probeBytes: 2 ** 20 };
    check(await probeServer(server, { limits }), 'TooLarge', /answers together larger than 1 MiB/);
  });

  it('has 20,000 tools: it passes', async () => {
    const tools = Array.from({ length: 20_000 }, (_, index) => ({ ...echoTool, name: `tool-${index}` }));
    const result = await probeBeside(await startPlainMcpServer(undefined, { tools }));
    assert.ok(result.verdict === 'HandshakePassed', result.message);
    assert.equal(result.tools?.length, 20_000);
  });

  it('has 100 kB descriptions, and names with control characters: it passes, and is safe to show', async () => {
    const tools = [{ ...echoTool, name: 'a\u001b[2J\u0000\nb', description: 'd'.repeat(100_000) }];
    const server = await startPlainMcpServer(
      (call) => {
        if (call.method !== 'initialize') return false;
        const serverInfo = { name: `evil\u001b]0;x\u0007${'n'.repeat(10_000)}`, version: '1\n2' };
        call.result({ protocolVersion: '2025-11-25', capabilities: { tools: {}, 'x\u0000y': {} }, serverInfo });
        return true;
      },
      { tools },
    );
    const result = await probeBeside(server);
    assert.ok(result.verdict === 'HandshakePassed' && result.tools, result.message);
    assert.deepEqual(summarise(result.tools).names, ['a[2J b']);
    assert.doesNotMatch(result.message, /[\p{Cc}\p{Cf}]/u);
    assert.ok(result.message.length < 300);
    assert.deepEqual(result.server.capabilities, ['tools', 'xy']);
    assert.equal(result.server.version, '1 2');
  });

  it('sends a gzip bomb, which is never unpacked', async () => {
    check(await probeBeside(await startGzipBomb()), 'ProtocolError', /Content-Encoding gzip/);
  });

  it('sends headers without end', async () => {
    const server = await startByteServer(
      `HTTP/1.1 200 OK\r\n${'x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'.repeat(10_000)}`,
    );
    check(await probeBeside(server), 'TooLarge', /headers larger than/);
  });

  it('nests JSON until the stack would end', async () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    const server = await startSameAnswerServer(`{"jsonrpc":"2.0","id":1,"result":{"a":${deep}}}`);
    check(await probeBeside(server), 'TooLarge', /nested deeper than 200/);
  });

  it('sends an object whose keys would take seconds to parse', async () => {
    const keys = Array.from({ length: 500_000 }, (_, index) => `"k${index}":1`).join();
    check(await probeBeside(await startSameAnswerServer(`{${keys}}`)), 'TooLarge', /more than 2000 members/);
  });
});

describe('a server with a list that has no end', () => {
  const cases: readonly (readonly [string, (page: number) => unknown, RegExp])[] = [
    ['the same cursor each time', () => 'same', /came before: the list has no end/],
    ['cursors that come round', (page) => `c${page % 3}`, /came before: the list has no end/],
    ['a number for a cursor', () => 5, /not a string/],
  ];
  for (const [what, next, came] of cases) {
    it(`has ${what}`, async () => {
      check(await probeBeside(await startCursorServer(next)), 'ProtocolError', came);
    });
  }

  it('has a new cursor each time', async () => {
    const server = await startCursorServer((page) => `c${page}`);
    const limits = { ...defaultLimits, pages: 20 };
    check(await probeServer(server, { limits }), 'TooLarge', /more than 20 pages/);
    assert.equal(server.calls.filter((call) => call.endsWith('tools/list')).length, 20);
  });

  for (const end of [undefined, null, '']) {
    it(`has an end when the cursor is ${JSON.stringify(end)}`, async () => {
      const result = await probeBeside(await startCursorServer((page) => (page < 3 ? `c${page}` : end)));
      assert.ok(result.verdict === 'HandshakePassed', result.message);
      assert.equal(result.tools?.length, 4);
    });
  }
});

describe('a server that talks nonsense', () => {
  it('answers invalid JSON', async () => {
    check(
      await probeBeside(await startSameAnswerServer('{"jsonrpc": oops')),
      'ProtocolError',
      /invalid JSON: "\{"jsonrpc": oops"/,
    );
  });

  it('answers with another id', async () => {
    check(await probeBeside(await startOtherIdServer()), 'ProtocolError', /id 4711/);
  });

  it('is a web page', async () => {
    check(await probeBeside(await startWebPage()), 'NotMCP', /HTTP 200 \(text\/html\): "Grafana Log in"/);
  });

  it('is 404 everywhere', async () => {
    const result = await probeBeside(await startSameAnswerServer('', {}, 404));
    check(result, 'NotMCP', /HTTP 404 with an empty body/);
    assert.match(result.message, /set spec.path .* nothing is at \/mcp$/);
  });

  it('is not HTTP', async () => {
    check(await probeBeside(await startByteServer('SSH-2.0-OpenSSH_9.9\r\n')), 'NotMCP', /not HTTP/);
    check(await probeBeside(await startByteServer(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 70))), 'NotMCP', /not HTTP/);
  });

  it('switches protocols unasked', async () => {
    const server = await startByteServer(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    );
    const result = await probeBeside(server);
    assert.equal(result.standing, 'Failed', result.message);
    assert.notEqual(result.verdict, 'ProbeError');
  });

  it('breaks its chunks', async () => {
    const server = await startByteServer(
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    );
    check(await probeBeside(server), 'ProtocolError', /rules of HTTP/);
  });
});

describe('a server that refuses', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    it(`redirects to another host with ${status}: nobody goes there`, async () => {
      const target = await startPlainMcpServer();
      const server = await startRedirectingServer(`http://127.0.0.1:${target.port}/mcp`, status);
      check(await probeBeside(server), 'Redirected', new RegExp(`HTTP ${status} to http://127`));
      assert.deepEqual(target.calls, []);
      assert.equal(server.calls.length, 1);
    });
  }

  it('redirects to another path of its own: the path to set is named', async () => {
    const result = await probeBeside(await startRedirectingServer('/mcp/'));
    check(result, 'Redirected', /HTTP 307 to \/mcp\//);
    assert.match(result.message, /set spec.path to \/mcp\/$/);
  });

  it('fails every second request', async () => {
    const server = await startFlakyServer();
    check(await probeBeside(server), 'ServerError', /HTTP 500 \(text\/plain\): "worker 2 crashed"/);
    const again = await probeBeside(server);
    assert.equal(again.verdict, 'ServerError');
    assert.equal(server.sessions.size, 0);
  });

  it('limits the rate, and is left alone for as long as it says', async () => {
    const result = await probeBeside(await startRateLimiter('120'));
    check(result, 'RateLimited', /HTTP 429: "slow down"/);
    assert.equal(result.verdict !== 'HandshakePassed' && result.retryAfterMs, 120_000);
  });

  it('does not know the Host, and then it does', async () => {
    const result = await probeBeside(await startHostGuard(() => false));
    check(result, 'Refused', /HTTP 403 with JSON-RPC error -32000 "Invalid Host/);
    // Python's guard compares name and port, that of the TypeScript SDK's middleware the name alone.
    assert.match(
      result.message,
      /allow the Host weather\.default\.svc:\d+ \(where names are listed without ports: weather\.default\.svc\) in the server's settings/,
    );

    const server = await startHostGuard((host) => host === hostOf(server.port));
    assert.equal((await probeBeside(server)).verdict, 'HandshakePassed');
  });
});

describe('a server that breaks connections', () => {
  it('resets in the middle of a body', async () => {
    check(await probeBeside(await startResettingServer()), 'ConnectionLost', /in the middle of the answer/);
  });

  it('closes in the middle of a body', async () => {
    check(await probeBeside(await startShortBodyServer()), 'ConnectionLost', /in the middle of the answer/);
  });

  it('resets while listing tools: the session is ended', async () => {
    const server = await startResettingServer('tools/list');
    check(await probeBeside(server), 'ConnectionLost', /in the middle of the answer/);
    assert.equal(server.sessions.size, 0);
  });

  it('closes after initialize: the session is ended', async () => {
    const server = await startHangingUpServer();
    check(await probeBeside(server), 'ConnectionLost', /without an answer/);
    assert.equal(server.sessions.size, 0);
  });

  it('closes each connection after one answer, unannounced: it passes', async () => {
    const result = await probeBeside(await startOneShotServer());
    assert.equal(result.verdict, 'HandshakePassed', result.message);
  });

  it('is not there', async () => {
    const server = await startPlainMcpServer();
    await server.close();
    check(await probeBeside(server), 'Unreachable', /connection refused/);
  });
});

describe('a server that hoards sessions', () => {
  it('has none left after any number of probes, even those of requests that it refused', async () => {
    const server = await startSessionHoarder();
    for (let probes = 0; probes < 5; probes++) {
      const result = await probeBeside(server);
      assert.equal(result.verdict, 'HandshakePassed', result.message);
      assert.deepEqual(result.ended, { sessions: 2, sessionsLeft: 0 });
      assert.equal(server.open.size, 0);
    }
  });

  it('hands out a new id with every answer: it gets a bounded number of DELETEs', async () => {
    const server = await startSessionSpammer();
    const result = await probeBeside(server);
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.equal(server.calls.filter((call) => call.startsWith('DELETE')).length, 8);
  });
});
