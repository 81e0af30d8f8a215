import type { ToolsSummary } from '../tools.ts';
import type { ProbeResult, ServerFacts, Standing, Verdict } from '../verdict.ts';

/** What the last probe of a pod found: facts alone, nothing that differs from probe to probe. */
export interface PodReport {
  readonly podUid: string;
  readonly pod: string;
  /** Which pod template the pod was made from: pods of one template should agree. */
  readonly template: string;
  readonly verdict: Verdict;
  /** `None` only of a pod that could never be asked: what is known of a pod stays. */
  readonly standing: Standing;
  /** In words: which pod, what was sent, what came back, what to do. */
  readonly message: string;
  /** Equal for the same finding, whatever the server's words. */
  readonly fingerprint: string;
  readonly server: ServerFacts | undefined;
  /** Undefined where no tools are advertised, and for a pod that did not pass. */
  readonly tools: ToolsSummary | undefined;
  /** Whether `health.path` is served; undefined when nobody asked, or the answer says nothing. */
  readonly servesHealth: boolean | undefined;
}

/** Whose report it is. */
export interface ReportedPod {
  readonly uid: string;
  readonly pod: string;
  readonly template: string;
}

/**
 * A probe's result as a report.
 *
 * @param tools of the result, in short
 */
export function reportOf(
  { uid, pod, template }: ReportedPod,
  result: ProbeResult,
  tools: ToolsSummary | undefined,
  servesHealth: boolean | undefined,
): PodReport {
  const { verdict, standing, message, fingerprint, server } = result;
  return { podUid: uid, pod, template, verdict, standing, message, fingerprint, server, tools, servesHealth };
}

/**
 * The report of a pod that could not be asked, for a reason of ours.
 *
 * @param message which pod, why not, what to do
 */
export function faultReport({ uid, pod, template }: ReportedPod, message: string): PodReport {
  const nothing = { server: undefined, tools: undefined, servesHealth: undefined };
  // Our own words: what moves in them by itself are numbers.
  const fingerprint = `ProbeError | ${message.replace(/\d+/g, '#')}`;
  return { podUid: uid, pod, template, verdict: 'ProbeError', standing: 'None', message, fingerprint, ...nothing };
}

/** Whether two reports say the same. Words may differ: a server may put the time into each of its errors. */
export function sameReport(a: PodReport | undefined, b: PodReport | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.podUid === b.podUid &&
    a.template === b.template &&
    a.fingerprint === b.fingerprint &&
    a.standing === b.standing &&
    a.servesHealth === b.servesHealth &&
    a.tools?.hash === b.tools?.hash &&
    JSON.stringify(a.server) === JSON.stringify(b.server)
  );
}
