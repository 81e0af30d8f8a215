import { healthInEffect } from './health-in-effect.ts';
import { deploymentFor } from './objects/deployment.ts';
import { type Affinity, serviceFor } from './objects/service.ts';
import { oncePerSnapshot } from './once-per-snapshot.ts';
import type { ChildKind, Deployment, Service } from './resources.ts';
import type { Snapshot } from './snapshot.ts';

/** The objects that should exist for a snapshot. */
const wishes: Readonly<Record<ChildKind, (snapshot: Snapshot) => Deployment | Service>> = {
  Deployment: oncePerSnapshot((snapshot) =>
    deploymentFor(snapshot.server, { restricted: snapshot.restricted, healthType: healthInEffect(snapshot).type }),
  ),
  Service: oncePerSnapshot((snapshot) => serviceFor(snapshot.server, affinityFor(snapshot))),
};

/** The child of this kind as it should be. */
export function wishFor(snapshot: Snapshot, kind: ChildKind): Deployment | Service {
  return wishes[kind](snapshot);
}

/**
 * `Auto`: a server that hands out sessions needs each client to come back to the same pod. While a rollout changes that,
 * one pod that does is enough. What pods show now counts more than what was seen last.
 */
function affinityFor({ server, reports }: Snapshot): Affinity {
  if (server.spec.sessionAffinity !== 'Auto') return server.spec.sessionAffinity;
  const seen = reports.flatMap((report) => (report.standing === 'Passed' ? (report.server?.stateful ?? []) : []));
  const stateful = seen.length > 0 ? seen.includes(true) : (server.status?.server?.stateful ?? false);
  return stateful ? 'ClientIP' : 'None';
}
