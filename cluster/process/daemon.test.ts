import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ClusterError } from '../cluster-error.ts';
import { waitFor } from '../wait.ts';
import { endProcess, runningDaemon, startDaemon, stopDaemon, writePidFile } from './daemon.ts';
import { identify, isAlive } from './identity.ts';

/** A shell script as a daemon, in a directory of its own. */
async function shell(t: Parameters<typeof temporaryDirectory>[0], script: string) {
  const directory = await temporaryDirectory(t);
  const spec = {
    name: 'test',
    program: '/bin/sh',
    args: ['-c', script],
    logFile: join(directory, 'logs', 'test.log'),
    pidFile: join(directory, 'run', 'test.pid'),
  };
  t.after(async () => {
    await stopDaemon(spec.pidFile, 0);
  });
  return spec;
}

const logged = (file: string, text: string) =>
  waitFor(async () => (await readFile(file, 'utf8')).includes(text), {
    what: `${text} in ${file}`,
    deadlineMs: 10_000,
  });

test('a daemon is found by its pid file while it runs, and its output is in its log', async (t) => {
  const spec = await shell(t, 'echo hello; echo oops >&2; exec sleep 60');
  const identity = await startDaemon(spec);
  assert.deepEqual(await runningDaemon(spec.pidFile), identity);
  await logged(spec.logFile, 'hello\noops\n');
});

test('a second start goes on in the same log', async (t) => {
  const spec = await shell(t, 'echo hello; exec sleep 60');
  await startDaemon(spec);
  await logged(spec.logFile, 'hello');
  await stopDaemon(spec.pidFile, 0);
  await startDaemon(spec);
  await logged(spec.logFile, 'hello\nhello\n');
});

test('it is in a session of its own, so that a Ctrl-C for us does not reach it', async (t) => {
  const spec = await shell(t, 'echo ready; exec sleep 60');
  const { pid } = await startDaemon(spec);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  assert.deepEqual([Number(group), Number(session)], [pid, pid]);
});

test('it works where it is told to, in the environment it is given', async (t) => {
  const spec = await shell(t, 'echo "$(pwd) $COLOR"; exec sleep 60');
  await startDaemon({ ...spec, cwd: '/usr', env: { COLOR: 'red' } });
  await logged(spec.logFile, '/usr red');
});

test('a program that is not there is told by name', async (t) => {
  const spec = await shell(t, '');
  const starting = startDaemon({ ...spec, program: '/no/such/program' });
  await assert.rejects(starting, { code: 'ToolMissing', message: /^test cannot be started: \/no\/such\/program/ });
  assert.equal(existsSync(spec.pidFile), false);
});

test('one that ends at once, or a moment later, is told with what it said, or is no longer running', async (t) => {
  const spec = await shell(t, 'echo no config; exit 1');
  try {
    const identity = await startDaemon(spec);
    await waitFor(async () => !(await isAlive(identity)), { what: 'its end' });
    assert.equal(await runningDaemon(spec.pidFile), undefined);
  } catch (thrown) {
    assert.ok(thrown instanceof ClusterError);
    assert.deepEqual([thrown.code, thrown.tail, thrown.logFile], ['ComponentFailed', ['no config'], spec.logFile]);
  }
});

test('stopping asks first, and waits for the end', async (t) => {
  const spec = await shell(t, 'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.05; done');
  const identity = await startDaemon(spec);
  await logged(spec.logFile, 'ready');
  assert.equal(await stopDaemon(spec.pidFile, 10_000), true);
  assert.equal(await isAlive(identity), false);
  assert.match(await readFile(spec.logFile, 'utf8'), /bye/);
  assert.equal(existsSync(spec.pidFile), false);
});

test('one that does not listen is killed after its grace', async (t) => {
  const spec = await shell(t, 'trap "" TERM; echo ready; while :; do sleep 0.05; done');
  const identity = await startDaemon(spec);
  await logged(spec.logFile, 'ready');
  await stopDaemon(spec.pidFile, 200);
  assert.equal(await isAlive(identity), false);
});

test('stopping what does not run removes the file and says that there was nothing', async (t) => {
  const spec = await shell(t, 'exec sleep 60');
  const identity = await startDaemon(spec);
  await endProcess(identity, 0);
  assert.ok(existsSync(spec.pidFile));
  assert.equal(await runningDaemon(spec.pidFile), undefined);
  assert.equal(await stopDaemon(spec.pidFile, 0), false);
  assert.equal(existsSync(spec.pidFile), false);
  assert.equal(await stopDaemon(spec.pidFile, 0), false);
});

test('a pid file that names a reused pid ends nobody', async (t) => {
  const file = join(await temporaryDirectory(t), 'stale.pid');
  const self = await identify(process.pid);
  assert.ok(self);
  await writePidFile(file, { pid: self.pid, startedAt: 'long ago' });
  assert.equal(await runningDaemon(file), undefined);
  assert.equal(await stopDaemon(file, 0), false);
});

test('a torn, foreign or empty pid file names nobody', async (t) => {
  const file = join(await temporaryDirectory(t), 'odd.pid');
  for (const text of ['', '{"pid":', '123\n', '{"pid":"1","startedAt":"x"}', '{"pid":1}', 'null', '[]']) {
    await writeFile(file, text);
    assert.equal(await runningDaemon(file), undefined, JSON.stringify(text));
  }
});
