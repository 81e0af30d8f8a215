import type { ToolsSummary } from '../tools.ts';
import type { ServerFacts, Standing, Verdict } from '../verdict.ts';

/** What the last probe of a pod found: facts alone, nothing that differs from probe to probe. */
export interface PodReport {
  readonly podUid: string;
  readonly pod: string;
  /** Which pod template the pod was made from: pods of one template should agree. */
  readonly template: string;
  readonly verdict: Verdict;
  readonly standing: Exclude<Standing, 'None'>;
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

/** Whether two reports say the same. */
export function sameReport(a: PodReport | undefined, b: PodReport | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.podUid === b.podUid &&
    a.fingerprint === b.fingerprint &&
    a.standing === b.standing &&
    a.servesHealth === b.servesHealth &&
    a.tools?.hash === b.tools?.hash &&
    JSON.stringify(a.server) === JSON.stringify(b.server)
  );
}
