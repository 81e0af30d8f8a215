import { ApiError, isTerminal } from './errors.ts';

/** What a reconcile returns when it did not throw. */
export interface ReconcileResult {
  /** Look again after this many milliseconds, even if nothing changes. Absent or 0: only when something changes. */
  readonly requeueAfterMs?: number;
}

/**
 * What becomes of a key after a reconcile.
 *
 * - `success`: nothing more to do.
 * - `requeue_after`: to be looked at again at a time.
 * - `conflict`: the object changed under our hands. Not an error: read again, soon.
 * - `dropped`: our side gave up, because it stops or does not lead (now). Not an error either.
 * - `terminal`: the same request gets the same answer until somebody changes something.
 * - `error`: may mend itself.
 * - `panic`: thrown by a bug, not by the API server.
 */
export type Outcome =
  | { readonly kind: 'success' }
  | { readonly kind: 'requeue_after'; readonly afterMs: number }
  | { readonly kind: 'conflict' | 'dropped' | 'terminal' | 'error'; readonly error: ApiError }
  | { readonly kind: 'panic'; readonly error: unknown };

/** The outcome of a reconcile that returned. */
export function outcomeOf(result: ReconcileResult | undefined): Outcome {
  const afterMs = result?.requeueAfterMs ?? 0;
  return afterMs > 0 ? { kind: 'requeue_after', afterMs } : { kind: 'success' };
}

/**
 * The outcome of a reconcile that threw.
 *
 * @param thrown whatever was caught
 * @param timedOut the deadline of this reconcile had passed: what it threw then is a timeout, not our stopping
 */
export function outcomeOfThrown(thrown: unknown, timedOut: boolean): Outcome {
  const aborted = thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError');
  if (!(thrown instanceof ApiError) && !aborted) return { kind: 'panic', error: thrown };
  const error = ApiError.from(thrown);
  if (error.code === 'Aborted' && timedOut) {
    return { kind: 'error', error: new ApiError('Timeout', 'the reconcile did not end in time', { cause: thrown }) };
  }
  if (error.code === 'Conflict') return { kind: 'conflict', error };
  if (error.code === 'Aborted' || error.code === 'NotLeader') return { kind: 'dropped', error };
  return { kind: isTerminal(error) ? 'terminal' : 'error', error };
}
