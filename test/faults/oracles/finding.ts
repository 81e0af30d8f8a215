import type { RunRecord } from '../stage/run-record.ts';

/** The rules that a run is held to; the numbers are those of docs/reliability.md. */
export const oracleNames = {
  O1: 'the end state is that of the runs without faults',
  O2: 'no object is created or deleted more often',
  O6: 'nothing is written once everything is as it should be',
  O7: 'nothing is left without its owner',
  O8: 'no two operators write in turns',
  O9: 'the status never tells more than was done',
  O10: 'the run comes to its end',
  O11: 'no crash, no unexpected error, nothing piles up',
} as const;

export type OracleId = keyof typeof oracleNames;

/** Something that a run must not do, in words. */
export interface Finding {
  readonly oracle: OracleId;
  readonly text: string;
}

/** Two runs of a workload without faults: what is the same in both has to be so in every run. */
export type ReferenceRuns = readonly [RunRecord, RunRecord];

/** Looks at one run. Pure. */
export type Oracle = (references: ReferenceRuns, run: RunRecord) => readonly Finding[];
