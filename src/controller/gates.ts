import type { Standing } from '../mcp/verdict.ts';
import { healthInEffect } from './health-in-effect.ts';
import type { Pod } from './resources.ts';
import type { Snapshot } from './snapshot.ts';
import { gateOf } from './verification.ts';

/** Why a gate is as it is. */
export type GateReason =
  | 'HandshakePassed'
  | 'HandshakeFailed'
  | 'CredentialsWanted' // it answers, which is what clients need
  | 'NotDecisive'; // left over: the handshake does not decide any more

/** A readiness gate that is not as it should be. */
export interface GateChange {
  readonly pod: Pod;
  /** Open: the pod may be in the endpoints. */
  readonly open: boolean;
  /** Why, for who reads the pod's conditions. */
  readonly reason: GateReason;
}

/** Tells one set of changes from another: another is worth another try. */
export function gatesWish(changes: readonly GateChange[]): string {
  return changes.map(({ pod, open }) => `${pod.metadata.uid}=${open}`).join(' ');
}

/** Who wants credentials answers: that pod stays where clients can reach it. */
const reasons: Readonly<Record<Standing, GateReason | undefined>> = {
  Passed: 'HandshakePassed',
  Failed: 'HandshakeFailed',
  Unknown: 'CredentialsWanted',
  None: undefined,
};

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
    const reason = decides ? reasons[standings.get(pod.metadata.uid ?? '') ?? 'None'] : 'NotDecisive';
    if (reason === undefined) return [];
    const open = reason !== 'HandshakeFailed';
    return gate === (open ? 'True' : 'False') ? [] : [{ pod, open, reason }];
  });
}
