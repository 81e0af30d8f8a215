import { AsyncLocalStorage } from 'node:async_hooks';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';

/** A clock that tells what it runs how late it is. */
export interface DueClock extends Clock {
  /**
   * How many milliseconds ago the timer was due that set off what runs now, also over promises: the lateness of the event
   * loop, and of whatever was waited for since. Undefined outside of a timer.
   */
  lateness(): number | undefined;
}

/** The machine's clock, with that. */
export function createDueClock(clock: Clock = systemClock): DueClock {
  const due = new AsyncLocalStorage<number>();
  return {
    ...clock,
    after(delayMs, callback) {
      const at = clock.monotonic() + delayMs;
      return clock.after(delayMs, () => due.run(at, callback));
    },
    lateness() {
      const at = due.getStore();
      return at === undefined ? undefined : clock.monotonic() - at;
    },
  };
}
