import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { until } from '../../test/support/until.ts';

interface Running {
  readonly child: ChildProcess;
  /** The events that it logged so far. */
  readonly events: () => Record<string, unknown>[];
  readonly exited: Promise<unknown[]>;
}

/** The program as a process of its own, ended with the test. */
function start(t: TestContext, env: Record<string, string>): Running {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  // 'close' rather than 'exit': by then the last line has been read.
  const exited = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const events = () =>
    output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  return { child, events, exited };
}

async function portOf({ events }: Running): Promise<number> {
  const listening = await until(() => events().find(({ event }) => event === 'listening'), { what: 'it to listen' });
  return Number(listening.port);
}

describe('the sample server as a process', () => {
  it('serves on the port in PORT and says which', async (t) => {
    const port = await portOf(start(t, { PORT: '0' }));
    assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`ends by itself, with exit code 0, on ${signal}`, async (t) => {
      const running = start(t, { PORT: '0' });
      await portOf(running);
      running.child.kill(signal);
      assert.deepEqual(await running.exited, [0, null]);
      assert.deepEqual(
        running.events().map(({ event }) => event),
        ['listening', 'stopping', 'stopped'],
      );
    });
  }

  it('is ended at once by a second signal', async (t) => {
    const running = start(t, { PORT: '0' });
    const port = await portOf(running);
    // A request without an end keeps the first SIGTERM from finishing.
    const hanging = fetch(`http://127.0.0.1:${port}/mcp`, {
      method: 'POST',
      duplex: 'half',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{')) }),
    });
    const cut = assert.rejects(hanging);
    await (await fetch(`http://127.0.0.1:${port}/health`)).text();
    running.child.kill('SIGTERM');
    await until(() => running.events().some(({ event }) => event === 'stopping'), { what: 'it to stop' });
    running.child.kill('SIGTERM');
    assert.deepEqual(await running.exited, [null, 'SIGTERM']);
    await cut;
  });

  it('refuses a bad PORT with exit code 2 and says why', async (t) => {
    const running = start(t, { PORT: 'http' });
    assert.deepEqual(await running.exited, [2, null]);
    assert.deepEqual(running.events(), [
      { event: 'failed to start', error: 'PORT is "http": it has to be a number from 0 to 65535' },
    ]);
  });

  it('ends with exit code 1 when the port is taken', async (t) => {
    const port = await portOf(start(t, { PORT: '0' }));
    const second = start(t, { PORT: String(port) });
    assert.deepEqual(await second.exited, [1, null]);
    assert.match(String(second.events()[0]?.error), /EADDRINUSE/);
  });

  it('does not write the Secret anywhere', async (t) => {
    const running = start(t, { PORT: '0', GREETING: 'a-very-secret-word' });
    await portOf(running);
    running.child.kill('SIGTERM');
    await running.exited;
    assert.doesNotMatch(JSON.stringify(running.events()), /a-very-secret-word/);
  });
});
