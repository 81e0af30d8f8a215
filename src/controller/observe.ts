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
  const { namespace, uid } = server.metadata;
  const { secretName } = server.spec;
  const podSecurity = caches.namespaces.store.get(namespace)?.metadata.labels?.[POD_SECURITY_LABEL];
  const exists = (name: string | undefined) =>
    name === undefined || caches.secrets.store.has(keyOf({ metadata: { namespace, name } }));
  return {
    now: clock.now(),
    server,
    children: { Deployment: caches.deployments.store.get(key), Service: caches.services.store.get(key) },
    pods: caches.pods.store.byIndex(BY_SERVER, key),
    reports: reportsOf(key),
    secretExists: exists(secretName),
    tokenExists: exists(server.spec.verify.auth?.secretKeyRef.name),
    restricted: podSecurity === 'restricted',
    refusals: memory.refusalsOf(uid),
  };
}
