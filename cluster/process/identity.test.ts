import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { waitFor } from '../wait.ts';
import { identify, isAlive, signalProcess, startTicks } from './identity.ts';

test('the start of a process is field 22, whatever its name is', () => {
  const fields = (state: string) =>
    [state, ...Array.from({ length: 18 }, (_, index) => String(index)), '4242', '7'].join(' ');
  assert.equal(startTicks(`12 (etcd) ${fields('S')}`), '4242');
  assert.equal(startTicks(`12 (a) b (c) d) ${fields('R')}`), '4242');
});

test('a zombie and a dead process have no start: they are gone', () => {
  const rest = Array.from({ length: 20 }, () => '1').join(' ');
  assert.equal(startTicks(`12 (etcd) Z ${rest}`), undefined);
  assert.equal(startTicks(`12 (etcd) X ${rest}`), undefined);
});

test('a zombie of which other threads are still ending is there: they hold its ports', () => {
  const stat = (threads: number) => `12 (etcd) Z ${[...Array(16).fill('1'), threads, '0', '4242', '7'].join(' ')}`;
  assert.equal(startTicks(stat(3)), '4242');
  assert.equal(startTicks(stat(1)), undefined);
  assert.equal(startTicks(stat(0)), undefined);
});

test('a process has the same identity whenever it is asked for', async () => {
  const first = await identify(process.pid);
  assert.ok(first);
  assert.deepEqual(await identify(process.pid), first);
  assert.ok(await isAlive(first));
});

test('a reused pid is another process', async () => {
  const self = await identify(process.pid);
  assert.ok(self);
  const earlier = { ...self, startedAt: `${self.startedAt}0` };
  assert.equal(await isAlive(earlier), false);
  // Were it believed, this would end the test.
  assert.equal(await signalProcess(earlier, 'SIGKILL'), false);
});

test('an identity from before a restart of the machine is another process', {
  skip: process.platform !== 'linux' && 'only Linux names its boots',
}, async () => {
  const self = await identify(process.pid);
  assert.ok(self);
  const [, ticks] = self.startedAt.split(' ');
  assert.equal(await isAlive({ pid: self.pid, startedAt: `00000000-0000-0000-0000-000000000000 ${ticks}` }), false);
});

test('a process that ended has no identity, and takes no signal', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  assert.ok(child.pid);
  const identity = await identify(child.pid);
  assert.ok(identity);
  const ended = once(child, 'exit');
  assert.equal(await signalProcess(identity, 'SIGKILL'), true);
  await ended;
  assert.equal(await identify(identity.pid), undefined);
  assert.equal(await signalProcess(identity, 'SIGKILL'), false);
});

test('a process that ended but was not waited for counts as gone', async () => {
  // The shell's child ends at once; the shell becomes a `sleep` that never waits for it.
  const shell = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [output] = await once(shell.stdout.setEncoding('utf8'), 'data');
    const zombie = Number(String(output).trim());
    await waitFor(async () => (await identify(zombie)) === undefined, { what: 'the zombie to count as gone' });
  } finally {
    shell.kill('SIGKILL');
  }
});
