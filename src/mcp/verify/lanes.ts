import type { Clock } from '../../runtime/clock.ts';
import { createSlots } from './slots.ts';

/** Whose probe it is: of a pod that answered last time, or of one that did not or was never asked. */
export type Lane = 'answering' | 'doubtful';

/** Bounds how many probes are under way, such that those that hang do not delay those that do not. */
export interface Lanes {
  /**
   * Waits until a probe may begin.
   *
   * @returns to be called when it has ended; calling it twice is harmless
   */
  enter(lane: Lane): Promise<() => void>;
  /** Probes under way. */
  readonly inside: number;
}

/** A probe that takes longer moves out of the way. Longer than the short probes of failing pods. */
const MOVE_OVER_MS = 1_000;

/** There are so many times as many places for doubtful and for slow probes: they wait more than they work. */
const WIDTH = 2;

/**
 * Pods that answer have a lane of their own. Any of them may hang from one moment to the next, and all pods of a node do
 * when it dies: so a probe holds its place in a lane for a second at most, and then moves over to a third one, for the
 * slow. Only when that is full as well does it stay where it is.
 *
 * @param width places for pods that answer
 */
export function createLanes(clock: Clock, width: number): Lanes {
  const lanes = { answering: createSlots(width), doubtful: createSlots(width * WIDTH) };
  const slow = createSlots(width * WIDTH);

  return {
    get inside() {
      return lanes.answering.taken + lanes.doubtful.taken + slow.taken;
    },
    async enter(lane) {
      let giveBack = await lanes[lane].take();
      let left = false;

      async function moveOver(): Promise<void> {
        const place = await slow.take();
        if (left) return place();
        giveBack();
        giveBack = place;
      }

      const cancel = clock.after(MOVE_OVER_MS, () => void moveOver());
      return () => {
        left = true;
        cancel();
        giveBack();
      };
    },
  };
}
