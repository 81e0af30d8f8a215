import { healthInEffect } from './health-in-effect.ts';
import type { Pod } from './resources.ts';
import type { Snapshot } from './snapshot.ts';
import { gateOf } from './verification.ts';

/** A readiness gate that is not as it should be. */
export interface GateChange {
  readonly pod: Pod;
  /** Open: the pod may be in the endpoints. */
  readonly open: boolean;
}

/**
 * The readiness gates to open or to shut (KEP-580).
 *
 * A pod that nobody has asked yet keeps what it has: an operator that comes back finds out first, and takes no pod out for
 * having been away. Where the handshake no longer decides, the gates that are left over are opened.
 */
export function gateChanges(snapshot: Snapshot): readonly GateChange[] {
  const decides = healthInEffect(snapshot).type === 'MCP' && snapshot.server.spec.verify.disabled !== true;
  const standings = new Map(snapshot.reports.map(({ podUid, standing }) => [podUid, standing]));
  return snapshot.pods.flatMap((pod) => {
    const gate = gateOf(pod);
    if (gate === null || pod.metadata.deletionTimestamp !== undefined) return [];
    const standing = decides ? standings.get(pod.metadata.uid ?? '') : 'Passed';
    if (standing === undefined) return [];
    // Who wants credentials answers: that pod stays where clients can reach it.
    const open = standing !== 'Failed';
    return gate === (open ? 'True' : 'False') ? [] : [{ pod, open }];
  });
}
