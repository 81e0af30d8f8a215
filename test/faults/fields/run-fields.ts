import type { FieldOutcome } from '../command/outcome.ts';
import type { Random } from '../command/random.ts';
import type { Stage } from '../stage/run-workload.ts';

/** What the fields are tried with. */
export interface FieldsOptions {
  readonly stage: Stage;
  readonly random: Random;
  /** More sequences. */
  readonly full: boolean;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

export async function runFields(_options: FieldsOptions): Promise<readonly FieldOutcome[]> {
  return [];
}
