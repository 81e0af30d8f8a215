import { type Truthy, waitFor } from '../../cluster/wait.ts';

/** How long to wait, and for what. */
export interface UntilOptions {
  /** The condition in words, for the failure's message: `the Deployment to be created`. */
  readonly what: string;
  /** Milliseconds until the test fails. Default 30,000: only a failing test takes so long. */
  readonly deadlineMs?: number;
  /** Milliseconds between two looks. Default 50. */
  readonly intervalMs?: number;
}

/**
 * Waits until a condition holds. Tests wait on conditions, never on time.
 *
 * @param condition returns something truthy when it holds; what it throws (a failed assertion, say) is "not yet" and
 *   ends up in the failure's message
 * @returns what the condition returned
 */
export function until<T>(condition: () => T | Promise<T>, options: UntilOptions): Promise<Truthy<T>> {
  return waitFor(condition, { deadlineMs: 30_000, intervalMs: 50, ...options });
}
