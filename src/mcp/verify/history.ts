import type { Standing } from '../verdict.ts';

/** What the probes of one pod came to, as far as it decides when and how it is probed next. */
export interface History {
  /** What the last probe found; undefined before the first, and when the pod is to be asked afresh. */
  readonly last: Exclude<Standing, 'None'> | undefined;
  /** How often it has answered, ever. */
  readonly answers: number;
  /** How long its last answer took, in milliseconds. */
  readonly answerMs: number;
  /** How often in a row it has failed. */
  readonly failures: number;
  /** How often in a row its short probes ended by their deadline: it hangs, or is only slow. */
  readonly cuts: number;
  /** How often, in the same row of failures by deadline, it did not answer within the whole timeout. */
  readonly hangs: number;
  /** How often in a row a probe did not come about, for a reason of ours. */
  readonly faults: number;
  /** How long the server asked to be left alone (Retry-After), in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

/** One probe, in short. */
export interface Outcome {
  readonly standing: Standing;
  readonly durationMs: number;
  /** It ended because its time was up. */
  readonly timedOut: boolean;
  /** It had less time than `spec.verify.timeout`. */
  readonly short: boolean;
  readonly retryAfterMs: number | undefined;
}

/** Of a pod that was never probed. */
export const noHistory: History = {
  last: undefined,
  answers: 0,
  answerMs: 0,
  failures: 0,
  cuts: 0,
  hangs: 0,
  faults: 0,
  retryAfterMs: undefined,
};

/** The history after one more probe. */
export function afterProbe(history: History, outcome: Outcome): History {
  const { standing, durationMs, timedOut, short, retryAfterMs } = outcome;
  // It says nothing about the pod: what was known stays.
  if (standing === 'None') return afterFault(history);
  if (standing !== 'Failed') {
    return { ...noHistory, last: standing, answers: history.answers + 1, answerMs: durationMs };
  }
  return {
    ...history,
    last: 'Failed',
    failures: history.failures + 1,
    cuts: timedOut && short ? history.cuts + 1 : 0,
    hangs: timedOut ? history.hangs + (short ? 0 : 1) : 0,
    faults: 0,
    retryAfterMs,
  };
}

/** The history after a probe that did not come about. */
export function afterFault(history: History): History {
  return { ...history, faults: history.faults + 1 };
}

/** The history of a pod that is to be asked at once, because what it is asked has changed. */
export function afresh({ answers, answerMs }: History): History {
  return { ...noHistory, answers, answerMs };
}
