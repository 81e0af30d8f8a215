/** When a pod is probed next. Pure: times come in as numbers, and chance as a number in [0, 1). */

/** What is known of one pod when its next probe is planned. */
export interface Occasion {
  /** What the last probe meant; undefined before the first. */
  readonly last: 'Passed' | 'Failed' | 'Unknown' | 'None' | undefined;
  /** How often in a row it has not passed. */
  readonly failures: number;
  /** Whether it has ever passed. */
  readonly hasPassed: boolean;
  /** `spec.verify.interval` in milliseconds. */
  readonly intervalMs: number;
  /** How long the server asked to be left alone (Retry-After), in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** A starting server is asked again after this, then twice as long each time, up to the next line. */
const FIRST_RETRY_MS = 250;
/** A pod that fails is asked this often, so that it is back in the endpoints within two seconds of answering again. */
const FAILING_RETRY_MS = 1_000;
/** Pods of one start do not all begin in the same instant. */
const START_SPREAD_MS = 100;
const JITTER = 0.1;

/**
 * The wait before the next probe, in milliseconds.
 *
 * A pod that answers is asked every interval, a tenth more or less, so that a thousand servers do not fall into step.
 * One that fails is asked every second for as long as it fails. What wants credentials fails the same way each time,
 * and is asked at the interval; so is a server that asks for patience.
 */
export function delayBefore(occasion: Occasion, random: number): number {
  const { last, failures, hasPassed, intervalMs, retryAfterMs } = occasion;
  if (last === undefined) return random * START_SPREAD_MS;
  const around = (ms: number) => ms * (1 - JITTER + 2 * JITTER * random);
  if (last === 'Passed' || last === 'Unknown') return around(intervalMs);
  if (retryAfterMs !== undefined) return Math.min(Math.max(retryAfterMs, FAILING_RETRY_MS), intervalMs);
  const first = hasPassed ? FAILING_RETRY_MS : FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10);
  return around(Math.min(first, FAILING_RETRY_MS, intervalMs));
}

/**
 * The time that a probe gets, in milliseconds.
 *
 * A server that hangs would hold each probe for the whole timeout, and come back unseen in the meantime. So two of three
 * probes of a failing pod get a short time, and the third all of it, for the server that is only slow.
 *
 * @param timeoutMs `spec.verify.timeout`
 */
export function timeFor({ failures, last }: Pick<Occasion, 'failures' | 'last'>, timeoutMs: number): number {
  if (last !== 'Failed' || failures % 3 === 0) return timeoutMs;
  return Math.min(timeoutMs, FAILING_RETRY_MS);
}
