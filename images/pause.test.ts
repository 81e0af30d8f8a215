import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { errnoOf } from '../cluster/errno.ts';
import { until } from '../test/support/until.ts';
import { compilePause, pauseImage } from './pause.ts';
import type { RecipeContext } from './recipe.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const said: string[] = [];
let context: RecipeContext;
let binary: string;
let cacheDir: string;

describe('the pause binary', () => {
  before(async () => {
    cacheDir = await realpath(await mkdtemp(join(tmpdir(), 'smooth-operator-test-')));
    context = { architecture, cacheDir, progress: (line) => said.push(line), signal: undefined };
    binary = await compilePause(context);
  });

  after(() => rm(cacheDir, { recursive: true, force: true }));

  it('is a small static binary: it has no interpreter to find', async () => {
    const bytes = await readFile(binary);
    assert.equal(bytes.toString('latin1', 0, 4), '\x7fELF');
    assert.ok(!bytes.includes('ld-linux'));
    assert.ok(bytes.length < 3 << 20, `${bytes.length} bytes`);
  });

  it('does not carry where it was compiled', async () => {
    assert.ok(!(await readFile(binary)).includes(import.meta.dirname));
  });

  it('is compiled once', async () => {
    const { mtimeMs, ino } = await stat(binary);
    said.length = 0;
    assert.equal(await compilePause(context), binary);
    assert.equal((await stat(binary)).ino, ino);
    assert.ok((await stat(binary)).mtimeMs >= mtimeMs);
    assert.deepEqual(said, []);
    assert.equal((await readdir(join(context.cacheDir, 'pause'))).length, 1);
  });

  it('reaps what it inherits, as often as something ends', async (t) => {
    const { child } = await started(t, 'sleep 0.1 & sleep 0.2 & sleep 0.2 &');
    assert.equal(child.exitCode, null, 'it goes on');
  });

  it('reaps what ended before it listened, which sends no signal any more', async (t) => {
    // Not a shell, which would reap the child itself: Node does so in its event loop, to which this does not return.
    const script = `
      const { pid } = require('node:child_process').spawn('sleep', ['0'], { stdio: 'ignore' });
      const { readFileSync } = require('node:fs');
      while (!/\\) Z /.test(readFileSync('/proc/' + pid + '/stat', 'latin1')));
      process.execve(process.argv[1], ['pause'], {});`;
    await listening(t, spawn(process.execPath, ['-e', script, binary], { stdio: 'ignore' }));
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`waits until ${signal}, then ends with exit code 0`, async (t) => {
      const { child, exited } = await started(t, 'sleep 0.1 &');
      child.kill(signal);
      assert.deepEqual(await exited, [0, null]);
    });
  }

  /** Pause with children that it did not start: a shell starts them and becomes pause. */
  function started(t: TestContext, children: string) {
    return listening(t, spawn('sh', ['-c', `${children} exec "$0"`, binary], { stdio: 'ignore' }));
  }

  /** Waits until a process that becomes pause has reaped its children, which it does only once it listens for signals. */
  async function listening(t: TestContext, child: ChildProcess) {
    const exited = once(child, 'exit');
    t.after(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    const pid = String(child.pid);
    const reaped = async () => (await realpath(`/proc/${pid}/exe`)) === binary && !(await parents()).includes(pid);
    await until(reaped, { what: "pause's children to be reaped" });
    return { child, exited };
  }
});

/** The parent of each process of this machine, zombies included. */
async function parents(): Promise<(string | undefined)[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  return Promise.all(
    pids.map(async (pid) => {
      try {
        return /^PPid:\s*(\d+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
      } catch (thrown) {
        // It ended between the listing and here.
        if (['ENOENT', 'ESRCH'].includes(errnoOf(thrown) ?? '')) return undefined;
        throw thrown;
      }
    }),
  );
}

describe('pauseImage', () => {
  it('holds the binary alone and runs it as a non-root user', async () => {
    const { layers, run } = await pauseImage(context);
    const [entry, ...others] = layers.flatMap(({ entries }) => entries);
    assert.deepEqual(others, []);
    assert.equal(entry?.path, 'pause');
    assert.equal(entry?.mode, 0o755);
    assert.deepEqual(run, { entrypoint: ['/pause'], user: '65535:65535' });
  });
});
