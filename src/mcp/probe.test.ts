import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { startHostGuard, startWebPage } from '../../test/support/hostile-servers/http-refusals.ts';
import { startSilentServer } from '../../test/support/hostile-servers/silent.ts';
import { startPlainMcpServer } from '../../test/support/plain-mcp-server.ts';
import { hostOf, optionsFor, probeServer, timedProbe } from '../../test/support/probing.ts';
import { until } from '../../test/support/until.ts';
import type { Dial, Line } from './dial.ts';
import { directDial } from './direct-dial.ts';
import { probe } from './probe.ts';

const target = { pod: 'weather-0', host: 'weather.default.svc:8080' };

/** A dial whose lines do what a test says, and count what becomes of them. */
function fakeDial(send: Line['send']): Dial & { readonly closed: () => number } {
  let closed = 0;
  return {
    carriesCredentials: true,
    open: () => ({ send, close: () => void closed++ }),
    closed: () => closed,
  };
}

const anyServer = { address: '127.0.0.1', port: 1, openSockets: () => 0 };

describe('a passed probe', () => {
  it('tells what there is to tell', async () => {
    const server = await startPlainMcpServer();
    const clock = createFakeClock();
    const result = await probe(target, optionsFor(server, { clock }));
    assert.ok(result.verdict === 'HandshakePassed', result.message);
    const { released, tools, ...rest } = result;
    assert.deepEqual(rest, {
      verdict: 'HandshakePassed',
      standing: 'Passed',
      message: 'pod weather-0 speaks MCP 2025-11-25: plain 0.1.0, 1 tool',
      sent: 'POST /mcp tools/list',
      came: 'the answers that MCP asks for',
      fingerprint: 'HandshakePassed | 2025-11-25',
      server: {
        era: 'legacy',
        protocolVersion: '2025-11-25',
        name: 'plain',
        version: '0.1.0',
        capabilities: ['tools'],
        stateful: true,
      },
      learnt: { era: 'legacy' },
      durationMs: 0,
    });
    assert.deepEqual(tools, [
      { name: 'echo', description: 'Says back what it is told', inputSchema: { type: 'object' } },
    ]);
    assert.deepEqual(await released, { sessions: 1, sessionsLeft: 0 });
    assert.deepEqual(clock.pending(), [], 'no timer is left over');
  });

  it('uses one connection for everything, when the server lets it', async () => {
    const server = await startPlainMcpServer();
    await probeServer(server);
    assert.equal(server.calls.length, 5);
    assert.equal(server.sockets(), 1);
  });

  it('serves many probes at once', async () => {
    const server = await startPlainMcpServer();
    const results = await Promise.all(Array.from({ length: 20 }, () => probeServer(server)));
    assert.ok(results.every(({ verdict }) => verdict === 'HandshakePassed'));
    assert.equal(server.sessions.size, 0);
  });
});

describe('the deadline', () => {
  it('is one for the whole handshake, however many requests it takes', async () => {
    const server = await startPlainMcpServer(({ method }) => method === 'tools/list');
    const { clock, result } = timedProbe(server);
    await until(() => server.calls.length === 4, { what: 'tools/list', intervalMs: 5 });
    await clock.advance(4_999);
    assert.equal(server.calls.length, 4, 'still waiting');
    await clock.advance(1);
    const { verdict, sent, message, durationMs } = await result;
    assert.equal(verdict, 'HandshakeTimeout');
    assert.equal(durationMs, 5_000);
    assert.equal(sent, 'POST /mcp tools/list');
    assert.match(message, /^pod weather-0: POST \/mcp tools\/list got no answer within 5 s; .*spec\.verify\.timeout/);
  });

  it('without a connection is Unreachable: a NetworkPolicy drops packets so', async () => {
    const clock = createFakeClock();
    const dial = fakeDial((_path, { signal }) => {
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    const result = probe(target, optionsFor(anyServer, { clock, dial, timeoutMs: 2_500 }));
    await clock.advance(2_500);
    const { verdict, message } = await result;
    assert.equal(verdict, 'Unreachable');
    assert.match(message, /no connection within 2\.5 s; .*NetworkPolicy/);
  });

  it('holds even where something below does not listen to it', async () => {
    const clock = createFakeClock();
    const dial = fakeDial(() => new Promise(() => undefined));
    const result = probe(target, optionsFor(anyServer, { clock, dial, timeoutMs: 1_000 }));
    await clock.advance(1_000);
    assert.equal((await result).standing, 'Failed');
    await (await result).released;
    assert.equal(dial.closed(), 1);
  });

  it('leaves no timer behind when it is not met', async () => {
    const server = await startWebPage();
    const clock = createFakeClock();
    const result = await probe(target, optionsFor(server, { clock }));
    await result.released;
    assert.deepEqual(clock.pending(), []);
  });
});

describe('giving up', () => {
  it('ends the probe as Aborted, which says nothing about the server, and ends its session', async () => {
    const server = await startSilentServer(4);
    const controller = new AbortController();
    const { result } = timedProbe(server, { signal: controller.signal });
    await until(() => server.calls.length === 4, { what: 'tools/list', intervalMs: 5 });
    controller.abort();
    await until(() => server.calls.includes('DELETE /mcp'), { what: 'the DELETE', intervalMs: 5 });
    await server.close();
    const { verdict, standing, ended } = await result;
    assert.deepEqual([verdict, standing], ['Aborted', 'None']);
    assert.equal(ended.sessions, 1);
  });

  it('before it began sends nothing', async () => {
    const server = await startPlainMcpServer();
    const { verdict } = await probeServer(server, { signal: AbortSignal.abort() });
    assert.equal(verdict, 'Aborted');
    assert.deepEqual(server.calls, []);
  });
});

describe('a fault of ours', () => {
  it('is ProbeError, never a verdict on the server, and never a rejection', async () => {
    for (const thrown of [new TypeError('oops'), 'a string', undefined]) {
      const dial = fakeDial(() => Promise.reject(thrown));
      const result = await probe(target, optionsFor(anyServer, { dial }));
      assert.deepEqual([result.verdict, result.standing], ['ProbeError', 'None']);
      await result.released;
      assert.equal(dial.closed(), 1);
    }
  });

  it('in the dial itself is one too', async () => {
    const result = await probe(
      { pod: 'p', host: 'not a host' },
      optionsFor(await startPlainMcpServer(), { path: 'x y' }),
    );
    assert.equal(result.verdict, 'ProbeError', result.message);
  });
});

describe('what was remembered', () => {
  it('as legacy saves the question', async () => {
    const server = await startPlainMcpServer();
    const result = await probeServer(server, { remembered: { era: 'legacy' } });
    assert.equal(result.verdict, 'HandshakePassed');
    assert.equal(server.calls[0], 'POST /mcp initialize');
    assert.equal(server.calls.length, 4);
    assert.deepEqual(result.learnt, { era: 'legacy' });
  });

  it('as modern is asked all the same: the question is the handshake', async () => {
    const server = await startPlainMcpServer(undefined, { era: 'modern' });
    const result = await probeServer(server, { remembered: { era: 'modern' } });
    assert.equal(result.server?.era, 'modern');
  });

  it('as legacy does not hold a server that has become modern', async () => {
    const server = await startPlainMcpServer(undefined, { era: 'modern' });
    const result = await probeServer(server, { remembered: { era: 'legacy' } });
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.equal(result.server?.era, 'modern');
    assert.deepEqual(result.learnt, { era: 'modern', stateful: false });
  });

  it('as modern does not hold a server that has become legacy', async () => {
    const server = await startPlainMcpServer();
    const result = await probeServer(server, { remembered: { era: 'modern' } });
    assert.equal(result.server?.era, 'legacy');
    assert.deepEqual(result.learnt, { era: 'legacy' });
  });

  it('does not change the verdict on a server that is neither', async () => {
    const server = await startWebPage(404);
    const fresh = await probeServer(server);
    const remembered = await probeServer(server, { remembered: { era: 'legacy' } });
    assert.equal(remembered.verdict, 'NotMCP');
    assert.equal(remembered.came, fresh.came);
  });

  it('is not asked again while the server is only ill', async () => {
    const server = await startPlainMcpServer((call) => {
      call.send(503);
      return true;
    });
    const result = await probeServer(server, { remembered: { era: 'legacy' } });
    assert.equal(result.verdict, 'ServerError');
    assert.deepEqual(server.calls, ['POST /mcp initialize']);
  });
});

describe('the fingerprint of a failure', () => {
  it('is the same when only the server’s words differ', async () => {
    let count = 0;
    const server = await startPlainMcpServer((call) => {
      call.send(500, `{"at":"${++count}:00","request":"${Math.random()}"}`, { 'content-type': 'application/json' });
      return true;
    });
    const [first, second] = [await probeServer(server), await probeServer(server)];
    assert.notEqual(first.message, second.message);
    assert.equal(first.fingerprint, second.fingerprint);
  });

  it('differs for different facts of the same verdict', async () => {
    const fingerprints = new Set<string>();
    for (const [method, status] of [
      ['initialize', 500],
      ['initialize', 503],
      ['tools/list', 500],
    ] as const) {
      const server = await startPlainMcpServer((call) => {
        if (call.method !== method) return false;
        call.send(status);
        return true;
      });
      fingerprints.add((await probeServer(server)).fingerprint);
    }
    for (const body of ['not json', '{"jsonrpc":"2.0","id":1}']) {
      const server = await startPlainMcpServer((call) => {
        if (call.method !== 'initialize') return false;
        call.send(200, body, { 'content-type': 'application/json' });
        return true;
      });
      fingerprints.add((await probeServer(server)).fingerprint);
    }
    assert.equal(fingerprints.size, 5);
  });
});

describe('the path', () => {
  it('may be any, with a query', async () => {
    const server = await startPlainMcpServer(({ path, query, send }) => {
      if (path === '/api/v2/mcp' && query.get('key') === 'a b') return false;
      send(404);
      return true;
    });
    const { verdict } = await probeServer(server, { path: '/api/v2/mcp?key=a%20b' });
    assert.equal(verdict, 'NotMCP', 'the plain server answers at /mcp only');
    assert.equal(server.calls[0], 'POST /api/v2/mcp server/discover');
  });
});

describe('the Host', () => {
  it('is the Service’s, whatever address is dialled', async () => {
    const server = await startHostGuard((host) => host === target.host);
    const dial = directDial({ address: server.address, port: server.port, host: target.host });
    const { verdict } = await probeServer(server, { dial });
    assert.equal(verdict, 'HandshakePassed');
  });

  it('is reached over IPv6 too', async (t) => {
    let server: Awaited<ReturnType<typeof startPlainMcpServer>>;
    try {
      server = await startPlainMcpServer(undefined, { address: '::1' });
    } catch (error) {
      return t.skip(`no IPv6 on this machine: ${error}`);
    }
    const result = await probeServer(server);
    assert.equal(result.verdict, 'HandshakePassed', result.message);
    assert.equal(server.headers[0]?.host, hostOf(server.port));
  });
});
