import type { RequestEntry, TraceEntry } from '../proxy/trace.ts';
import type { Finding, Oracle } from './finding.ts';
import { describeWrite, wasDone, writesOf } from './writes.ts';

/**
 * O6 too: what an instance has written, and was told that it has, it does not write again to no effect. Such a write is a
 * decision from before the own write: it costs the API server as much as a real one, and undoes what came in between.
 *
 * That a write had no effect shows in its answer: the version is one that was there before.
 */
export const noRepeatedWrites: Oracle = (_references, run) => {
  const findings: Finding[] = [];
  const writes = writesOf(run);
  for (const write of writes) {
    if (!wasDone(write) || write.verb === 'delete' || write.resource.startsWith('events')) continue;
    const earlier = writes.find((other) => isSameWrite(other, write));
    if (earlier === undefined || !wasThere(run.recording.entries, write)) continue;
    findings.push({ oracle: 'O6', text: `wrote again what entry ${earlier.seq} had written: ${describeWrite(write)}` });
  }
  return findings;
};

function isSameWrite(
  earlier: RequestEntry,
  { seq, instance, resource, name, subresource, bodyHash, uid }: RequestEntry,
): boolean {
  return (
    earlier.seq < seq &&
    wasDone(earlier) &&
    earlier.outcome === 'answered' &&
    earlier.instance === instance &&
    earlier.resource === resource &&
    earlier.name === name &&
    earlier.subresource === subresource &&
    earlier.bodyHash === bodyHash &&
    earlier.uid === uid
  );
}

/** The version that a write was answered with was known before it was sent. */
function wasThere(entries: readonly TraceEntry[], { seq, resource, name, resourceVersion }: RequestEntry): boolean {
  return entries.some(
    (entry) =>
      (entry.kind === 'event' || entry.kind === 'request') &&
      entry.seq < seq &&
      entry.resource === resource &&
      entry.name === name &&
      entry.resourceVersion !== undefined &&
      entry.resourceVersion === resourceVersion,
  );
}
