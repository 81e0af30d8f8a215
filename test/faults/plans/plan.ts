import type { FaultSpec } from '../proxy/fault.ts';

/**
 * Every kind of fault that plans are made of, with its number in the fault list of docs/reliability.md.
 */
export const faultKinds = {
  'crash-before': 'F1',
  'crash-after-commit': 'F2',
  'crash-after-answer': 'F3',
  'reset-after-commit': 'F4',
  'timeout-after-commit': 'F4',
  'reset-before-commit': 'F5',
  'black-hole': 'F5',
  truncated: 'F5',
  conflict: 'F6',
  'too-many-requests': 'F7',
  'internal-error': 'F8',
  'bad-gateway': 'F8',
  unavailable: 'F8',
  unauthorized: 'F9',
  forbidden: 'F10',
  'not-found': 'F11',
  held: 'F12',
  'held-events': 'F12',
  unobserved: 'F13',
  duplicated: 'F14',
  'bookmarks-only': 'F15',
  'gone-in-band': 'F16',
  'gone-http': 'F16',
  'watch-black-hole': 'F17',
  'dead-watch': 'F17',
  'watch-reset': 'F18',
  'close-after-event': 'F19',
  'truncated-line': 'F20',
  'split-utf8': 'F20',
  'one-byte-chunks': 'F20',
  'time-travel': 'F21',
  'older-list': 'F22',
} as const;

/** One of them. */
export type FaultKind = keyof typeof faultKinds;

/** Its number: several kinds may share one. */
export type FaultNumber = (typeof faultKinds)[FaultKind];

/** One run of one workload with faults. JSON. */
export interface FaultPlan {
  /** `create/apply-deployment-weather-1/crash-after-commit`: workload, what is hit, fault. It replays alone. */
  readonly id: string;
  readonly workload: string;
  readonly kind: FaultKind;
  readonly number: FaultNumber;
  /** To be injected before the operator is started, in this order. */
  readonly faults: readonly FaultSpec[];
  /** How often the operator is killed when every fault fires: so often it has to be started again. */
  readonly crashes: number;
  /** What happens, in a sentence. */
  readonly about: string;
}

/** How many plans there are, by fault number and kind. */
export interface PlanCount {
  readonly total: number;
  readonly byNumber: Readonly<Partial<Record<FaultNumber, number>>>;
  readonly byKind: Readonly<Partial<Record<FaultKind, number>>>;
  readonly byWorkload: Readonly<Record<string, number>>;
}
