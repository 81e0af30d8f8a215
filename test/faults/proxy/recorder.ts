import { createHash } from 'node:crypto';
import type { Clock } from '../../../src/runtime/clock.ts';
import type { Call } from './call.ts';
import { isWrite } from './call.ts';
import { textAt, valueAt } from './json-pointer.ts';
import type { EventEntry, FaultEntry, ListedObject, NoteEntry, RequestEntry, TraceEntry } from './trace.ts';

type Writable<T> = { -readonly [Field in keyof T]: T[Field] };

/** An entry whose end is still to be told. */
export type OpenRequest = Writable<RequestEntry>;
export type OpenEvent = Writable<EventEntry>;

/** What the API server answered. */
export interface Answer {
  readonly status: number;
  /** Parsed; the text when it is not JSON. */
  readonly body: unknown;
}

/** Writes down what goes through a proxy. */
export interface Recorder {
  readonly entries: readonly TraceEntry[];
  request(call: Call, from: { instance: string; connection: number; text: string; body: unknown }): OpenRequest;
  /** The API server has answered, whatever arrives of it. */
  committed(entry: OpenRequest, answer: Answer): void;
  /** How it ended for the operator. Only the first end counts. */
  ended(entry: OpenRequest, outcome: 'answered' | 'faked' | 'lost', seenStatus: number | undefined): void;
  event(watch: RequestEntry, type: string, object: unknown): OpenEvent;
  sent(event: OpenEvent): void;
  fault(instance: string, of: number, fault: number, text: string): FaultEntry;
  note(instance: string, text: string): NoteEntry;
}

/** An empty trace that begins now. */
export function createRecorder(clock: Clock): Recorder {
  const start = clock.monotonic();
  const entries: TraceEntry[] = [];
  let requests = 0;
  let writes = 0;

  const now = () => Math.round(clock.monotonic() - start);
  function add<T extends TraceEntry>(entry: T): T {
    entries.push(entry);
    return entry;
  }
  const common = (instance: string) => ({ seq: entries.length + 1, t: now(), instance });

  return {
    entries,
    request(call, { instance, connection, text, body }) {
      return add<OpenRequest>({
        kind: 'request',
        ...common(instance),
        ...call,
        request: ++requests,
        write: isWrite(call.verb) ? ++writes : undefined,
        connection,
        bodyHash: text === '' ? undefined : createHash('sha256').update(text).digest('hex').slice(0, 16),
        body,
        committed: false,
        outcome: 'open',
        status: undefined,
        seenStatus: undefined,
        answeredAt: undefined,
        resourceVersion: undefined,
        uid: undefined,
        answer: undefined,
        items: undefined,
      });
    },
    committed(entry, { status, body }) {
      entry.committed = true;
      entry.status = status;
      entry.resourceVersion = textAt(body, '/metadata/resourceVersion');
      entry.uid = textAt(body, '/metadata/uid');
      if (entry.verb === 'list' && status === 200) entry.items = itemsOf(body);
      else if (entry.verb !== 'other') entry.answer = body;
    },
    ended(entry, outcome, seenStatus) {
      if (entry.outcome !== 'open') return;
      entry.outcome = outcome;
      entry.seenStatus = seenStatus;
      entry.answeredAt = now();
    },
    event(watch, type, object) {
      return add<OpenEvent>({
        kind: 'event',
        ...common(watch.instance),
        watch: watch.seq,
        resource: watch.resource,
        type,
        ...identityOf(object),
        object,
        sentAt: undefined,
      });
    },
    sent(event) {
      event.sentAt = now();
    },
    fault: (instance, of, fault, text) => add({ kind: 'fault', ...common(instance), of, fault, text }),
    note: (instance, text) => add({ kind: 'note', ...common(instance), text }),
  };
}

function itemsOf(list: unknown): readonly ListedObject[] {
  const items = valueAt(list, '/items');
  if (!Array.isArray(items)) return [];
  return items.map((item) => {
    const identity = identityOf(item);
    return { ...identity, name: identity.name ?? '' };
  });
}

function identityOf(object: unknown) {
  return {
    namespace: textAt(object, '/metadata/namespace'),
    name: textAt(object, '/metadata/name'),
    uid: textAt(object, '/metadata/uid'),
    resourceVersion: textAt(object, '/metadata/resourceVersion'),
  };
}
