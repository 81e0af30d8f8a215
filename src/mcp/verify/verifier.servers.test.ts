import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { createFakeClock, type FakeClock } from '../../../test/support/fake-clock.ts';
import {
  startGzipBomb,
  startOtherIdServer,
  startSameAnswerServer,
} from '../../../test/support/hostile-servers/broken-answers.ts';
import {
  startHangingUpServer,
  startResettingServer,
  startShortBodyServer,
} from '../../../test/support/hostile-servers/broken-connections.ts';
import { startCursorServer } from '../../../test/support/hostile-servers/cursors.ts';
import { startEndlessStream } from '../../../test/support/hostile-servers/endless-stream.ts';
import { startHeadersOnlyServer } from '../../../test/support/hostile-servers/headers-only.ts';
import {
  startFlakyServer,
  startHostGuard,
  startLockedServer,
  startRateLimiter,
  startRedirectingServer,
  startWebPage,
} from '../../../test/support/hostile-servers/http-refusals.ts';
import { startSessionHoarder, startSessionSpammer } from '../../../test/support/hostile-servers/session-hoarder.ts';
import { startSilentServer } from '../../../test/support/hostile-servers/silent.ts';
import { startTricklingServer } from '../../../test/support/hostile-servers/trickling.ts';
import type { LoopbackServer } from '../../../test/support/loopback-server.ts';
import {
  discoverResult,
  echoTool,
  type PlainMcpServer,
  startPlainMcpServer,
} from '../../../test/support/plain-mcp-server.ts';
import { createRecordedLog } from '../../../test/support/recorded-log.ts';
import { startSdkServer } from '../../../test/support/sdk-server.ts';
import { until } from '../../../test/support/until.ts';
import { targetOf, usualSettings } from '../../../test/support/verifying.ts';
import { directDial } from '../direct-dial.ts';
import type { ProbeResult, Verdict } from '../verdict.ts';
import { createVerifier, type Verifier, type VerifySettings } from './verifier.ts';

/** A verifier that dials real servers on loopback; time is the test's. */
interface RealStage {
  readonly clock: FakeClock;
  readonly verifier: Verifier;
  readonly changes: string[];
  readonly results: ProbeResult[];
  /** Has a server verified as the only pod of `default/NAME`. */
  serve(name: string, server: LoopbackServer, settings?: Partial<VerifySettings>, image?: string): void;
  /** Moves the clock until one more probe has ended, and everything of it. */
  anotherProbe(servers: readonly LoopbackServer[]): Promise<ProbeResult>;
  verdict(name: string): Verdict | undefined;
}

async function realStage(): Promise<RealStage> {
  const clock = createFakeClock();
  const changes: string[] = [];
  const results: ProbeResult[] = [];
  const verifier = createVerifier({
    clock,
    log: createRecordedLog(),
    dial: ({ address, port }, { host }) => directDial({ address, port, host }),
    token: async () => undefined,
    onChange: (server) => void changes.push(server),
    onProbe: (_server, result) => void results.push(result),
    random: () => 0,
  });
  await verifier.start(new AbortController().signal);
  return {
    clock,
    verifier,
    changes,
    results,
    serve(name, { address, port }, settings, image = `${name}:1`) {
      verifier.track(`default/${name}`, { ...usualSettings, ...settings }, [targetOf(name, { address, port, image })]);
    },
    async anotherProbe(servers) {
      const { length } = results;
      // The wait for the next probe is what is pending when nothing is under way.
      await clock.advance(clock.pending()[0] ?? 0);
      await until(() => results.length > length, { what: 'the probe to end', intervalMs: 1 });
      const idle = () =>
        servers.every((server) => server.openSockets() === 0) && clock.pending().length === servers.length;
      await until(idle, { what: 'its sockets to be closed and the next probe to be planned', intervalMs: 1 });
      return results[results.length - 1] as ProbeResult;
    },
    verdict: (name) => verifier.reports(`default/${name}`)[0]?.verdict,
  };
}

const openFiles = async () => (await readdir('/proc/self/fd')).length;

describe('sessions of a modern server', () => {
  it('are looked for once for each pod template, not for each probe', async () => {
    const server = await startPlainMcpServer(undefined, { era: 'both' });
    const asked = () => server.calls.filter((call) => call === 'POST /mcp initialize').length;
    const stage = await realStage();
    stage.serve('weather', server);
    for (let probes = 0; probes < 3; probes++) await stage.anotherProbe([server]);
    assert.equal(asked(), 1);
    assert.equal(stage.verifier.reports('default/weather')[0]?.server?.stateful, true);
    assert.deepEqual(stage.changes, ['default/weather'], 'told together with the verdict: one change, one write');
    stage.serve('weather', server, {}, 'weather:2');
    for (let probes = 0; probes < 3; probes++) await stage.anotherProbe([server]);
    assert.equal(asked(), 2);
    assert.equal(server.sessions.size, 0);
    await stage.verifier.stop?.({ clean: true });
  });
});

describe('fifty probes', () => {
  async function hoarder() {
    const server = await startSessionHoarder();
    return { ...server, sessions: server.open };
  }
  const servers: Readonly<Record<string, () => Promise<PlainMcpServer>>> = {
    'a legacy server with sessions': () => startPlainMcpServer(),
    'a modern server': () => startPlainMcpServer(undefined, { era: 'modern' }),
    'a server that opens a session for whatever it is sent': hoarder,
  };
  for (const [what, start] of Object.entries(servers)) {
    it(`of ${what} leave no session, socket or timer behind`, async () => {
      const server = await start();
      const stage = await realStage();
      stage.serve('weather', server);
      const { sessions } = server;
      for (let count = 1; count <= 50; count++) {
        const { verdict } = await stage.anotherProbe([server]);
        assert.equal(verdict, 'HandshakePassed');
        assert.equal(sessions.size, 0, `after ${count} probes`);
      }
      assert.deepEqual(stage.changes, ['default/weather']);
      await stage.verifier.stop?.({ clean: true });
      assert.deepEqual(stage.clock.pending(), []);
    });
  }

  it('of the official SDK’s servers leave no session behind', async () => {
    const server = await startSdkServer();
    const stage = await realStage();
    stage.serve('sdk', server);
    for (let count = 1; count <= 50; count++) {
      await stage.anotherProbe([server]);
      assert.equal(server.sessions(), 0, `after ${count} probes`);
    }
    assert.ok(server.everOpened() >= 50);
  });

  it('of a server that hangs leave no file descriptor behind', async (t) => {
    if (process.platform !== 'linux') return t.skip('counts the entries of /proc/self/fd, which only Linux has');
    const server = await startSilentServer();
    const stage = await realStage();
    stage.serve('silent', server, { timeoutMs: 1_000 });
    const before = await openFiles();
    for (let count = 1; count <= 50; count++) {
      await stage.clock.advance(stage.clock.pending()[0] ?? 0);
      await until(() => server.openSockets() === 1, { what: 'the probe', intervalMs: 1 });
      await stage.clock.advance(1_000);
      await until(() => stage.results.length === count && server.openSockets() === 0, {
        what: 'its end',
        intervalMs: 1,
      });
    }
    const after = await openFiles();
    assert.ok(after <= before + 2, `${before} open files before, ${after} after`);
    assert.equal(stage.verdict('silent'), 'HandshakeTimeout');
  });
});

describe('a fleet of hostile servers', () => {
  it('gets a verdict each, in one process, and does not delay the good one', async () => {
    const stage = await realStage();
    const good = await startPlainMcpServer();
    const toolsOf = (tools: readonly unknown[]) => startPlainMcpServer(undefined, { tools });
    const bad: Readonly<Record<string, readonly [LoopbackServer, Verdict]>> = {
      silent: [await startSilentServer(), 'HandshakeTimeout'],
      mute: [await startSilentServer(4), 'HandshakeTimeout'],
      trickling: [await startTricklingServer(stage.clock), 'HandshakeTimeout'],
      headers: [await startHeadersOnlyServer('initialize'), 'HandshakeTimeout'],
      stream: [await startHeadersOnlyServer('server/discover', 'text/event-stream'), 'HandshakeTimeout'],
      comments: [await startEndlessStream(`: ${'x'.repeat(16_000)}\n\n`), 'TooLarge'],
      huge: [await startSameAnswerServer(Buffer.alloc(17 * 2 ** 20, ' ')), 'TooLarge'],
      cursor: [await startCursorServer(() => 'again'), 'ProtocolError'],
      garbage: [await startSameAnswerServer('{"jsonrpc":'), 'ProtocolError'],
      id: [await startOtherIdServer(), 'ProtocolError'],
      bomb: [await startGzipBomb(), 'ProtocolError'],
      redirect: [await startRedirectingServer('http://169.254.169.254/'), 'Redirected'],
      page: [await startWebPage(), 'NotMCP'],
      nothing: [await startWebPage(404), 'NotMCP'],
      limiter: [await startRateLimiter('120'), 'RateLimited'],
      guard: [await startHostGuard(() => false), 'Refused'],
      locked: [await startLockedServer('secret', 'Bearer'), 'AuthRequired'],
      flaky: [await startFlakyServer(), 'ServerError'],
      reset: [await startResettingServer(), 'ConnectionLost'],
      short: [await startShortBodyServer(), 'ConnectionLost'],
      'hangs-up': [await startHangingUpServer(), 'ConnectionLost'],
      spammer: [await startSessionSpammer(), 'HandshakePassed'],
      'many-tools': [
        await toolsOf(Array.from({ length: 20_000 }, (_, index) => ({ ...echoTool, name: `tool-${index}` }))),
        'HandshakePassed',
      ],
      wordy: [
        await toolsOf([{ ...echoTool, name: 'a\u0000\u001b[31mb\u202e', description: 'x'.repeat(100_000) }]),
        'HandshakePassed',
      ],
    };
    stage.serve('good', good);
    for (const [name, [server]] of Object.entries(bad)) stage.serve(name, server);

    const wrong = () =>
      Object.entries(bad).flatMap(([name, [, verdict]]) => {
        const found = stage.verdict(name);
        return found === verdict ? [] : [`${name}: ${found}, not ${verdict}`];
      });
    await until(
      async () => {
        // Half a minute at most for all of them, the retries of those that fail included.
        if (stage.clock.monotonic() < 28_000) await stage.clock.advance(100);
        assert.deepEqual(wrong(), []);
        return true;
      },
      { what: 'every server to have its verdict', intervalMs: 5, deadlineMs: 60_000 },
    );
    assert.equal(stage.verdict('good'), 'HandshakePassed');
    const calls = good.calls.filter((call) => call === 'POST /mcp initialize').length;
    assert.ok(calls >= 2, `the good one was probed ${calls} times`);

    // What may be shown, that is: digests keep names as they were sent.
    const shown = Object.keys(bad).flatMap((name) =>
      stage.verifier.reports(`default/${name}`).flatMap(({ message, tools }) => [message, ...(tools?.names ?? [])]),
    );
    for (const text of shown) assert.doesNotMatch(text, /\p{Cc}|\p{Cf}/u);
    const stopping = Promise.resolve(stage.verifier.stop?.({ clean: true })).then(() => true);
    await until(
      async () => {
        await stage.clock.advance(100);
        return Promise.race([stopping, Promise.resolve(false)]);
      },
      { what: 'the verifier to stop', intervalMs: 5 },
    );
    const open = () => Object.entries(bad).filter(([, [server]]) => server.openSockets() > 0);
    await until(() => open().length === 0, { what: 'all sockets to be closed', intervalMs: 5 });
  });
});

describe('a server that changes', () => {
  it('from legacy to modern under the same image is followed', async () => {
    let modern = false;
    const server = await startPlainMcpServer((call) => {
      if (!modern || call.method === 'tools/list') return false;
      if (call.method === 'server/discover') call.result(discoverResult());
      else call.error(404, -32601, 'Method not found');
      return true;
    });
    const stage = await realStage();
    stage.serve('weather', server);
    await stage.anotherProbe([server]);
    assert.equal(stage.verifier.reports('default/weather')[0]?.server?.era, 'legacy');
    modern = true;
    await stage.anotherProbe([server]);
    assert.equal(stage.verifier.reports('default/weather')[0]?.server?.era, 'modern');
    assert.equal(stage.changes.length, 2);
    await stage.anotherProbe([server]);
    assert.deepEqual(server.calls.slice(-2), ['POST /mcp server/discover', 'POST /mcp tools/list']);
  });

  it('dies and comes back: each is told once', async () => {
    let dead = false;
    const server = await startPlainMcpServer((call) => {
      if (dead) call.request.socket.resetAndDestroy();
      return dead;
    });
    const stage = await realStage();
    stage.serve('weather', server);
    await stage.anotherProbe([server]);
    dead = true;
    for (let count = 0; count < 5; count++) await stage.anotherProbe([server]);
    assert.equal(stage.verdict('weather'), 'ConnectionLost');
    dead = false;
    await stage.anotherProbe([server]);
    assert.equal(stage.verdict('weather'), 'HandshakePassed');
    assert.equal(stage.changes.length, 3);
  });
});
