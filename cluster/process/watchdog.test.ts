import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { until } from '../../test/support/until.ts';
import { waitFor } from '../wait.ts';
import { identify, isAlive } from './identity.ts';
import { startWatchdog } from './watchdog.ts';

/** A process with these words on its command line, and its identity. */
async function sleeper(words: readonly string[]) {
  const child = spawn('sh', ['-c', 'read line', ...words], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  assert.ok(child.pid);
  const identity = await identify(child.pid);
  assert.ok(identity);
  return { child, identity };
}

async function watched(t: Parameters<typeof temporaryDirectory>[0]) {
  const directory = join(await temporaryDirectory(t), 'watched with blank');
  await mkdir(directory);
  await writeFile(join(directory, 'data'), 'x');
  return directory;
}

test('a release ends what it guards and removes the directory', async (t) => {
  const directory = await watched(t);
  const watchdog = await startWatchdog(directory);
  const guarded = [await sleeper([directory]), await sleeper([`--data-dir=${directory}/etcd`])];
  for (const { identity } of guarded) watchdog.guard(identity.pid);
  await watchdog.release();
  for (const { identity } of guarded) assert.equal(await isAlive(identity), false);
  await until(() => !existsSync(directory), { what: 'the directory to be gone' });
});

test('a process that took over a guarded pid is not ended: its command line is another', async (t) => {
  const directory = await watched(t);
  const watchdog = await startWatchdog(directory);
  const stranger = await sleeper(['somebody else']);
  watchdog.guard(stranger.identity.pid);
  await watchdog.release();
  assert.equal(await isAlive(stranger.identity), true);
  stranger.child.kill('SIGKILL');
});

test('a release twice is one', async (t) => {
  const watchdog = await startWatchdog(await watched(t));
  await watchdog.release();
  await watchdog.release();
});

test('it does its work when its parent is killed, and does not keep a parent alive that is done', async (t) => {
  const directory = await watched(t);
  const module = join(import.meta.dirname, 'watchdog.ts');
  const script = (last: string) => `
    import { spawn } from 'node:child_process';
    import { startWatchdog } from ${JSON.stringify(module)};
    const watchdog = await startWatchdog(process.argv[1]);
    const child = spawn('sleep', ['60'], { argv0: process.argv[1], detached: true, stdio: 'ignore' });
    child.unref();
    watchdog.guard(child.pid);
    console.log(child.pid);
    ${last}
  `;
  for (const last of ["process.kill(process.pid, 'SIGKILL');", '']) {
    await mkdir(directory, { recursive: true });
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script(last), directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = await once(parent.stdout.setEncoding('utf8'), 'data');
    await once(parent, 'exit');
    const pid = Number(String(output).trim());
    await waitFor(async () => !(existsSync(directory) || (await identify(pid))), {
      what: 'the process and the directory to be gone',
      deadlineMs: 10_000,
    });
  }
});
