import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sleep } from '../../src/runtime/clock.ts';
import { createFakeClock } from './fake-clock.ts';

describe('fake clock', () => {
  it('stands still until it is advanced', () => {
    const clock = createFakeClock(1_000);
    assert.equal(clock.now(), 1_000);
    assert.equal(clock.monotonic(), 0);
  });

  it('moves both times', async () => {
    const clock = createFakeClock(1_000);
    await clock.advance(250);
    assert.equal(clock.now(), 1_250);
    assert.equal(clock.monotonic(), 250);
  });

  it('runs timers in order of due time, and equal ones in order of setting', async () => {
    const clock = createFakeClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push('c'));
    clock.after(10, () => ran.push('a'));
    clock.after(10, () => ran.push('b'));
    await clock.advance(20);
    assert.deepEqual(ran, ['a', 'b', 'c']);
  });

  it('shows each timer the time at which it was due', async () => {
    const clock = createFakeClock();
    const seen: number[] = [];
    clock.after(10, () => seen.push(clock.monotonic()));
    clock.after(30, () => seen.push(clock.monotonic()));
    await clock.advance(100);
    assert.deepEqual(seen, [10, 30]);
    assert.equal(clock.monotonic(), 100);
  });

  it('leaves timers that are not due', async () => {
    const clock = createFakeClock();
    let ran = false;
    clock.after(10, () => {
      ran = true;
    });
    await clock.advance(9);
    assert.equal(ran, false);
    assert.deepEqual(clock.pending(), [1]);
    await clock.advance(1);
    assert.equal(ran, true);
  });

  it('runs timers that a timer or its promises set, when they fall within the time', async () => {
    const clock = createFakeClock();
    const seen: number[] = [];
    const loop = (async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(clock, 10);
        seen.push(clock.monotonic());
      }
    })();
    await clock.advance(30);
    await loop;
    assert.deepEqual(seen, [10, 20, 30]);
  });

  it('does not run a cancelled timer, and cancelling again is harmless', async () => {
    const clock = createFakeClock();
    let ran = false;
    const cancel = clock.after(10, () => {
      ran = true;
    });
    cancel();
    cancel();
    await clock.advance(20);
    assert.equal(ran, false);
  });

  it('never calls back at once', async () => {
    const clock = createFakeClock();
    let ran = 0;
    clock.after(0, () => ran++);
    clock.after(-5, () => ran++);
    assert.equal(ran, 0);
    await clock.advance(0);
    assert.equal(ran, 2);
  });

  it('lets the wall clock jump without the monotonic one', async () => {
    const clock = createFakeClock(5_000);
    let ran = false;
    clock.after(10, () => {
      ran = true;
    });
    clock.jump(-3_600_000);
    assert.equal(clock.now(), 5_000 - 3_600_000);
    assert.equal(clock.monotonic(), 0);
    assert.equal(ran, false);
    await clock.advance(10);
    assert.equal(ran, true);
  });
});

describe('sleep', () => {
  it('ends early and leaves no timer when its signal is aborted', async () => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const slept = sleep(clock, 1_000, stop.signal);
    stop.abort();
    await slept;
    assert.deepEqual(clock.pending(), []);
  });

  it('does not start when its signal is aborted already', async () => {
    const clock = createFakeClock();
    await sleep(clock, 1_000, AbortSignal.abort());
    assert.deepEqual(clock.pending(), []);
  });
});
