import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { writePidFile } from '../process/daemon.ts';
import { identify } from '../process/identity.ts';
import { withLock } from './lock.ts';

const what = 'the work';

test('one at a time', async (t) => {
  const file = join(await temporaryDirectory(t), 'folder', 'lock');
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    return inside;
  };
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => withLock(file, { what }, work))), [0, 0, 0]);
  assert.equal(most, 1);
});

test('the lock goes with the work, also when it fails, and leaves nothing beside it', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = join(directory, 'lock');
  await assert.rejects(
    withLock(file, { what }, () => Promise.reject(new Error('bad luck'))),
    /bad luck/,
  );
  assert.equal(await withLock(file, { what }, async () => existsSync(file)), true);
  assert.deepEqual(await readdir(directory), []);
});

test('a holder that was killed holds nothing', async (t) => {
  const file = join(await temporaryDirectory(t), 'lock');
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const holder = await identify(child.pid ?? 0);
  assert.ok(holder);
  await writePidFile(file, holder);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(await withLock(file, { what }, async () => 'mine'), 'mine');
});

test('so does a file that is no lock', async (t) => {
  const file = join(await temporaryDirectory(t), 'lock');
  await writeFile(file, 'torn');
  assert.equal(await withLock(file, { what }, async () => 'mine'), 'mine');
});

test('a holder that lives is waited for, and told once', async (t) => {
  const file = join(await temporaryDirectory(t), 'lock');
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const holder = await identify(child.pid ?? 0);
  assert.ok(holder);
  await writePidFile(file, holder);
  const lines: string[] = [];
  const report = (line: string) => {
    lines.push(line);
    child.kill('SIGKILL');
  };
  assert.equal(await withLock(file, { what, report }, async () => 'mine'), 'mine');
  assert.deepEqual(lines, [`waiting for process ${holder.pid}, which is busy with the work`]);
});

test('the wait has an end', async (t) => {
  const file = join(await temporaryDirectory(t), 'lock');
  const holder = await identify(process.pid);
  assert.ok(holder);
  await writePidFile(file, holder);
  const late = withLock(file, { what, deadlineMs: 50 }, async () => 'never');
  await assert.rejects(late, {
    code: 'DeadlinePassed',
    message: new RegExp(`for process ${process.pid} to be done with the work`),
  });
  const signal = AbortSignal.abort();
  await assert.rejects(
    withLock(file, { what, signal }, async () => 'never'),
    { code: 'Aborted' },
  );
});
