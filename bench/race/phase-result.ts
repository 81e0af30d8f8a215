import type { RequestCounts } from './audit.ts';
import type { ProbeAnswer } from './probe.ts';

/** The phases of a turn, in the order in which they run. */
export const phaseNames = ['start', 'single', 'burst', 'available', 'steady', 'scale', 'children', 'restart'] as const;

/** One of them. */
export type PhaseName = (typeof phaseNames)[number];

/** What a phase was like for one contestant. */
export interface PhaseResult {
  /**
   * How long it took: until the last server was as it should be; `start` and `restart`: from the start of the process until
   * it said that it is synced; `steady`: how long it was watched; `single`: all samples together.
   */
  readonly seconds: number;
  /** Processor time of the process, in seconds, until it had come to rest. */
  readonly cpuSeconds: number;
  /** Resident memory at the end, in MiB, and the most since the process was started. */
  readonly rss: number;
  readonly peakRss: number;
  /** Open TCP connections at the end. */
  readonly sockets: number;
  /** The event loop's delay in milliseconds; undefined for a contestant that is not on Node, and where it is not measured. */
  readonly loop: ProbeAnswer | undefined;
  /** What the API server got of it, until it had come to rest. */
  readonly requests: RequestCounts;
  /** Of `single`: milliseconds from the create to the last child, and to the status. */
  readonly latency?: {
    readonly childrenP50: number;
    readonly p50: number;
    readonly p99: number;
    readonly samples: number;
  };
}

/** One contestant's way through all phases, on a control plane of its own. */
export interface TurnResult {
  readonly contestant: string;
  readonly servers: number;
  /** Which repetition, from 1. */
  readonly run: number;
  readonly phases: Readonly<Partial<Record<PhaseName, PhaseResult>>>;
}
