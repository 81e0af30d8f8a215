import type { DeploymentCondition } from 'kubernetes-types/apps/v1.js';
import { healthInEffect } from './health-in-effect.ts';
import { appliedHash } from './objects/applied-hash.ts';
import { awaitedAnswer } from './objects/probes.ts';
import { type PodProblem, worstProblem } from './pod-problem.ts';
import type { Deployment } from './resources.ts';
import type { Snapshot } from './snapshot.ts';
import { standingOf } from './standing.ts';
import { gateOf, verificationOf } from './verification.ts';
import { wishFor } from './wishes.ts';
import { words } from './words.ts';

/** How far the Deployment has carried out the spec: the facts that conditions are made from. */
export interface Rollout {
  readonly name: string;
  readonly namespace: string | undefined;
  /** Whether our Deployment exists. */
  readonly exists: boolean;
  /** Whether it has the current spec; an older one stays in place while the current one cannot be carried out. */
  readonly isApplied: boolean;
  readonly paused: boolean;
  /** Pods that the spec asks for. */
  readonly wanted: number;
  /** When a pod is taken to serve, in words: "GET /health on port 8080 answers". */
  readonly awaited: string;
  /** Pods that are available, of the current spec or an older one. */
  readonly available: number;
  /** Pods that there are; while a rollout goes on, the number that it is heading for. */
  readonly replicas: number;
  /** Whether every pod runs the current spec. */
  readonly isComplete: boolean;
  readonly deadlineExceeded: boolean;
  /** Why the API server refuses to create pods (quota, Pod Security, an admission webhook). */
  readonly podsRefused: PodProblem | undefined;
  /** Why a pod that exists does not run. */
  readonly problem: PodProblem | undefined;
  /** Why a pod that runs is not ready although the kubelet holds it for ready: it failed the handshake. */
  readonly unverified: PodProblem | undefined;
}

/**
 * Reads the Deployment's status and the pods.
 *
 * The Deployment's conditions are about the current spec only once its controller has seen it
 * (`status.observedGeneration`); until then they are ignored, unless the spec had been rolled out before. The number of
 * available pods is true at any time.
 */
export function rolloutOf(snapshot: Snapshot): Rollout {
  const { server, pods } = snapshot;
  const deployment = ourDeployment(snapshot);
  const status = deployment?.status;
  const isObserved = (status?.observedGeneration ?? 0) >= (deployment?.metadata.generation ?? 1);
  const isCurrent = isObserved || wasRolledOut(snapshot);
  const wanted = server.spec.replicas;
  const available = status?.availableReplicas ?? 0;
  const isApplied =
    deployment !== undefined && appliedHash(deployment) === appliedHash(wishFor(snapshot, 'Deployment'));
  const isComplete =
    isApplied &&
    isCurrent &&
    status?.updatedReplicas === wanted &&
    (status.replicas ?? 0) === wanted &&
    available >= wanted;
  const stopped = isApplied && isCurrent && wanted === 0 && (status?.replicas ?? 0) === 0;
  const podsRefused = isCurrent ? refusedPods(conditionOf(deployment, 'ReplicaFailure')) : undefined;
  const deadlineExceeded =
    isCurrent && conditionOf(deployment, 'Progressing')?.reason === 'ProgressDeadlineExceeded' && !isComplete;
  const settled = !isApplied || isComplete || stopped || deadlineExceeded || podsRefused !== undefined;
  return {
    name: server.metadata.name,
    namespace: server.metadata.namespace,
    exists: deployment !== undefined,
    isApplied,
    paused: deployment?.spec.paused === true,
    wanted,
    awaited: awaitedAnswer(server.spec, healthInEffect(snapshot).type),
    available,
    replicas: deployment === undefined ? 0 : settled ? (status?.replicas ?? 0) : wanted,
    isComplete: isComplete || stopped,
    deadlineExceeded,
    podsRefused,
    problem: worstProblem(pods),
    unverified: unverifiedPod(snapshot),
  };
}

/**
 * Whether every pod ran the spec that the Deployment still has. An annotation of somebody else's counts as a new generation of
 * a Deployment: that its controller is yet to look at it is no rollout, and not worth two writes of a status.
 */
function wasRolledOut({ server, written }: Snapshot): boolean {
  const { status, metadata } = server;
  if (written?.has('Deployment') || status?.observedGeneration !== metadata.generation) return false;
  return status?.conditions?.find(({ type }) => type === 'Progressing')?.reason === 'Complete';
}

function unverifiedPod(snapshot: Snapshot): PodProblem | undefined {
  const gates = snapshot.pods.map(gateOf);
  const { reports, unasked, lastVerdict, fault } = verificationOf(snapshot);
  // A gate that was never set stays shut, and who cannot ask cannot open it.
  if (fault !== undefined && gates.includes(undefined)) return { reason: fault.verdict, message: `${fault.message}.` };
  if (!gates.includes('False')) return undefined;
  const failed = reports.find(({ standing }) => standing === 'Failed');
  if (failed !== undefined) return { reason: failed.verdict, message: `${failed.message}.` };
  // An operator that comes back has yet to ask: why the pod is out is what was last said.
  const last = snapshot.server.status?.conditions?.find(({ type }) => type === 'Available');
  if (unasked.length === 0 || last?.status !== 'False' || last.reason !== lastVerdict?.reason) return undefined;
  return { reason: last.reason, message: last.message };
}

function ourDeployment(snapshot: Snapshot): Deployment | undefined {
  const { Deployment: live } = snapshot.children;
  const standing = standingOf(snapshot, live);
  return standing === 'ours' || standing === 'orphan' ? live : undefined;
}

function conditionOf(deployment: Deployment | undefined, type: string): DeploymentCondition | undefined {
  return deployment?.status?.conditions?.find((condition) => condition.type === type);
}

/** Pod Security lists every field at fault, so it needs more room than a kubelet. */
const MAX_REFUSAL = 1_000;

/** The ReplicaSet controller's refusal, which the Deployment repeats. Its message names the pod. */
function refusedPods(failure: DeploymentCondition | undefined): PodProblem | undefined {
  if (failure?.status !== 'True') return undefined;
  const message = words(failure.message ?? failure.reason, MAX_REFUSAL);
  if (message.includes('exceeded quota')) {
    return {
      reason: 'QuotaExceeded',
      message: `Pods do not fit in the namespace's ResourceQuota: ${message}. Raise the quota, or lower spec.resources or spec.replicas.`,
    };
  }
  if (message.includes('violates PodSecurity')) {
    return {
      reason: 'PodSecurityViolation',
      message: `The namespace's Pod Security level refuses the pods: ${message}.`,
    };
  }
  return { reason: 'PodsRefused', message: `The API server refuses the pods: ${message}.` };
}
