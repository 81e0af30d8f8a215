import type { ApiError } from './errors.ts';
import { type Claim, claimed, type Lease, newLease } from './lease.ts';

/** One moment by both clocks, in milliseconds. */
export interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

/** Who runs for which lease, and with what patience. */
export interface ElectionRules {
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  /** How long the others wait after the lease last changed. client-go: 15 s. */
  readonly leaseDurationMs: number;
  /** How long a leader trusts a renewal, counted from when it was sent. client-go: 10 s. Less than the lease's duration. */
  readonly renewDeadlineMs: number;
  /** Time between a leader's renewals; who waits looks twice as often. client-go: 2 s. */
  readonly retryPeriodMs: number;
}

/** What a candidate knows. */
export interface ElectionState {
  /**
   * The lease as last seen, and the monotonic time at which it was first seen so. `deleted`: it is gone, and `at` is when
   * that was seen. Default: it is there.
   */
  readonly observed: { readonly lease: Lease; readonly at: number; readonly deleted?: boolean } | undefined;
  /** When the last renewal that succeeded was sent; undefined: does not lead. */
  readonly renewed: Instant | undefined;
}

/** What came of the last action. */
export type ElectionInput =
  | { readonly kind: 'time' }
  | { readonly kind: 'found'; readonly lease: Lease }
  | { readonly kind: 'absent' }
  | { readonly kind: 'written'; readonly lease: Lease; readonly sent: Instant }
  /** Somebody else wrote first. */
  | { readonly kind: 'beaten' }
  | { readonly kind: 'failed'; readonly error: ApiError };

/** What to do next. */
export type ElectionAction =
  | { readonly kind: 'read' }
  | { readonly kind: 'create' | 'update'; readonly lease: Lease }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Led, and does not any more. The end. */
  | { readonly kind: 'lost'; readonly reason: string };

/** The state before the first step. */
export const candidate: ElectionState = { observed: undefined, renewed: undefined };

/**
 * True while no other candidate can believe that it leads. The others wait for the lease's duration after they saw the
 * last renewal, which is after it was sent; this counts a shorter time from when it was sent. So it holds whatever the
 * clocks show and however long a process was paused, as long as clocks do not run at very different speeds.
 *
 * The wall clock is asked too, since on some systems the monotonic one stands still while the machine sleeps. A wall
 * clock that was set forward costs nothing but the writes until the next renewal.
 */
export function leads(state: ElectionState, rules: ElectionRules, now: Instant): boolean {
  if (state.renewed === undefined) return false;
  return (
    now.monotonic - state.renewed.monotonic < rules.renewDeadlineMs &&
    now.wall - state.renewed.wall < rules.renewDeadlineMs
  );
}

/**
 * One step of leader election: client-go's rules (tools/leaderelection) as a pure function, so that tests can play any
 * number of candidates, clocks and pauses.
 *
 * @param random uniform in [0, 1): spreads the candidates' tries
 */
export function step(
  state: ElectionState,
  input: ElectionInput,
  rules: ElectionRules,
  now: Instant,
  random: number,
): readonly [ElectionState, ElectionAction] {
  const isLate = state.renewed !== undefined && now.monotonic - state.renewed.monotonic >= rules.renewDeadlineMs;
  switch (input.kind) {
    case 'time':
      if (isLate) return lost(state, `it was not renewed within ${rules.renewDeadlineMs / 1000} s`);
      // A leader knows the lease: one request renews it, and if somebody changed it, the API server says so.
      if (state.renewed === undefined || state.observed === undefined) return [state, { kind: 'read' }];
      return [state, { kind: 'update', lease: claimed(state.observed.lease, claimOf(rules, now)) }];
    case 'found':
      return found(state, input.lease, rules, now, random);
    case 'absent':
      return absent(state, rules, now, random);
    case 'written':
      return written(state, input.lease, input.sent, rules, now);
    case 'beaten':
      return state.renewed !== undefined
        ? [state, { kind: 'read' }]
        : [state, waitAsCandidate(state, rules, now, random)];
    case 'failed':
      if (isLate) return lost(state, `it could not be renewed: ${input.error.message}`);
      if (state.renewed === undefined) return [state, waitAsCandidate(state, rules, now, random)];
      return [state, wait(Math.min(rules.retryPeriodMs, deadlineOf(state.renewed, rules) - now.monotonic))];
  }
}

/**
 * There is no lease. One who has never seen one makes it. One who has, knows that somebody deleted it, and that whoever
 * held it then may believe in it still, and make it again: only when it would have run out is it there to be taken.
 */
function absent(
  state: ElectionState,
  rules: ElectionRules,
  now: Instant,
  random: number,
): readonly [ElectionState, ElectionAction] {
  const { observed } = state;
  const create: ElectionAction = {
    kind: 'create',
    lease: newLease(rules.namespace, rules.name, claimOf(rules, now)),
  };
  if (observed === undefined || leads(state, rules, now)) return [state, create];
  const gone = observed.deleted === true ? observed : { ...observed, at: now.monotonic, deleted: true };
  const next = { ...state, observed: gone };
  return now.monotonic >= expiryOf(gone, rules) ? [next, create] : [next, waitAsCandidate(next, rules, now, random)];
}

function found(
  state: ElectionState,
  lease: Lease,
  rules: ElectionRules,
  now: Instant,
  random: number,
): readonly [ElectionState, ElectionAction] {
  const isKnown = state.observed !== undefined && sameRecord(state.observed.lease, lease);
  const next = { ...state, observed: { lease, at: isKnown && state.observed ? state.observed.at : now.monotonic } };
  const holder = lease.spec?.holderIdentity ?? '';
  if (state.renewed !== undefined && holder !== rules.identity) {
    return lost(next, holder === '' ? 'somebody else gave it back' : `${holder} holds it now`);
  }
  const isFree = holder === '' || holder === rules.identity || now.monotonic >= expiryOf(next.observed, rules);
  if (!isFree) return [next, waitAsCandidate(next, rules, now, random)];
  return [next, { kind: 'update', lease: claimed(lease, claimOf(rules, now)) }];
}

function written(
  state: ElectionState,
  lease: Lease,
  sent: Instant,
  rules: ElectionRules,
  now: Instant,
): readonly [ElectionState, ElectionAction] {
  const observed = { lease, at: now.monotonic };
  if (leads({ observed, renewed: sent }, rules, now)) {
    return [{ observed, renewed: sent }, wait(rules.retryPeriodMs)];
  }
  // The process was paused, or the machine slept, between the request and here: what was true then may not be now.
  const isLate = now.monotonic - sent.monotonic >= rules.renewDeadlineMs;
  if (isLate && state.renewed !== undefined)
    return lost(state, 'this process was paused for too long while renewing it');
  return [{ ...state, observed }, { kind: 'read' }];
}

/**
 * client-go waits up to 2.2 times the period. This waits at most half of it, a read a second, so that a lease which is
 * given back is taken within 3 s on a busy machine too; and it never sleeps through the moment at which the lease
 * expires: one whose holder was killed is taken within 15 + 1 + 0.2 s and a request.
 */
function waitAsCandidate(state: ElectionState, rules: ElectionRules, now: Instant, random: number): ElectionAction {
  const ms = (rules.retryPeriodMs / 2) * (1 - 0.2 * random);
  if (state.observed === undefined) return wait(ms);
  const untilExpiry = expiryOf(state.observed, rules) - now.monotonic;
  return wait(untilExpiry > 0 ? Math.min(ms, untilExpiry + 0.1 * rules.retryPeriodMs * random) : ms);
}

/** At least a millisecond: less may vanish in rounding, and then the same step would be taken again and again. */
function wait(ms: number): ElectionAction {
  return { kind: 'wait', ms: Math.max(1, ms) };
}

function lost(state: ElectionState, reason: string): readonly [ElectionState, ElectionAction] {
  return [
    { ...state, renewed: undefined },
    { kind: 'lost', reason },
  ];
}

function claimOf(rules: ElectionRules, now: Instant): Claim {
  return { identity: rules.identity, leaseDurationMs: rules.leaseDurationMs, now: now.wall };
}

function deadlineOf(renewed: Instant, rules: ElectionRules): number {
  return renewed.monotonic + rules.renewDeadlineMs;
}

/** The holder's own duration counts, since the holder may be an older or newer version of this program. */
function expiryOf({ lease, at }: { readonly lease: Lease; readonly at: number }, rules: ElectionRules): number {
  const seconds = lease.spec?.leaseDurationSeconds ?? 0;
  return at + (seconds > 0 ? seconds * 1000 : rules.leaseDurationMs);
}

/** Whether the election's own part is unchanged: an annotation that somebody adds is no sign of life of the holder. */
function sameRecord(one: Lease, other: Lease): boolean {
  return (
    one.spec?.holderIdentity === other.spec?.holderIdentity &&
    one.spec?.renewTime === other.spec?.renewTime &&
    one.spec?.acquireTime === other.spec?.acquireTime &&
    one.spec?.leaseTransitions === other.spec?.leaseTransitions &&
    one.spec?.leaseDurationSeconds === other.spec?.leaseDurationSeconds
  );
}
