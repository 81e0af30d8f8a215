import { appliedHash } from './objects/applied-hash.ts';
import type { ChildKind, Deployment, Service } from './resources.ts';
import { refusedNow, type Snapshot } from './snapshot.ts';
import { standingOf } from './standing.ts';
import { type ChildVerdict, verdictOn } from './verdict.ts';

/** One request to the API server. */
export type Step =
  | { readonly action: 'create'; readonly kind: ChildKind; readonly wish: Deployment | Service }
  | {
      readonly action: 'update' | 'adopt';
      readonly kind: ChildKind;
      readonly wish: Deployment | Service;
      readonly live: Deployment | Service;
      /** The field that somebody else changed; undefined when it is our wish that changed. */
      readonly drift?: string;
    }
  | { readonly action: 'remove'; readonly kind: ChildKind; readonly live: Deployment | Service };

/**
 * The next request to send for an MCPServer, or undefined when its children are as they should be or cannot be made so
 * now. After each step the answer is folded into the snapshot and the question is asked again, so every order of
 * answers is a row in a table test, and a crash between two steps is no special case.
 *
 * The children of a new server stand or fall together: nothing is created while one of them is refused, and a Service
 * whose Deployment was refused is taken back.
 */
export function nextStep(snapshot: Snapshot): Step | undefined {
  if (snapshot.server.metadata.deletionTimestamp !== undefined) return undefined;
  const deployment = verdictOn(snapshot, 'Deployment');
  const service = verdictOn(snapshot, 'Service');
  const absent = snapshot.children.Deployment === undefined || deployment.verdict.type === 'foreign';
  if (absent && deployment.verdict.type === 'wait') return undefined;
  if (absent && isBarred(deployment)) return takeBack(snapshot);
  if (absent && isHeld(snapshot, deployment)) return undefined;
  if (absent && isBarred(service)) return undefined;

  const steps = [stepFor(snapshot, service), isHeld(snapshot, deployment) ? undefined : stepFor(snapshot, deployment)];
  // What was refused before is tried before anything else is made for it.
  if (snapshot.refusals.Deployment !== undefined) steps.reverse();
  return steps.find((step) => step !== undefined);
}

/**
 * Whether a Deployment must wait for the server's Secret. A Deployment that already runs this very spec is healed all
 * the same: what held it up once does not take it down later.
 */
export function isHeld(snapshot: Snapshot, deployment: ChildVerdict): boolean {
  if (snapshot.secretExists || snapshot.server.spec.replicas === 0) return false;
  const live = snapshot.children.Deployment;
  return live === undefined || appliedHash(live) !== appliedHash(deployment.wish);
}

function isBarred({ verdict }: ChildVerdict): boolean {
  return verdict.type === 'refused' || verdict.type === 'foreign' || verdict.type === 'wait';
}

function takeBack(snapshot: Snapshot): Step | undefined {
  // A namespace that goes takes everything with it.
  if (snapshot.refusals.Deployment?.reason === 'NamespaceTerminating') return undefined;
  const live = snapshot.children.Service;
  if (live === undefined || standingOf(snapshot, live) !== 'ours') return undefined;
  if (refusedNow(snapshot, 'TakeBack') !== undefined) return undefined;
  return { action: 'remove', kind: 'Service', live };
}

function stepFor(snapshot: Snapshot, { kind, wish, verdict }: ChildVerdict): Step | undefined {
  if (verdict.type !== 'apply') return undefined;
  const live = snapshot.children[kind];
  if (verdict.how === 'create' || live === undefined) return { action: 'create', kind, wish };
  return { action: verdict.how, kind, wish, live, ...(verdict.drift === undefined ? {} : { drift: verdict.drift }) };
}
