import type { MCPServer, MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import { apiVersion } from '../api/v1alpha1/names.ts';
import type { Client } from '../runtime/client.ts';
import { ApiError } from '../runtime/errors.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { secondsTimestamp } from '../runtime/seconds-timestamp.ts';
import type { GateChange } from './gates.ts';
import { firstDifference } from './holds.ts';
import { isDuplicatePort, replaceImpostors } from './impostors.ts';
import { SERVER_LABEL, VERIFIED_GATE } from './labels.ts';
import { appliedHash } from './objects/applied-hash.ts';
import type { Step } from './plan.ts';
import { projectPod } from './projections.ts';
import { classify, type Objection, type Refusal, refusalOf } from './refusals.ts';
import {
  type ChildKind,
  type Deployment,
  deployments,
  mcpServers,
  type Pod,
  pods,
  type Service,
  services,
} from './resources.ts';
import { type Snapshot, withChild, withRefusal, withWritten } from './snapshot.ts';
import { foreignMessage, standingOf, waitingMessage } from './standing.ts';

/** Told of every write that the API server has carried out, with the object as stored. */
export type OnWrite = (resource: Resource, stored: KubeObject) => void;

const resourceOf: Readonly<Record<ChildKind, Resource<Deployment | Service>>> = {
  Deployment: deployments,
  Service: services,
};

/**
 * Sends one request, and folds the answer into the snapshot.
 *
 * A "no" that stays a "no" becomes a refusal in the snapshot; everything else that fails is thrown.
 *
 * @throws ApiError for what a retry may mend (conflict, timeout, 5xx …)
 */
export async function carryOut(client: Client, step: Step, snapshot: Snapshot, onWrite: OnWrite): Promise<Snapshot> {
  try {
    if (step.action === 'remove') return await remove(client, step, snapshot);
    const stored = await (step.action === 'create' ? create(client, step.kind, step.wish) : change(client, step));
    onWrite(resourceOf[step.kind], stored);
    return withRefusal(withWritten(snapshot, step.kind, stored), step.kind, overrideOf(step, snapshot, stored));
  } catch (thrown) {
    const error = ApiError.from(thrown);
    // Gone already: the cache had not heard of it.
    if (step.action === 'remove' && error.code === 'NotFound') return withChild(snapshot, step.kind, undefined);
    if (step.action === 'create' && (error.code === 'Conflict' || error.code === 'AlreadyExists')) {
      return seeWhoIsThere(client, step, snapshot);
    }
    if (step.action !== 'remove' && error.causes.some(({ field }) => field === 'metadata.uid')) {
      throw new ApiError('Conflict', error.message, { cause: error });
    }
    return noteRefusal(step, snapshot, error);
  }
}

/**
 * Writes a status. Bound to the version that it is about, so a namesake created in the meantime is never touched, nor is
 * a spec that nobody has looked at yet called observed. The uid alone would not do: for the status of a custom resource
 * the API server overlooks it (seen on 1.36), as it puts the stored metadata in the place of what was sent.
 *
 * @throws ApiError `Conflict` when it has changed: read again
 */
export function writeStatus(client: Client, server: MCPServer, status: MCPServerStatus): Promise<MCPServer> {
  const { name, namespace, uid, resourceVersion } = server.metadata;
  const patch = { apiVersion, kind: mcpServers.kind, metadata: { name, namespace, uid, resourceVersion }, status };
  return client.apply(mcpServers, patch, { force: true, subresource: 'status' });
}

/**
 * Opens or shuts a pod's readiness gate: one condition of the pod's status, which is ours alone (KEP-580).
 *
 * @returns the snapshot with the pod as stored; unchanged when the pod is gone, which its watch will tell
 */
export async function setGate(
  client: Client,
  { pod, open, reason }: GateChange,
  snapshot: Snapshot,
  onWrite: OnWrite,
): Promise<Snapshot> {
  const { name, namespace, uid } = pod.metadata;
  const condition = {
    type: VERIFIED_GATE,
    status: open ? 'True' : 'False',
    reason,
    lastTransitionTime: secondsTimestamp(snapshot.now),
  };
  const patch = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid },
    status: { conditions: [condition] },
  };
  try {
    const stored = await client.apply(pods, patch as KubeObject, { force: true, subresource: 'status' });
    onWrite(pods, stored);
    const isThis = (each: Pod) => each.metadata.uid === uid;
    return { ...snapshot, pods: snapshot.pods.map((each) => (isThis(each) ? projectPod(stored) : each)) };
  } catch (thrown) {
    const error = ApiError.from(thrown);
    if (error.code === 'NotFound') return snapshot;
    // A conflict is not left to the watch: where the pod is still the same, that has nothing to tell.
    throw error;
  }
}

/**
 * Creates, and only creates: with `resourceVersion: "1"`, which no stored object can have, the apply answers 409 when
 * the name is taken by anybody. Without it, a foreign Service that has no selector would be taken over silently.
 */
function create(client: Client, kind: ChildKind, wish: KubeObject): Promise<Deployment | Service> {
  const guarded = { ...wish, metadata: { ...wish.metadata, resourceVersion: '1' } };
  return client.apply(resourceOf[kind], guarded);
}

/** Changes what is ours, by force so that drift is healed, and only if it is still the object that was looked at. */
async function change(
  client: Client,
  { kind, wish, live }: Extract<Step, { action: 'update' | 'adopt' }>,
): Promise<Deployment | Service> {
  const { uid, namespace, name } = live.metadata;
  const resource = resourceOf[kind];
  const guarded = { ...wish, metadata: { ...wish.metadata, ...(uid === undefined ? {} : { uid }) } };
  const apply = () => client.apply(resource, guarded, { force: true });
  try {
    return await apply();
  } catch (thrown) {
    if (!isDuplicatePort(ApiError.from(thrown))) throw thrown;
    await client.mergePatch(resource, namespace, name, replaceImpostors(live, wish));
    return apply();
  }
}

async function remove(
  client: Client,
  { kind, live }: Extract<Step, { action: 'remove' }>,
  snapshot: Snapshot,
): Promise<Snapshot> {
  const { namespace, name, uid = '', resourceVersion } = live.metadata;
  const preconditions = { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  await client.delete(resourceOf[kind], namespace, name, preconditions);
  return withChild(withRefusal(snapshot, 'TakeBack', undefined), kind, undefined);
}

/**
 * The name is taken. By whom, a cache that is scoped to our label may not know: ask. An object that carries no such label,
 * a stranger's or what is left of a predecessor's, is remembered as a refusal: no watch of ours will tell when it goes.
 */
async function seeWhoIsThere(
  client: Client,
  step: Extract<Step, { action: 'create' }>,
  snapshot: Snapshot,
): Promise<Snapshot> {
  const { kind, wish } = step;
  const { namespace, name } = wish.metadata;
  let live: Deployment | Service;
  try {
    live = await client.get(resourceOf[kind], namespace, name);
  } catch (thrown) {
    return noteRefusal(step, snapshot, ApiError.from(thrown));
  }
  const standing = standingOf(snapshot, live);
  if (standing === 'foreign') {
    return refuse(snapshot, kind, wish, { reason: 'ForeignObject', message: foreignMessage(kind, live) });
  }
  if (standing === 'leaving' && live.metadata.labels?.[SERVER_LABEL] === undefined) {
    return refuse(snapshot, kind, wish, { reason: 'WaitingForDeletion', message: waitingMessage(kind, name) });
  }
  return withChild(snapshot, kind, live);
}

/** @throws the error, when a retry may mend it */
function noteRefusal(step: Step, snapshot: Snapshot, error: ApiError): Snapshot {
  const { name } = (step.action === 'remove' ? step.live : step.wish).metadata;
  const no = classify(error, step.kind, name);
  if (no === undefined) throw error;
  if (step.action !== 'remove') return refuse(snapshot, step.kind, step.wish, no);
  const { now, refusals } = snapshot;
  return withRefusal(snapshot, 'TakeBack', refusalOf(no, { hash: undefined, now, previous: refusals.TakeBack }));
}

/**
 * An answer that does not hold what was applied: an admission webhook rewrites it. Applying it again at once would only
 * start a fight, so it counts as refused.
 */
function overrideOf(
  { kind, wish }: Exclude<Step, { action: 'remove' }>,
  snapshot: Snapshot,
  stored: KubeObject,
): Refusal | undefined {
  const field = firstDifference(wish, stored);
  if (field === undefined) return undefined;
  const message = `${kind} ${wish.metadata.name}: an admission webhook changes ${field} whenever it is written. Exempt the object from that webhook, or set the field in the MCPServer to what it wants.`;
  return refuse(snapshot, kind, wish, { reason: 'Overridden', message }).refusals[kind];
}

function refuse(snapshot: Snapshot, kind: ChildKind, wish: KubeObject, no: Objection): Snapshot {
  const previous = snapshot.refusals[kind];
  const refusal = refusalOf(no, { hash: appliedHash(wish), now: snapshot.now, previous });
  return withRefusal(snapshot, kind, refusal);
}
