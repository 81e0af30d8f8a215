import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type McpHandler,
  type PlainMcpServerOptions,
  startPlainMcpServer,
} from '../../test/support/plain-mcp-server.ts';
import { probeServer, timedProbe } from '../../test/support/probing.ts';
import { until } from '../../test/support/until.ts';

/** A server of both eras, where `initialize` is answered as a test says. */
const dual = (initialize: McpHandler = () => false, options: PlainMcpServerOptions = {}) =>
  startPlainMcpServer((call) => call.method === 'initialize' && initialize(call), { era: 'both', ...options });

describe('sessions of a server that answers in the modern era', () => {
  it('are found by initialize, and the one that it opened is ended', async () => {
    const server = await dual();
    const result = await probeServer(server);
    assert.ok(result.verdict === 'HandshakePassed', result.message);
    assert.equal(result.server.era, 'modern');
    assert.equal(result.server.protocolVersion, '2026-07-28');
    assert.equal(result.server.stateful, true);
    assert.deepEqual(result.learnt, { era: 'modern', stateful: true });
    assert.equal(result.sent, 'POST /mcp tools/list', 'the verdict is not about initialize');
    assert.deepEqual(server.calls, [
      'POST /mcp server/discover',
      'POST /mcp tools/list',
      'POST /mcp initialize',
      'DELETE /mcp',
    ]);
    assert.deepEqual(result.ended, { sessions: 1, sessionsLeft: 0 });
    assert.equal(server.sessions.size, 0);
    assert.equal(server.headers[3]?.['mcp-protocol-version'], '2025-11-25');
  });

  it('are none where initialize gives none', async () => {
    const result = await probeServer(await dual(undefined, { stateful: false }));
    assert.equal(result.server?.stateful, false);
    assert.deepEqual(result.learnt, { era: 'modern', stateful: false });
  });

  for (const stateful of [true, false]) {
    it(`are not looked for again once they are known: ${stateful}`, async () => {
      const server = await dual();
      const result = await probeServer(server, { remembered: { era: 'modern', stateful } });
      assert.equal(result.server?.stateful, stateful);
      assert.deepEqual(result.learnt, { era: 'modern', stateful });
      assert.deepEqual(server.calls, ['POST /mcp server/discover', 'POST /mcp tools/list']);
    });
  }

  const refusals: Readonly<Record<string, McpHandler>> = {
    'a JSON-RPC error': (call) => {
      call.error(400, -32022, 'Unsupported protocol version', { supported: ['2026-07-28'] });
      return true;
    },
    'a 404': (call) => {
      call.send(404);
      return true;
    },
  };
  for (const [what, answer] of Object.entries(refusals)) {
    it(`are none where initialize is refused with ${what}: nobody can get one`, async () => {
      const result = await probeServer(await dual(answer));
      assert.equal(result.verdict, 'HandshakePassed', result.message);
      assert.deepEqual(result.learnt, { era: 'modern', stateful: false });
    });
  }

  for (const status of [401, 429, 503]) {
    it(`stay unknown after ${status}, which may not be the last word; the verdict stands`, async () => {
      const result = await probeServer(
        await dual((call) => {
          call.send(status);
          return true;
        }),
      );
      assert.equal(result.verdict, 'HandshakePassed', result.message);
      assert.equal(result.server?.stateful, undefined);
      assert.deepEqual(result.learnt, { era: 'modern' });
    });
  }

  it('stay unknown where initialize is never answered, and the verdict waits a second for it', async () => {
    const server = await dual(() => true);
    const { clock, result } = timedProbe(server);
    await until(() => server.calls.length === 3, { what: 'initialize', intervalMs: 5 });
    await clock.advance(1_000);
    const { verdict, server: facts, durationMs } = await result;
    assert.equal(verdict, 'HandshakePassed');
    assert.equal(facts?.stateful, undefined);
    assert.equal(durationMs, 0, 'nor does it make the server look slow');
    assert.deepEqual(clock.pending(), []);
  });

  it('are not looked for on a server that is of an earlier era anyway', async () => {
    const server = await startPlainMcpServer();
    await probeServer(server);
    assert.equal(server.calls.filter((call) => call === 'POST /mcp initialize').length, 1);
  });
});
