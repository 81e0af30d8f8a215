import { isWrite } from '../proxy/call.ts';
import type { RequestEntry } from '../proxy/trace.ts';
import { CANARY } from '../stage/end-state.ts';
import type { RunRecord } from '../stage/run-record.ts';

/** The writes of a run in order, canaries left out. */
export function writesOf(run: RunRecord): readonly RequestEntry[] {
  return run.recording.entries.filter(
    (entry): entry is RequestEntry => entry.kind === 'request' && isWrite(entry.verb) && !isCanary(entry),
  );
}

/** What the API server carried out, whatever arrived of its answer. */
export function wasDone({ committed, status }: RequestEntry): boolean {
  return committed && status !== undefined && status >= 200 && status < 300;
}

/** The object of a write: `deployments.apps/weather`. */
export function objectOf({ resource, name }: RequestEntry): string {
  return `${resource}/${name ?? '?'}`;
}

/** A write as a person reads it. */
export function describeWrite(write: RequestEntry): string {
  const { verb, subresource, status, seq } = write;
  return `${verb} ${objectOf(write)}${subresource === undefined ? '' : `/${subresource}`} (entry ${seq}, answered ${status ?? 'never'})`;
}

/** Events of a canary are named after it too. */
function isCanary({ name, body }: RequestEntry): boolean {
  const involved = (body as { readonly involvedObject?: { readonly name?: string } } | undefined)?.involvedObject?.name;
  return (name ?? '').startsWith(CANARY) || (involved ?? '').startsWith(CANARY);
}
