import type { FaultPlan } from '../plans/plan.ts';
import type { Recording } from '../proxy/trace.ts';
import type { EndState } from './end-state.ts';
import type { InstanceRecord, ProcessUse } from './operator-program.ts';

/** What a process held at one moment of a run. */
export interface UseSample extends ProcessUse {
  readonly instance: string;
  readonly when: 'converged' | 'calm';
}

/** Everything that oracles look at of one run. */
export interface RunRecord {
  readonly workload: string;
  /** Undefined for a run without faults. */
  readonly plan: FaultPlan | undefined;
  /** See `Workload.losesRights`. */
  readonly losesRights: boolean;
  /** See `Workload.varies`. */
  readonly varies: readonly string[];
  readonly recording: Recording;
  /** `seq` of the last entry when the end state was reached: what comes later is the stage's own looking. */
  readonly convergedAt: number;
  /** `seq` of the last entry before everything was calm: from here on nothing but canaries may be written. */
  readonly calmSince: number;
  readonly endState: EndState;
  /** Each start of the operator, in order. */
  readonly instances: readonly InstanceRecord[];
  /** How often each fault of the plan was done. */
  readonly fired: readonly number[];
  readonly use: readonly UseSample[];
  /** Why the run did not come to its end: what was waited for in vain. */
  readonly stuck: string | undefined;
  readonly ms: number;
}
