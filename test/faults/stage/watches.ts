import type { RequestEntry, TraceEntry } from '../proxy/trace.ts';

/**
 * Whether an operator is told of everything that happens: of each collection that it reads, the last that it asked for
 * is a watch, and that is open.
 *
 * @param instance which operator; with none, nobody is told of anything
 */
export function areWatchesOpen(trace: readonly TraceEntry[], instance: string | undefined): boolean {
  const reads = trace.filter(
    (entry): entry is RequestEntry =>
      entry.kind === 'request' && entry.instance === instance && (entry.verb === 'list' || entry.verb === 'watch'),
  );
  const last = new Map(reads.map((entry) => [entry.resource, entry]));
  return last.size > 0 && [...last.values()].every(({ verb, outcome }) => verb === 'watch' && outcome === 'open');
}
