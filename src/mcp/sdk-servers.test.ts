import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { probeServer } from '../../test/support/probing.ts';
import { startSdkServer } from '../../test/support/sdk-server.ts';
import { until } from '../../test/support/until.ts';

/** Servers on the official TypeScript SDK 1.x, in every way that it can serve. */

describe('a server on the TypeScript SDK 1.x', () => {
  for (const json of [false, true]) {
    const way = json ? 'JSON' : 'event streams';

    it(`with sessions and ${way} passes, and has no session left`, async () => {
      const server = await startSdkServer({ json });
      for (let probes = 0; probes < 3; probes++) {
        const result = await probeServer(server);
        assert.ok(result.verdict === 'HandshakePassed', result.message);
        assert.equal(result.message, 'pod weather-0 speaks MCP 2025-11-25: sdk 1.2.3, 1 tool');
        assert.equal(result.server.stateful, true);
        assert.deepEqual(
          result.tools?.map(({ name }) => name),
          ['echo'],
        );
        assert.deepEqual(result.learnt, { era: 'legacy' });
        assert.deepEqual(result.ended, { sessions: 1, sessionsLeft: 0 });
        assert.equal(server.sessions(), 0);
      }
      assert.equal(server.everOpened(), 3);
    });

    it(`without sessions and with ${way} passes`, async () => {
      const server = await startSdkServer({ kind: 'stateless', json });
      const result = await probeServer(server);
      assert.ok(result.verdict === 'HandshakePassed', result.message);
      assert.equal(result.server.stateful, false);
      assert.equal(result.tools?.length, 1);
      assert.equal(server.log.includes('DELETE /mcp'), false);
    });
  }

  it('over HTTP+SSE passes, and has no stream left', async () => {
    const server = await startSdkServer({ kind: 'sse' });
    const result = await probeServer(server, { path: '/sse', transport: 'SSE' });
    assert.ok(result.verdict === 'HandshakePassed', result.message);
    assert.equal(result.server.era, 'http+sse');
    assert.equal(result.tools?.length, 1);
    await until(() => server.sessions() === 0, { what: 'the stream to be closed', intervalMs: 5 });
  });

  it('over HTTP+SSE, asked for Streamable HTTP, is told apart', async () => {
    const server = await startSdkServer({ kind: 'sse' });
    const result = await probeServer(server, { path: '/sse' });
    assert.equal(result.verdict, 'WrongTransport', result.message);
    await until(() => server.sessions() === 0, { what: 'the stream to be closed', intervalMs: 5 });
  });

  it('without tools is not asked for them', async () => {
    const server = await startSdkServer({ tools: [] });
    const result = await probeServer(server);
    assert.ok(result.verdict === 'HandshakePassed', result.message);
    assert.equal(result.tools, undefined);
    assert.equal(server.log.includes('POST /mcp tools/list'), false);
  });

  it('is asked one question less when it is known', async () => {
    const server = await startSdkServer();
    await probeServer(server, { remembered: { era: 'legacy' } });
    assert.deepEqual(server.log, [
      'POST /mcp initialize',
      'POST /mcp notifications/initialized',
      'POST /mcp tools/list',
      'DELETE /mcp',
    ]);
  });
});
