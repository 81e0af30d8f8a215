import { textAt } from './json-pointer.ts';
import type { EventEntry, FaultEntry, NoteEntry, RequestEntry, TraceEntry } from './trace.ts';

/** What of a trace is shown. */
export interface RenderOptions {
  /** Reads, watches and events too. Default true; false leaves writes, faults and notes. */
  readonly reads?: boolean;
  /** The bodies of writes. Default false: they are long. Values of Secrets are never in one. */
  readonly bodies?: boolean;
  /** Characters of a line. Default 200. */
  readonly width?: number;
}

/**
 * A trace for people, one line an entry:
 *
 *     seq     t ms  inst  what
 *      12     1,204  1    → write 2  apply deployments.apps ns/weather → 201 @733 (14 ms)
 *      13     1,220  1    ← ADDED deployments.apps ns/weather @733
 *      14     1,221  1    ! fault 1: crash after the answer
 */
export function renderTrace(entries: readonly TraceEntry[], options: RenderOptions = {}): string {
  const { reads = true, width = 200 } = options;
  const shown = entries.filter((entry) => reads || !isRead(entry));
  const instanceWidth = Math.max(4, ...shown.map(({ instance }) => instance.length));
  const header = `${'seq'.padStart(6)} ${'t ms'.padStart(9)}  ${'inst'.padEnd(instanceWidth)}  what`;
  const lines = shown.flatMap((entry) => {
    const place = `${String(entry.seq).padStart(6)} ${entry.t.toLocaleString('en-US').padStart(9)}  ${entry.instance.padEnd(instanceWidth)}  `;
    const first = place + cut(renderEntry(entry), width - place.length);
    if (!options.bodies || entry.kind !== 'request' || entry.write === undefined) return [first];
    return [first, `${' '.repeat(place.length)}  ${cut(JSON.stringify(entry.body), width - place.length - 2)}`];
  });
  return [header, ...lines].join('\n');
}

/** One entry without its place, as the lines of `renderTrace` have it. */
export function renderEntry(entry: TraceEntry): string {
  switch (entry.kind) {
    case 'request':
      return renderRequest(entry);
    case 'event':
      return renderEvent(entry);
    case 'fault':
      return renderFault(entry);
    case 'note':
      return renderNote(entry);
  }
}

function isRead(entry: TraceEntry): boolean {
  return entry.kind === 'event' || (entry.kind === 'request' && entry.write === undefined);
}

function renderRequest(entry: RequestEntry): string {
  const write = entry.write === undefined ? '' : `write ${entry.write}  `;
  const subresource = entry.subresource === undefined ? '' : `/${entry.subresource}`;
  const what = entry.resource === '' ? entry.path : `${entry.resource}${subresource}${objectOf(entry)}`;
  const from = entry.verb === 'watch' ? ` from @${entry.query.resourceVersion ?? ''}` : '';
  return `→ ${write}${entry.verb} ${what}${from} ${endOf(entry)}`;
}

function endOf(entry: RequestEntry): string {
  if (entry.outcome === 'open') return entry.verb === 'watch' && entry.committed ? '→ open' : '→ …';
  const took = entry.answeredAt === undefined ? '' : ` (${entry.answeredAt - entry.t} ms)`;
  const items =
    entry.items === undefined ? '' : `, ${entry.items.length} ${entry.items.length === 1 ? 'item' : 'items'}`;
  const version = entry.resourceVersion === undefined ? '' : ` @${entry.resourceVersion}`;
  const real = `${entry.status ?? 'nothing'}${version}${items}`;
  if (entry.outcome === 'answered') return `→ ${real}${reasonOf(entry)}${took}`;
  const server = entry.committed ? `the server answered ${real}` : 'the server never got it';
  const seen = entry.outcome === 'faked' ? `${entry.seenStatus} from the proxy` : 'lost';
  return `→ ${seen}; ${server}${took}`;
}

function reasonOf({ status = 0, answer }: RequestEntry): string {
  const message = status >= 400 ? textAt(answer, '/message') : undefined;
  return message === undefined ? '' : ` ${message}`;
}

function renderEvent(entry: EventEntry): string {
  const version = entry.resourceVersion === undefined ? '' : ` @${entry.resourceVersion}`;
  const late = entry.sentAt === undefined ? ' (not passed on)' : delayOf(entry.sentAt - entry.t);
  return `← ${entry.type} ${entry.resource}${objectOf(entry)}${version}${late}`;
}

/** Less than this is no delay, only a busy machine. */
const NOTABLE_MS = 100;

function delayOf(ms: number): string {
  return ms < NOTABLE_MS ? '' : ` (passed on ${ms} ms later)`;
}

function renderFault(entry: FaultEntry): string {
  return `! fault ${entry.fault}, at ${entry.of}: ${entry.text}`;
}

function renderNote(entry: NoteEntry): string {
  return `# ${entry.text}`;
}

function objectOf({ namespace, name }: { namespace: string | undefined; name: string | undefined }): string {
  if (namespace === undefined && name === undefined) return '';
  return ` ${namespace === undefined ? '' : `${namespace}/`}${name ?? '*'}`;
}

function cut(text: string, width: number): string {
  const line = text.replaceAll('\n', ' ');
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}…`;
}
