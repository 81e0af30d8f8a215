import { controllerOf, type KubeObject, type OwnerReference } from '../runtime/object.ts';
import { FIELD_MANAGER, MANAGED_BY_LABEL, SERVER_LABEL } from './labels.ts';
import { type ChildKind, mcpServers } from './resources.ts';
import type { Snapshot } from './snapshot.ts';

/** How a live object relates to the MCPServer whose child would have its name. */
export type Standing =
  | 'absent'
  | 'ours'
  | 'leaving' // ours or our predecessor's, and about to be deleted
  | 'orphan' // carries our labels, owned by nobody: to be adopted
  | 'foreign';

/** The standing of a live object towards the snapshot's server. */
export function standingOf(snapshot: Snapshot, live: KubeObject | undefined): Standing {
  if (live === undefined) return 'absent';
  const { server } = snapshot;
  const owner = controllerOf(live);
  if (owner?.uid === server.metadata.uid) return live.metadata.deletionTimestamp === undefined ? 'ours' : 'leaving';
  // A server that was deleted and created again at once: the garbage collector is about to take its old children.
  if (owner !== undefined && isMCPServer(owner) && owner.name === server.metadata.name) return 'leaving';
  if (owner !== undefined) return 'foreign';
  const labels = live.metadata.labels ?? {};
  return labels[MANAGED_BY_LABEL] === FIELD_MANAGER && labels[SERVER_LABEL] === server.metadata.name
    ? 'orphan'
    : 'foreign';
}

/** By group too, whatever the version: other products have a kind of this name. */
function isMCPServer({ apiVersion, kind }: OwnerReference): boolean {
  return kind === mcpServers.kind && apiVersion.startsWith(`${mcpServers.group}/`);
}

/** What to tell the user of a predecessor's child that is about to go. */
export function waitingMessage(kind: ChildKind, name: string): string {
  return `Waiting for the previous ${kind} ${name} to be deleted.`;
}

/** What to tell the user of a stranger's object under a child's name. */
export function foreignMessage(kind: ChildKind, live: KubeObject): string {
  const { name } = live.metadata;
  const owner = controllerOf(live);
  const whose = owner === undefined ? 'was not created by this operator' : `belongs to ${owner.kind} ${owner.name}`;
  return `A ${kind} named ${name} already exists and ${whose}. It is left untouched: rename the MCPServer, or delete that ${kind}.`;
}
