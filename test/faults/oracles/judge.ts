import type { RunRecord } from '../stage/run-record.ts';
import { noOrphans, sameEndState } from './end-state.ts';
import type { Finding, Oracle, ReferenceRuns } from './finding.ts';
import { comesToItsEnd, soundProcess } from './process-health.ts';
import { noRepeatedWrites } from './repeated-writes.ts';
import { truthfulStatus } from './status-truth.ts';
import { calmStays, noInterleaving, sameCounts } from './write-counts.ts';

/** Every oracle. O3, O4 and O5 are campaigns of their own: see ../fields. */
export const oracles: readonly Oracle[] = [
  comesToItsEnd,
  sameEndState,
  sameCounts,
  calmStays,
  noRepeatedWrites,
  noOrphans,
  noInterleaving,
  truthfulStatus,
  soundProcess,
];

/** Everything that is wrong with a run. */
export function judge(references: ReferenceRuns, run: RunRecord): readonly Finding[] {
  return oracles.flatMap((oracle) => oracle(references, run));
}
