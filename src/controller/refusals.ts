import { type ApiError, isTerminal } from '../runtime/errors.ts';
import type { ChildKind } from './resources.ts';
import { words } from './words.ts';

/** Why a child could not be made or changed; each is a reason of the `Accepted` condition. */
export type RefusalReason =
  | 'ForeignObject' // somebody else's object has the name
  | 'QuotaExceeded'
  | 'NamespaceTerminating'
  | 'Forbidden' // the operator lacks a right
  | 'WaitingForDeletion' // a predecessor's child has the name, and no watch of ours will tell when it goes
  | 'Overridden' // accepted, but changed on the way in
  | 'Refused'; // anything else that the API server or an admission webhook says no to

/** What is wrong, for a condition. */
export interface Objection {
  readonly reason: RefusalReason;
  readonly message: string;
}

/** A no that stays a no until somebody changes something. */
export interface Refusal extends Objection {
  /** The hash of the wish that was refused: another wish is worth another try. */
  readonly hash: string | undefined;
  /** When the same wish is tried again all the same, in milliseconds since the epoch. */
  readonly retryAt: number;
  /** How often in a row it has been refused. */
  readonly times: number;
}

const FIRST_RETRY_MS = 10_000;
const LAST_RETRY_MS = 300_000;

/** An admission policy may have a lot to say; what matters comes first. */
const MAX_WORDS = 1_000;

/**
 * A refusal, with the time of the next try: 10 s after the first, twice as long each time, at most 5 min. Rarely,
 * because nothing tells us when a stranger's object or a quota is gone, and often enough that a mended cluster heals
 * without help.
 *
 * @param previous the refusal of the same child before this one, if any
 */
export function refusalOf(
  { reason, message }: Objection,
  context: { readonly hash: string | undefined; readonly now: number; readonly previous: Refusal | undefined },
): Refusal {
  const { previous } = context;
  const times = previous !== undefined && previous.hash === context.hash ? previous.times + 1 : 1;
  const delay = Math.min(FIRST_RETRY_MS * 2 ** (times - 1), LAST_RETRY_MS);
  return { reason, message, hash: context.hash, retryAt: context.now + delay, times };
}

/** RBAC's words, and those of the admission plugin that guards `blockOwnerDeletion`. */
const noRight = /\bcannot (\w+ resource|set blockOwnerDeletion)\b/;

/**
 * What an API error means for a child or a pod.
 *
 * @returns reason and message for an answer that a retry cannot mend; undefined for one that it can
 */
export function classify(error: ApiError, kind: ChildKind | 'Pod', name: string): Objection | undefined {
  // A webhook that is down answers 500 for as long as it is: nobody would learn of it from a retry in silence.
  if (!isTerminal(error) && !error.message.includes('failed calling webhook')) return undefined;
  const said = words(error.message, MAX_WORDS);
  if (error.causes.some((cause) => cause.reason === 'NamespaceTerminating')) {
    return {
      reason: 'NamespaceTerminating',
      message: `The namespace is being deleted, so no ${kind} can be created in it. Create the MCPServer in another namespace.`,
    };
  }
  if (error.code === 'Forbidden' && error.message.includes('exceeded quota')) {
    return {
      reason: 'QuotaExceeded',
      message: `${kind} ${name} does not fit in the namespace's ResourceQuota: ${said}. Raise the quota or free some of it.`,
    };
  }
  if (error.code === 'NotDeclared' || (error.code === 'Forbidden' && noRight.test(error.message))) {
    return {
      reason: 'Forbidden',
      message: `The operator has no right to do this: ${said}. Install the operator's roles again (config/rbac).`,
    };
  }
  return {
    reason: 'Refused',
    message: `The API server refuses ${kind} ${name}: ${said}. Change the MCPServer's spec, or the policy that refuses it.`,
  };
}
