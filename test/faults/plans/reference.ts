import type { Recording, TraceEntry } from '../proxy/trace.ts';

/** Two runs of one workload without faults: what is in both is what can be relied on. */
export interface Reference {
  readonly workload: string;
  /** From the operator's start to the workload's end; see `recordingUntil`. */
  readonly runs: readonly [Recording, Recording];
}

/**
 * The part of a recording that belongs to the workload.
 *
 * @param isEnd of the first entry that does not
 */
export function recordingUntil(recording: Recording, isEnd: (entry: TraceEntry) => boolean): Recording {
  const end = recording.entries.findIndex(isEnd);
  return end < 0 ? recording : { ...recording, entries: recording.entries.slice(0, end) };
}
