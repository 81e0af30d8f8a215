import type { Clock } from '../runtime/clock.ts';
import { WebhookError } from './webhook-error.ts';

/** How much checking the API server is asked to do. */
export interface BudgetOptions {
  readonly clock: Clock;
  /**
   * Checks at a time; more wait. Default 8: a quarter of the sockets that the controller needs too, and enough for
   * hundreds a second.
   */
  readonly atATime?: number;
  /** Checks waiting; more are not made. Default 256. */
  readonly waiting?: number;
  /** Checks a second, over time. Default 100. */
  readonly perSecond?: number;
  /** Checks at once after a quiet time. Default 400: a repository of that many servers, applied in one go. */
  readonly burst?: number;
}

/** Bounds what callers, genuine or forged, can make the operator send. */
export interface Budget {
  /**
   * Waits for a place.
   *
   * @param signal gives the wait up
   * @returns a function that gives the place back, to be called once
   * @throws WebhookError `Busy` when there is none to be had; the signal's reason
   */
  enter(signal: AbortSignal): Promise<() => void>;
}

/** A token bucket in front of a few places. */
export function createBudget(options: BudgetOptions): Budget {
  const { clock, atATime = 8, waiting: maxWaiting = 256, perSecond = 100, burst = 400 } = options;
  const waiting = new Set<() => void>();
  let taken = 0;
  let tokens = burst;
  let refilledAt = clock.monotonic();

  function spend(): boolean {
    const now = clock.monotonic();
    tokens = Math.min(burst, tokens + ((now - refilledAt) / 1_000) * perSecond);
    refilledAt = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  }

  /** Hands the place on, so that nobody who comes in between takes it as well. */
  function leave(): void {
    const [next] = waiting;
    if (next === undefined) {
      taken -= 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (waiting.size >= maxWaiting || !spend()) throw new WebhookError('Busy', 'too much is being checked');
      if (taken < atATime) taken += 1;
      else {
        await new Promise<void>((resolve, reject) => {
          const go = () => {
            signal.removeEventListener('abort', giveUp);
            resolve();
          };
          const giveUp = () => {
            waiting.delete(go);
            reject(signal.reason);
          };
          waiting.add(go);
          signal.addEventListener('abort', giveUp, { once: true });
        });
      }
      return leave;
    },
  };
}
