import type { EventEntry, RequestEntry } from '../proxy/trace.ts';
import type { RunRecord } from '../stage/run-record.ts';
import type { Finding, Oracle } from './finding.ts';
import { describeWrite, wasDone, writesOf } from './writes.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
}

interface Server {
  readonly metadata: { readonly uid: string; readonly name: string; readonly generation: number };
  readonly spec: { readonly image: string; readonly replicas?: number };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

interface Deployment {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

/**
 * O9: a status never speaks of a generation that is not there yet, nor goes back to an earlier one; a condition's time
 * moves with its status and not otherwise; and a spec is called accepted only when the Deployment has it.
 */
export const truthfulStatus: Oracle = (_references, run) => {
  const findings: Finding[] = [];
  const before = new Map<string, Server>();
  const known = new Map<string, Known>();
  for (const write of statusWrites(run)) {
    const server = write.answer as Server;
    const say = (text: string) =>
      findings.push({ oracle: 'O9', text: `${describeWrite(write)}: ${text} of MCPServer ${server.metadata.name}` });
    const previous = before.get(server.metadata.uid);
    const claimed = server.status?.observedGeneration ?? 0;
    if (claimed > server.metadata.generation) {
      say(`tells of generation ${claimed}, and there is only ${server.metadata.generation}`);
    }
    if (claimed < (previous?.status?.observedGeneration ?? 0)) say(`goes back to generation ${claimed}`);
    for (const text of wrongTimes(knownTo(write, known.get(server.metadata.uid)), server)) say(text);
    const untrue = untold(run, write, server);
    if (untrue !== undefined) say(untrue);
    before.set(server.metadata.uid, server);
    known.set(server.metadata.uid, { write, server });
  }
  return findings;
};

/** The status that was written last. */
interface Known {
  readonly write: RequestEntry;
  readonly server: Server;
}

/**
 * Whoever was not told that a status is written, or has been started since, may not know of it, and writes its own: only
 * what it knows can it keep.
 */
function knownTo({ instance }: RequestEntry, last: Known | undefined): Server | undefined {
  return last?.write.outcome === 'answered' && last.write.instance === instance ? last.server : undefined;
}

function statusWrites(run: RunRecord): readonly RequestEntry[] {
  return writesOf(run).filter(
    (write) =>
      write.resource.startsWith('mcpservers') && write.subresource === 'status' && wasDone(write) && write.answer,
  );
}

function wrongTimes(before: Server | undefined, now: Server): readonly string[] {
  return (now.status?.conditions ?? []).flatMap((condition) => {
    const last = before?.status?.conditions?.find(({ type }) => type === condition.type);
    if (last === undefined) return [];
    const moved = last.lastTransitionTime !== condition.lastTransitionTime;
    if (moved && last.status === condition.status)
      return [`condition ${condition.type} moves its time and not its status`];
    const [then, at] = [last, condition].map((each) => Date.parse(each.lastTransitionTime ?? ''));
    if ((at ?? 0) < (then ?? 0)) return [`condition ${condition.type} goes back in time`];
    return [];
  });
}

/** @returns what the Deployment lacks although the status calls its generation accepted */
function untold(run: RunRecord, write: RequestEntry, server: Server): string | undefined {
  const { generation, name } = server.metadata;
  const { observedGeneration, conditions = [] } = server.status ?? {};
  const accepted = conditions.some(({ type, status }) => type === 'Accepted' && status === 'True');
  // Stored meanwhile: the answer's spec is not the one that the status is about.
  if (!accepted || observedGeneration !== generation) return undefined;
  const deployment = latestDeployment(run, name, write.seq);
  if (deployment === undefined) return undefined;
  const image = deployment.spec.template.spec.containers[0]?.image;
  if (image === server.spec.image) return undefined;
  return `calls generation ${generation} accepted while the Deployment has image ${image}, not ${server.spec.image}`;
}

/** As the API server last showed it before an entry, in an answer or an event. */
function latestDeployment(run: RunRecord, name: string, before: number): Deployment | undefined {
  let latest: Deployment | undefined;
  for (const entry of run.recording.entries) {
    if (entry.seq >= before) break;
    if (entry.kind !== 'event' && entry.kind !== 'request') continue;
    if (entry.resource !== 'deployments.apps' || entry.name !== name) continue;
    const shown = shownBy(entry);
    if (shown !== undefined) latest = shown === 'gone' ? undefined : shown;
  }
  return latest;
}

function shownBy(entry: EventEntry | RequestEntry): Deployment | 'gone' | undefined {
  if (entry.kind === 'event') return entry.type === 'DELETED' ? 'gone' : (entry.object as Deployment);
  if (!wasDone(entry) || entry.verb === 'watch' || entry.verb === 'list' || entry.subresource !== undefined)
    return undefined;
  if (entry.verb === 'delete') return 'gone';
  const { spec } = entry.answer as Partial<Deployment>;
  return spec?.template === undefined ? undefined : (entry.answer as Deployment);
}
