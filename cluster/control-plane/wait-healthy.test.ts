import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ClusterError } from '../cluster-error.ts';
import { startDaemon, stopDaemon } from '../process/daemon.ts';
import { adviceFor, waitHealthy } from './wait-healthy.ts';

async function component(t: Parameters<typeof temporaryDirectory>[0], script: string) {
  const directory = await temporaryDirectory(t);
  const [logFile, pidFile] = [join(directory, 'log'), join(directory, 'pid')];
  const identity = await startDaemon({ name: 'kubelet', program: '/bin/sh', args: ['-c', script], logFile, pidFile });
  t.after(async () => {
    await stopDaemon(pidFile, 0);
  });
  return { identity, logFile };
}

test('it returns when the component says that it is healthy; what fails before is "not yet"', async (t) => {
  const { identity, logFile } = await component(t, 'exec sleep 60');
  let looks = 0;
  await waitHealthy('kubelet', identity, logFile, async () => {
    looks += 1;
    if (looks === 1) throw new Error('connection refused');
    return looks === 3;
  });
  assert.equal(looks, 3);
});

test('a component that ends is given up at once, with what it said last and what to do', async (t) => {
  const { identity, logFile } = await component(
    t,
    'echo "listen tcp: bind: address already in use"; sleep 0.1; exit 1',
  );
  const waiting = waitHealthy('kubelet', identity, logFile, async () => false);
  await assert.rejects(waiting, (thrown: unknown) => {
    assert.ok(thrown instanceof ClusterError);
    assert.equal(thrown.code, 'ComponentFailed');
    assert.equal(thrown.component, 'kubelet');
    assert.equal(thrown.message, 'kubelet ended before it was healthy');
    assert.deepEqual(thrown.tail, ['listen tcp: bind: address already in use']);
    assert.equal(thrown.logFile, logFile);
    assert.match(thrown.fix ?? '', /another program has its port/);
    return true;
  });
});

test('an abort ends the wait and leaves the component alone', async (t) => {
  const { identity, logFile } = await component(t, 'exec sleep 60');
  const controller = new AbortController();
  const look = async () => {
    controller.abort();
    return false;
  };
  await assert.rejects(waitHealthy('kubelet', identity, logFile, look, controller.signal), {
    code: 'Aborted',
    message: 'stopped while waiting for kubelet to be healthy',
  });
});

test('the advice follows what the component said', () => {
  const cases: [string, RegExp][] = [
    ['bind: address already in use', /ss -tlnp/],
    ['write /x: no space left on device', /disk is full/],
    ['inotify_init: too many open files', /max_user_instances/],
    ['mount: operation not permitted', /privileged container/],
    ['panic: something', /run this again.*cluster-down/],
    ['', /run this again/],
  ];
  for (const [line, advice] of cases) assert.match(adviceFor(['before', line]), advice, line);
});
