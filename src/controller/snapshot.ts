import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import type { PodReport } from '../mcp/verify/report.ts';
import type { Refusal } from './refusals.ts';
import type { ChildKind, Deployment, Pod, Service } from './resources.ts';

/** What the API server may refuse: a child, the removal of a Service that is not needed, a pod's readiness gate. */
export type Refusable = ChildKind | 'TakeBack' | 'Gate';

/** The children as they are; undefined where there is none. */
export interface Children {
  readonly Deployment: Deployment | undefined;
  readonly Service: Service | undefined;
}

/**
 * Everything that decisions about one MCPServer depend on, read once from the caches. Decisions are pure functions of
 * this: they read no clock, no cache and no environment. An action gives a new snapshot, with the world as the API
 * server's answer describes it.
 */
export interface Snapshot {
  /** Wall-clock time in milliseconds since the epoch. */
  readonly now: number;
  readonly server: MCPServer;
  readonly children: Children;
  /** The children that were written in this pass. Default: none. */
  readonly written?: ReadonlySet<ChildKind>;
  /** The server's pods, old and new, by name. */
  readonly pods: readonly Pod[];
  /** False when `spec.secretName` names a Secret that is not there. True when it names none. */
  readonly secretExists: boolean;
  /** What the verifier has found of each pod, as far as it has looked. */
  readonly reports: readonly PodReport[];
  /** False when `spec.verify.auth` names a Secret that is not there. True when it names none. */
  readonly tokenExists: boolean;
  /** Whether the namespace enforces the `restricted` Pod Security level. */
  readonly restricted: boolean;
  /** What the API server refused lately. */
  readonly refusals: Readonly<Partial<Record<Refusable, Refusal>>>;
}

/**
 * The snapshot with one child replaced: how an action reports what the API server answered.
 *
 * @param child the object as stored, or undefined when it is gone
 */
export function withChild(snapshot: Snapshot, kind: ChildKind, child: Deployment | Service | undefined): Snapshot {
  return { ...snapshot, children: { ...snapshot.children, [kind]: child } };
}

/** The snapshot with one child as we have just written it. */
export function withWritten(snapshot: Snapshot, kind: ChildKind, stored: Deployment | Service): Snapshot {
  return { ...withChild(snapshot, kind, stored), written: new Set([...(snapshot.written ?? []), kind]) };
}

/** The snapshot with a refusal noted, or with none; the very same where that changes nothing. */
export function withRefusal(snapshot: Snapshot, what: Refusable, refusal: Refusal | undefined): Snapshot {
  if (snapshot.refusals[what] === refusal) return snapshot;
  return { ...snapshot, refusals: { ...snapshot.refusals, [what]: refusal } };
}

/** What was refused, while it is too early to try again. */
export function refusedNow({ refusals, now }: Snapshot, what: Refusable): Refusal | undefined {
  const { [what]: refusal } = refusals;
  return refusal !== undefined && now < refusal.retryAt ? refusal : undefined;
}
