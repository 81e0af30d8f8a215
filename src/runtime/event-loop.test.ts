import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../../test/support/until.ts';
import { checkEventLoop, createLoopMonitor, type LoopDelay } from './event-loop.ts';

describe('liveness of the event loop', () => {
  /** The check, asked about these delays one after another. */
  const verdicts = (...delays: readonly (LoopDelay | undefined)[]) => {
    const left = [...delays];
    const check = checkEventLoop({ read: () => left.shift() });
    return delays.map(() => check());
  };

  test('is well when nothing was late, or nothing was measured', () => {
    assert.deepEqual(verdicts({ medianMs: 0, maxMs: 0 }, undefined), [undefined, undefined]);
  });

  test('one long pause is no reason to be killed', () => {
    assert.deepEqual(verdicts({ medianMs: 3, maxMs: 30_000 }), [undefined]);
  });

  test('fails when half of all turns are late, and recovers', () => {
    assert.deepEqual(verdicts({ medianMs: 2_001, maxMs: 9_000 }, { medianMs: 2_000, maxMs: 9_000 }), [
      'the event loop is late by 2001 ms half of the time (limit 2000 ms)',
      undefined,
    ]);
  });

  test('takes another limit', () => {
    const check = checkEventLoop({ read: () => ({ medianMs: 60, maxMs: 60 }) }, 50);
    assert.equal(check(), 'the event loop is late by 60 ms half of the time (limit 50 ms)');
  });
});

describe('monitor of the event loop', () => {
  test('sees a loop that is blocked, without the interval at which it looks', async (t) => {
    const monitor = createLoopMonitor(5);
    t.after(() => monitor.stop());
    assert.equal(monitor.read(), undefined, 'nothing was measured yet');
    const seen = await until(() => monitor.read(), { what: 'a measurement', intervalMs: 10 });
    assert.ok(seen.medianMs <= seen.maxMs);
    // How soon a measurement has it depends on the machine; that it is seen does not.
    const blocker = setInterval(() => {
      const start = process.hrtime.bigint();
      while (process.hrtime.bigint() - start < 60_000_000n);
    }, 5);
    t.after(() => clearInterval(blocker));
    const isBlocked = (delay: LoopDelay | undefined) =>
      delay !== undefined && delay.medianMs >= 40 ? delay : undefined;
    const blocked = await until(() => isBlocked(monitor.read()), { what: 'the block to be seen', intervalMs: 200 });
    assert.ok(blocked.maxMs >= 40);
  });

  test('forgets what it has told', async (t) => {
    const monitor = createLoopMonitor(5);
    t.after(() => monitor.stop());
    await until(() => monitor.read(), { what: 'a measurement', intervalMs: 10 });
    assert.equal(monitor.read(), undefined);
  });
});
