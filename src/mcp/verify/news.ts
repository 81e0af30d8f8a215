import { type PodReport, sameReport } from './report.ts';

/** What was last told of a pod. */
export interface Told {
  readonly report: PodReport;
  /** When, in milliseconds of the monotonic clock. */
  readonly at: number;
  /** How often the pod's failure has been told in other words since it failed. */
  readonly retold: number;
}

/** What decides whether a report is told. Times in milliseconds of the monotonic clock. */
export interface Moment {
  readonly now: number;
  /** When the pod was first probed. */
  readonly firstProbedAt: number;
  /** `spec.verify.interval` in milliseconds. */
  readonly intervalMs: number;
  /** How long the server asked to be left alone; undefined when it did not. */
  readonly retryAfterMs?: number | undefined;
}

/** A pod that has not answered yet is believed to be starting for so long, if it is asked again in that time. */
const PATIENCE_MS = 3_000;

/** A failure may be told in other words at once; from then on after twice this, four times this, and so on. */
const RETELL_MS = 1_000;

/**
 * What is told of a pod after one more report. Each change becomes a status write, so:
 * - a report that says the same changes nothing, whatever its words;
 * - nothing is said of a pod that only begins to start;
 * - a failing pod, which is asked every second and may fail differently each time (500 for every second request, say),
 *   is told in other words rarely: once an interval in the end.
 *
 * @returns `told` itself when there is nothing new to say
 */
export function tell(told: Told | undefined, report: PodReport, moment: Moment): Told | undefined {
  const { now, firstProbedAt, intervalMs, retryAfterMs = 0 } = moment;
  const fails = report.standing === 'Failed';
  if (told === undefined) {
    return fails && now + retryAfterMs - firstProbedAt < PATIENCE_MS ? undefined : { report, at: now, retold: 0 };
  }
  if (sameReport(told.report, report)) return told;
  if (!fails || told.report.standing !== 'Failed') return { report, at: now, retold: 0 };
  const hold = told.retold === 0 ? 0 : Math.min(RETELL_MS * 2 ** Math.min(told.retold, 20), intervalMs);
  return now - told.at < hold ? told : { report, at: now, retold: told.retold + 1 };
}
