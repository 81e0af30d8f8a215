import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../test/support/fake-clock.ts';
import { ClusterError } from './cluster-error.ts';
import { waitFor } from './wait.ts';

test('what the condition returns is returned, at once when it holds', async () => {
  assert.equal(await waitFor(() => 'here', { what: 'it' }), 'here');
});

test('the condition is looked at again and again, at the interval asked for', async () => {
  const clock = createFakeClock();
  const looks: number[] = [];
  const waiting = waitFor(
    () => {
      looks.push(clock.monotonic());
      return looks.length === 3;
    },
    { what: 'the third look', intervalMs: 250, clock },
  );
  await clock.advance(1_000);
  assert.equal(await waiting, true);
  assert.deepEqual(looks, [0, 250, 500]);
});

test('a passed deadline names what was waited for, how long, and the last failure', async () => {
  const clock = createFakeClock();
  const waiting = waitFor(() => Promise.reject(new Error('connection refused')), {
    what: 'etcd to be healthy',
    deadlineMs: 2_000,
    clock,
  });
  const caught = waiting.catch((thrown: unknown) => thrown);
  await clock.advance(2_500);
  const error = await caught;
  assert.ok(error instanceof ClusterError);
  assert.equal(error.code, 'DeadlinePassed');
  assert.equal(
    error.message,
    'waited 2 s for etcd to be healthy, in vain; the last look failed with: connection refused',
  );
});

test('a failure that was followed by a plain "no" is not told', async () => {
  const clock = createFakeClock();
  let looks = 0;
  const waiting = waitFor(
    () => {
      looks += 1;
      if (looks === 1) throw new Error('early');
      return false;
    },
    { what: 'it', deadlineMs: 500, clock },
  );
  const caught = waiting.catch((thrown: unknown) => thrown);
  await clock.advance(1_000);
  assert.equal(((await caught) as Error).message, 'waited 0.5 s for it, in vain');
});

test('the condition is looked at once more after the deadline, so that a slow look does not lose', async () => {
  const clock = createFakeClock();
  const waiting = waitFor(() => clock.monotonic() >= 100, { what: 'it', deadlineMs: 100, intervalMs: 100, clock });
  await clock.advance(200);
  assert.equal(await waiting, true);
});

test('a ClusterError of the condition ends the wait: it can not come true any more', async () => {
  const ended = new ClusterError('ComponentFailed', 'kubelet ended');
  let looks = 0;
  const waiting = waitFor(
    () => {
      looks += 1;
      throw ended;
    },
    { what: 'it' },
  );
  await assert.rejects(waiting, (thrown) => thrown === ended);
  assert.equal(looks, 1);
});

test('the caller can make the error of a passed deadline', async () => {
  const clock = createFakeClock();
  const onDeadline = (message: string) => new ClusterError('ComponentFailed', `made of: ${message}`);
  const caught = waitFor(() => false, { what: 'it', deadlineMs: 100, clock, onDeadline }).catch(
    (thrown: unknown) => thrown,
  );
  await clock.advance(300);
  assert.equal(((await caught) as Error).message, 'made of: waited 0.1 s for it, in vain');
});

test('an abort ends the wait, also in the middle of a pause', async () => {
  const controller = new AbortController();
  let looks = 0;
  const waiting = waitFor(
    () => {
      looks += 1;
      setImmediate(() => controller.abort());
      return false;
    },
    { what: 'the end of days', intervalMs: 3_600_000, signal: controller.signal },
  );
  await assert.rejects(waiting, { code: 'Aborted', message: 'stopped while waiting for the end of days' });
  assert.equal(looks, 1);
});
