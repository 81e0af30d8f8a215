import { isDeepStrictEqual } from 'node:util';
import type { ChangeKind, ChangeListener } from '../runtime/informer.ts';
import { controllerOf, type Key, type KubeObject, keyOf, splitKey } from '../runtime/object.ts';
import { BY_NAMESPACE, BY_SECRET, type Caches } from './caches.ts';
import { SERVER_LABEL } from './labels.ts';
import { mcpServers } from './resources.ts';

/** Wants an MCPServer looked at. */
export type Enqueue = (key: Key, why: ChangeKind) => void;

/**
 * Which change of what makes which MCPServer be looked at again.
 *
 * What exists at the start is looked at through the MCPServers alone: everything else has been read by then.
 */
export function connectTriggers(caches: Caches, enqueue: Enqueue): void {
  caches.servers.onChange((key, _before, _after, kind) => {
    if (kind !== 'delete') enqueue(key, kind);
  });
  caches.deployments.onChange(live((_key, before, after, kind) => enqueueOwner(after ?? before, kind)));
  caches.services.onChange(live((_key, before, after, kind) => enqueueOwner(after ?? before, kind)));
  caches.pods.onChange(
    live((_key, before, after, kind) => {
      if (before === undefined || after === undefined || tellsMore(before, after))
        enqueueLabelled(after ?? before, kind);
    }),
  );
  caches.secrets.onChange(
    live((key, _before, _after, kind) => {
      for (const server of caches.servers.store.byIndex(BY_SECRET, key)) {
        // Of a Secret for the pods only whether it exists is asked; a token is read again when its Secret changes.
        const isToken = server.spec.verify.auth?.secretKeyRef.name === splitKey(key).name;
        if (kind !== 'update' || isToken) enqueue(keyOf(server), kind);
      }
    }),
  );
  caches.namespaces.onChange(
    live((key, before, after, kind) => {
      if (isDeepStrictEqual(before?.metadata.labels, after?.metadata.labels)) return;
      for (const server of caches.servers.store.byIndex(BY_NAMESPACE, key)) enqueue(keyOf(server), kind);
    }),
  );

  function enqueueOwner(child: KubeObject | undefined, kind: ChangeKind): void {
    const owner = child === undefined ? undefined : controllerOf(child);
    if (child !== undefined && owner?.kind === mcpServers.kind) {
      enqueue(keyOf({ metadata: { ...child.metadata, name: owner.name } }), kind);
    } else {
      enqueueLabelled(child, kind);
    }
  }

  function enqueueLabelled(object: KubeObject | undefined, kind: ChangeKind): void {
    const name = object?.metadata.labels?.[SERVER_LABEL];
    if (object !== undefined && name !== undefined) enqueue(keyOf({ metadata: { ...object.metadata, name } }), kind);
  }
}

/** A listener that is not told of what was there at the start. */
function live<T>(listener: ChangeListener<T>): ChangeListener<T> {
  return (key, before, after, kind) => {
    if (kind !== 'sync') listener(key, before, after, kind);
  };
}

/** Whether a pod's change is one that `pod-problem.ts` would see. Most are not: a pod is written often. */
function tellsMore<T extends KubeObject & { readonly status?: unknown }>(before: T, after: T): boolean {
  return (
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    !isDeepStrictEqual(before.status, after.status)
  );
}
