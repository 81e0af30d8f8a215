import type { ReferenceRuns } from '../oracles/finding.ts';
import type { Reference } from '../plans/reference.ts';
import type { Recording } from '../proxy/trace.ts';
import type { RunRecord } from '../stage/run-record.ts';
import { runWorkload, type Stage } from '../stage/run-workload.ts';
import type { Workload } from '../workloads/workload.ts';
import { pool } from './pool.ts';

/** The runs without faults, by workload. */
export type References = ReadonlyMap<string, ReferenceRuns>;

/** Runs each workload twice without faults. */
export async function makeReferences(
  stage: Stage,
  workloads: readonly Workload[],
  jobs: number,
  signal: AbortSignal,
): Promise<References> {
  const twice = workloads.flatMap((workload) => [workload, workload]);
  const runs = await pool(twice, jobs, (workload) => runWorkload(stage, { workload, signal }), signal);
  signal.throwIfAborted();
  return new Map(
    workloads.map(({ name }, index) => [name, [runs[2 * index], runs[2 * index + 1]] as unknown as ReferenceRuns]),
  );
}

/** What plans are made from: what happened until the end state was reached. */
export function planningReferences(references: References): readonly Reference[] {
  return [...references].map(([workload, [first, second]]) => ({
    workload,
    runs: [untilConverged(first), untilConverged(second)],
  }));
}

function untilConverged({ recording, convergedAt }: RunRecord): Recording {
  return { ...recording, entries: recording.entries.filter(({ seq }) => seq <= convergedAt) };
}
