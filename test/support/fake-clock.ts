import type { Clock } from '../../src/runtime/clock.ts';

/** A clock that moves only when a test says so. */
export interface FakeClock extends Clock {
  /**
   * Moves time forward and runs every timer that falls due, in order of due time (first set first among equals).
   * Between two timers everything that a timer set off gets to run: promise continuations wholly, sockets one turn.
   * Timers that are set on the way run too when they fall within the time.
   *
   * @param ms how far, in milliseconds; 0 runs what is due now
   */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock only, as NTP or an administrator does. `monotonic()` and timers do not notice. */
  jump(ms: number): void;
  /** Milliseconds until each pending timer, soonest first. Empty: nothing is waiting for time. */
  pending(): readonly number[];
}

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock for tests.
 *
 * @param startMs what `now()` returns at first, in milliseconds since the epoch; default 2026-01-01T00:00:00Z,
 *   so that a test that mixes up wall and monotonic time (which starts at 0) fails
 */
export function createFakeClock(startMs: number = Date.UTC(2026, 0, 1)): FakeClock {
  let wall = startMs;
  let elapsed = 0;
  let order = 0;
  const timers = new Set<Timer>();

  function next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.due > until) continue;
      if (first === undefined || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) {
        first = timer;
      }
    }
    return first;
  }

  function moveTo(time: number): void {
    wall += time - elapsed;
    elapsed = time;
  }

  return {
    now: () => wall,
    monotonic: () => elapsed,
    after(delayMs, callback) {
      // As setTimeout does: never at once, and a negative delay is none.
      const timer: Timer = { due: elapsed + Math.max(0, delayMs), order: order++, callback };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    async advance(ms) {
      const until = elapsed + ms;
      await settle();
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        timers.delete(timer);
        moveTo(Math.max(elapsed, timer.due));
        timer.callback();
        await settle();
      }
      moveTo(Math.max(elapsed, until));
    },
    jump(ms) {
      wall += ms;
    },
    pending: () => [...timers].map((timer) => timer.due - elapsed).sort((a, b) => a - b),
  };
}

/** Lets everything that is ready run: all promise continuations, and one turn of the event loop. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
