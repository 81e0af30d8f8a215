import type { Report } from '../progress.ts';
import type { BinaryName, Release } from './release.ts';

/** What has to be made, and where it goes. */
export interface FetchRequest {
  readonly release: Release;
  readonly needed: readonly BinaryName[];
  readonly directory: string;
  readonly report: Report;
  readonly signal: AbortSignal | undefined;
}
