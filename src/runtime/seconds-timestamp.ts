/**
 * A time as metav1.Time has it: RFC 3339 in whole seconds. Anything finer would come back from the API server changed,
 * and look like a difference.
 *
 * @param epochMs milliseconds since the epoch
 * @returns for example `2026-11-22T09:30:00Z`
 */
export function secondsTimestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
