import type { History } from './history.ts';

/** When a pod is probed next, and for how long. Pure: chance comes in as a number in [0, 1). */

/** What a wait depends on beside the pod's own history. */
export interface Circumstances {
  /** `spec.verify.interval` in milliseconds. */
  readonly intervalMs: number;
  /** How many pods fail at present, of all servers. */
  readonly crowd: number;
}

/** A starting server is asked again after this, then twice as long each time, up to the next line. */
const FIRST_RETRY_MS = 250;
/** A pod that fails is asked this often, so that it is back in the endpoints within two seconds of answering again. */
const RETRY_MS = 1_000;
/** The time of a short probe. With the wait before it, it is less than the two seconds. */
const SHORT_MS = 800;
/** A short probe gives a pod as many times as long as its last answer took. */
const LEEWAY = 2;
/** As many short probes in a row are cut off before one gets the whole time: for a server that is only slow. */
const FEWEST_CUTS = 2;
/** Of a pod that was seen to hang, where a probe that waits is one that misses the recovery. */
const MOST_CUTS = 60;
/** As many failing pods are asked every second. More of them share as many probes a second. */
const CROWD = 100;
/** Pods of one start do not all begin in the same instant. */
const START_SPREAD_MS = 100;
/** Waits are shorter by up to this share, so that pods do not fall into step; never longer: they are promises. */
const JITTER = 0.1;

/**
 * The wait before the next probe, in milliseconds, counted from the end of the last.
 *
 * A pod that answers is asked every interval. Its second probe comes at any time within one, so that those of a
 * thousand servers, which all begin when the operator does, are spread over it. A pod that fails is asked every second
 * for as long as it fails. What wants credentials fails the same way each time, and is asked at the interval. A server
 * that asks for patience gets it, up to the interval. When a probe did not come about for a reason of ours, trying
 * harder makes that reason worse: the waits double.
 *
 * @returns at most the interval, or a tenth of a second where that is longer
 */
export function delayBefore(history: History, { intervalMs, crowd }: Circumstances, random: number): number {
  const { last, failures, answers, faults, retryAfterMs } = history;
  const early = 1 - JITTER * random;
  if (faults > 0) return Math.min(RETRY_MS * 2 ** Math.min(faults - 1, 20), intervalMs) * early;
  if (last === undefined) return random * START_SPREAD_MS;
  if (last !== 'Failed')
    return answers === 1 ? Math.max(Math.min(RETRY_MS, intervalMs), intervalMs * random) : intervalMs * early;
  const first = answers > 0 ? RETRY_MS : Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20), RETRY_MS);
  const retry = first * Math.max(1, crowd / CROWD) * early;
  // Not before it was asked to; later does no harm.
  const asked = (retryAfterMs ?? 0) * (1 + JITTER * random);
  return Math.min(Math.max(retry, asked), intervalMs);
}

/**
 * The time that a probe gets, in milliseconds.
 *
 * A pod that hangs would hold each probe for the whole timeout, and come back unseen in the meantime. So the probes of a
 * failing pod are short, as measured by how fast it was while it answered. Now and then one gets all of the time, for a
 * server that has become slow: soon for one that was not seen to hang, twice as late each time, and about every two
 * minutes for one that has answered once and then hung.
 *
 * @param timeoutMs `spec.verify.timeout`
 */
export function timeFor({ last, cuts, hangs, answers, answerMs }: History, timeoutMs: number): number {
  if (last !== 'Failed') return timeoutMs;
  const patience = hangs > 0 && answers > 0 ? MOST_CUTS : Math.min(FEWEST_CUTS * 2 ** Math.min(hangs, 20), MOST_CUTS);
  if (cuts >= patience) return timeoutMs;
  return Math.min(timeoutMs, Math.max(SHORT_MS, answerMs * LEEWAY));
}
