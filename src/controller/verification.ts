import type { PodReport } from '../mcp/verify/report.ts';
import type { ConditionVerdict } from './conditions/verdict.ts';
import { VERIFIED_GATE } from './labels.ts';
import { oncePerSnapshot } from './once-per-snapshot.ts';
import type { Pod } from './resources.ts';
import type { Snapshot } from './snapshot.ts';

/** What the verifier has found, as far as conditions are made from it. */
export interface Verification {
  readonly disabled: boolean;
  readonly tokenMissing: string | undefined;
  /** Pods that the kubelet holds for ready: those that ought to answer. */
  readonly serving: number;
  /** Reports of those pods, by pod name. */
  readonly reports: readonly PodReport[];
  /** Pods that have not been asked yet. */
  readonly unasked: readonly string[];
  /** Why one of those could not be asked; undefined when that was not tried, or not in vain. */
  readonly fault: PodReport | undefined;
  /** What was shown of the pods last; undefined when nothing was. It stays while there are pods that nobody has asked. */
  readonly lastVerdict: ConditionVerdict | undefined;
  /** Pods that passed; those that have not been asked yet count as they did in the status before. */
  readonly verified: number;
  /** Tools that `spec.verify.expectTools` names and a pod does not have, with that pod. */
  readonly missingTools: { readonly pod: string; readonly tools: readonly string[] } | undefined;
  /** Two pods of one template that are not the same server. */
  readonly disagreement: readonly [PodReport, PodReport] | undefined;
  /** The finding to show as the server's own: of the newest pod that passed. */
  readonly best: PodReport | undefined;
}

/**
 * Sums up the reports of the pods that ought to answer. A pod that is being deleted, or that the kubelet does not hold for
 * ready, is not asked to.
 */
export const verificationOf = oncePerSnapshot(sumUp);

function sumUp(snapshot: Snapshot): Verification {
  const { server, pods } = snapshot;
  const { verify } = server.spec;
  const serving = pods.filter(isServing);
  const byUid = new Map(snapshot.reports.map((report) => [report.podUid, report]));
  const told = serving
    .flatMap((pod) => byUid.get(pod.metadata.uid ?? '') ?? [])
    .sort((a, b) => (a.pod < b.pod ? -1 : 1));
  const reports = told.filter(({ standing }) => standing !== 'None');
  const asked = new Set(reports.map(({ podUid }) => podUid));
  const passed = reports.filter(({ standing }) => standing === 'Passed');
  const unasked = serving.filter(({ metadata }) => !asked.has(metadata.uid ?? '')).map(({ metadata }) => metadata.name);
  const verifiedBefore = server.status?.verifiedReplicas ?? 0;
  return {
    disabled: verify.disabled === true,
    tokenMissing: snapshot.tokenExists ? undefined : verify.auth?.secretKeyRef.name,
    serving: serving.length,
    reports,
    unasked,
    fault: told.find(({ standing }) => standing === 'None'),
    lastVerdict: lastVerdict(server),
    verified: Math.min(Math.max(verifiedBefore, passed.length), passed.length + unasked.length),
    missingTools: missingTools(passed, verify.expectTools ?? []),
    disagreement: disagreement(passed),
    best: newest(passed, serving),
  };
}

/** Reasons of `Verified` that say nothing of the pods. */
const notOfPods = new Set(['Verifying', 'Disabled', 'TokenNotFound', 'ProbeError']);

/**
 * The verifier remembers nothing over a restart of the operator, and a rollout brings pods that it has yet to ask: a
 * server whose pods answer must not stop being Ready for that.
 */
function lastVerdict({ status }: Snapshot['server']): ConditionVerdict | undefined {
  const last = status?.conditions?.find(({ type }) => type === 'Verified');
  if (last === undefined || notOfPods.has(last.reason)) return undefined;
  return { status: last.status, reason: last.reason, message: last.message };
}

/** Whether the kubelet's own probes pass. `Ready` will not do: where there is a gate, it waits for us. */
export function isServing(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && conditionOf(pod, 'ContainersReady') === 'True';
}

/** The gate's state of a pod; undefined where it was never set, null for a pod that has no gate. */
export function gateOf(pod: Pod): 'True' | 'False' | 'Unknown' | undefined | null {
  const hasGate = pod.spec?.readinessGates?.some(({ conditionType }) => conditionType === VERIFIED_GATE) ?? false;
  return hasGate ? conditionOf(pod, VERIFIED_GATE) : null;
}

function conditionOf(pod: Pod, type: string): 'True' | 'False' | 'Unknown' | undefined {
  const status = pod.status?.conditions?.find((condition) => condition.type === type)?.status;
  return status === 'True' || status === 'False' || status === 'Unknown' ? status : undefined;
}

function missingTools(reports: readonly PodReport[], expected: readonly string[]): Verification['missingTools'] {
  for (const { pod, tools } of reports) {
    const names = new Set(tools?.digests.map(({ name }) => name));
    const missing = expected.filter((name) => !names.has(name));
    if (missing.length > 0) return { pod, tools: missing };
  }
  return undefined;
}

/** Old and new pods of a rollout may differ; pods of one template may not. */
function disagreement(reports: readonly PodReport[]): Verification['disagreement'] {
  const first = new Map<string, PodReport>();
  for (const report of reports) {
    const other = first.get(report.template);
    if (other === undefined) first.set(report.template, report);
    else if (identity(other) !== identity(report)) return [other, report];
  }
  return undefined;
}

function identity({ server, tools }: PodReport): string {
  return JSON.stringify([server?.name, server?.version, server?.protocolVersion, tools?.hash]);
}

function newest(reports: readonly PodReport[], pods: readonly Pod[]): PodReport | undefined {
  const born = new Map(pods.map(({ metadata }) => [metadata.uid, metadata.creationTimestamp ?? '']));
  return [...reports].sort((a, b) => {
    const [left, right] = [born.get(a.podUid) ?? '', born.get(b.podUid) ?? ''];
    return left === right ? (a.pod < b.pod ? -1 : 1) : left > right ? -1 : 1;
  })[0];
}
