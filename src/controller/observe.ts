import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import type { PodReport } from '../mcp/verify/report.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Key, keyOf } from '../runtime/object.ts';
import { BY_SERVER, type Caches } from './caches.ts';
import type { RefusalMemory } from './memory.ts';
import { POD_SECURITY_LABEL } from './projections.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Reads everything that one MCPServer depends on from the caches and the verifier's findings. Sends nothing.
 *
 * @returns undefined when there is no such MCPServer
 */
export function observe(
  caches: Caches,
  reportsOf: (server: Key) => readonly PodReport[],
  memory: RefusalMemory,
  clock: Clock,
  key: Key,
): Snapshot | undefined {
  const server = caches.servers.store.get(key);
  if (server === undefined) return undefined;
  const refusals = memory.refusalsOf(server.metadata.uid);
  return snapshotOf(caches, server, { now: clock.now(), reports: reportsOf(key), refusals });
}

/**
 * The snapshot of an MCPServer that need not be in the cache: admission asks about one that is not stored yet.
 *
 * @param known what the caches do not hold
 */
export function snapshotOf(
  caches: Caches,
  server: MCPServer,
  known: Pick<Snapshot, 'now' | 'reports' | 'refusals'>,
): Snapshot {
  const { namespace } = server.metadata;
  const key = keyOf(server);
  const { secretName } = server.spec;
  const podSecurity = caches.namespaces.store.get(namespace)?.metadata.labels?.[POD_SECURITY_LABEL];
  const exists = (name: string | undefined) =>
    name === undefined || caches.secrets.store.has(keyOf({ metadata: { namespace, name } }));
  return {
    ...known,
    server,
    children: { Deployment: caches.deployments.store.get(key), Service: caches.services.store.get(key) },
    pods: caches.pods.store.byIndex(BY_SERVER, key),
    secretExists: exists(secretName),
    tokenExists: exists(server.spec.verify.auth?.secretKeyRef.name),
    restricted: podSecurity === 'restricted',
  };
}
