import { firstDifference } from './holds.ts';
import { appliedHash } from './objects/applied-hash.ts';
import { oncePerSnapshot } from './once-per-snapshot.ts';
import type { Refusal } from './refusals.ts';
import type { ChildKind, Deployment, Service } from './resources.ts';
import { refusedNow, type Snapshot } from './snapshot.ts';
import { foreignMessage, standingOf, waitingMessage } from './standing.ts';
import { wishFor } from './wishes.ts';

/** What is to be done about one child. */
export type Verdict =
  | { readonly type: 'keep' }
  | { readonly type: 'apply'; readonly how: 'create' | 'update' | 'adopt'; readonly drift?: string }
  | { readonly type: 'wait'; readonly message: string }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'foreign'; readonly message: string };

/** A child's wish and what is to be done about it. */
export interface ChildVerdict {
  readonly kind: ChildKind;
  readonly wish: Deployment | Service;
  readonly verdict: Verdict;
}

/** The verdict on each child, seen by itself; `plan.ts` weighs them against each other. */
export function verdictOn(snapshot: Snapshot, kind: ChildKind): ChildVerdict {
  return verdicts[kind](snapshot);
}

const verdicts: Readonly<Record<ChildKind, (snapshot: Snapshot) => ChildVerdict>> = {
  Deployment: oncePerSnapshot((snapshot) => verdictFor(snapshot, 'Deployment')),
  Service: oncePerSnapshot((snapshot) => verdictFor(snapshot, 'Service')),
};

function verdictFor(snapshot: Snapshot, kind: ChildKind): ChildVerdict {
  const wish = wishFor(snapshot, kind);
  return { kind, wish, verdict: judge(snapshot, kind, wish) };
}

function judge(snapshot: Snapshot, kind: ChildKind, wish: Deployment | Service): Verdict {
  const live = snapshot.children[kind];
  const standing = standingOf(snapshot, live);
  const { name } = wish.metadata;
  if (live !== undefined && standing === 'foreign') return { type: 'foreign', message: foreignMessage(kind, live) };
  if (standing === 'leaving') return { type: 'wait', message: waitingMessage(kind, name) };
  const refusal = refusedNow(snapshot, kind);
  if (refusal !== undefined && refusal.hash === appliedHash(wish)) {
    const { reason, message } = refusal;
    return reason === 'WaitingForDeletion' ? { type: 'wait', message } : { type: 'refused', refusal };
  }
  if (live === undefined) return { type: 'apply', how: 'create' };
  if (standing === 'orphan') return { type: 'apply', how: 'adopt' };
  if (appliedHash(live) !== appliedHash(wish)) return { type: 'apply', how: 'update' };
  // The items of a list come without their type, and the cache holds nothing else: only the content can differ.
  const { apiVersion: _, kind: __, ...content } = wish;
  const drift = firstDifference(content, live);
  return drift === undefined ? { type: 'keep' } : { type: 'apply', how: 'update', drift };
}
