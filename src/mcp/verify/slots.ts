import { createFifo } from '../../runtime/fifo.ts';

/** A bound on how much goes on at the same time. */
export interface Slots {
  /**
   * Waits for a slot.
   *
   * @returns a function that gives it back; calling it twice is harmless
   */
  take(): Promise<() => void>;
  /** Slots that are taken. */
  readonly taken: number;
}

/**
 * So many slots, given out in the order in which they were asked for.
 *
 * @throws RangeError for fewer than one: everybody would wait for ever
 */
export function createSlots(count: number): Slots {
  if (!(count >= 1)) throw new RangeError(`there must be at least one slot, not ${count}`);
  const waiting = createFifo<() => void>();
  let taken = 0;

  function release(): () => void {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = waiting.shift();
      // Handed on rather than freed, so that nobody who comes now can overtake.
      if (next === undefined) taken -= 1;
      else next();
    };
  }

  return {
    get taken() {
      return taken;
    },
    take() {
      if (taken + 1 <= count) {
        taken += 1;
        return Promise.resolve(release());
      }
      return new Promise((resolve) => waiting.push(() => resolve(release())));
    },
  };
}
