import type { RequestAction } from '../proxy/fault.ts';
import type { FaultKind } from './plan.ts';

/** One fault of a request. */
export interface RequestFault {
  readonly kind: FaultKind;
  readonly action: RequestAction;
  /** Default 1. */
  readonly times?: number;
}

/** How long a request is held, in milliseconds: longer than everything else of a small workload takes. */
const HELD_MS = 1_500;

/** How long nothing comes, before the connection breaks. The operator's own deadline, 30 s, is another test's. */
const BLACK_HOLE_MS = 2_500;

const answer = (status: 401 | 403 | 404 | 409 | 500 | 502 | 503, commit = false) =>
  ({ do: 'answer', status, commit }) as const;

/** What can happen to any request that has an answer. */
export const anyRequestFaults: readonly RequestFault[] = [
  { kind: 'conflict', action: answer(409) },
  { kind: 'too-many-requests', action: { do: 'answer', status: 429, retryAfter: 1, commit: false } },
  // The first 401 makes the client read its credentials again: only the second one is the caller's.
  { kind: 'unauthorized', action: answer(401), times: 2 },
  { kind: 'forbidden', action: answer(403) },
  { kind: 'not-found', action: answer(404) },
  { kind: 'internal-error', action: answer(500) },
  { kind: 'bad-gateway', action: answer(502) },
  { kind: 'unavailable', action: answer(503) },
  // A read on a connection that was kept is sent again by itself: only the second reset is the caller's.
  { kind: 'reset-before-commit', action: { do: 'reset', commit: false }, times: 2 },
  { kind: 'held', action: { do: 'hold', what: 'request', ms: HELD_MS } },
  { kind: 'black-hole', action: { do: 'black-hole', commit: false, ms: BLACK_HOLE_MS } },
];

/** What can happen to a list or a get. */
export const readFaults: readonly RequestFault[] = [
  ...anyRequestFaults,
  { kind: 'truncated', action: { do: 'truncate' } },
];

/** What can happen to a write: Sieve's crashes, in three places where it has one, and everything that can be answered. */
export const writeFaults: readonly RequestFault[] = [
  { kind: 'crash-before', action: { do: 'crash', when: 'before' } },
  { kind: 'crash-after-commit', action: { do: 'crash', when: 'after-commit' } },
  { kind: 'crash-after-answer', action: { do: 'crash', when: 'after-answer' } },
  ...readFaults,
  { kind: 'reset-after-commit', action: { do: 'reset', commit: true } },
  { kind: 'timeout-after-commit', action: { do: 'answer', status: 504, commit: true } },
];
