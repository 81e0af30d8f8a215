import type { Recording } from '../proxy/trace.ts';

/** Two runs of one workload without faults: what is in both is what can be relied on. */
export interface Reference {
  readonly workload: string;
  readonly runs: readonly [Recording, Recording];
}
