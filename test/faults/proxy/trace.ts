import type { Call } from './call.ts';

/** Everything that went through a proxy, in the order in which it came. Times are in ms since the proxy was started. */
export type TraceEntry = RequestEntry | EventEntry | FaultEntry | NoteEntry;

interface Common {
  /** Counts all entries from 1. */
  readonly seq: number;
  readonly t: number;
  /** The operator instance: what `newInstance` was told. */
  readonly instance: string;
}

/** How a request ended, as the operator saw it. */
export type RequestOutcome =
  /** Under way. */
  | 'open'
  /** The API server's own answer arrived, or the watch ended well. */
  | 'answered'
  /** An answer of the proxy's own. */
  | 'faked'
  /** No answer, or half of one; see `committed`. */
  | 'lost';

/** One object of a list. */
export interface ListedObject {
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

/** A request and what became of it; the fields after `committed` change until `outcome` is no longer `open`. */
export interface RequestEntry extends Common, Call {
  readonly kind: 'request';
  /** Counts the requests, and of the writes the writes, from 1. */
  readonly request: number;
  readonly write: number | undefined;
  /** Which TCP connection it came on, counted from 1. */
  readonly connection: number;
  /** SHA-256 in hex, the first 16 digits; undefined without a body. */
  readonly bodyHash: string | undefined;
  /** Parsed; the text when it is not JSON. */
  readonly body: unknown;
  /** The API server got it, so a write may have been done. */
  readonly committed: boolean;
  readonly outcome: RequestOutcome;
  /** What the API server answered, whatever arrived. */
  readonly status: number | undefined;
  /** What arrived. */
  readonly seenStatus: number | undefined;
  readonly answeredAt: number | undefined;
  /** Of the object or the list in the answer. */
  readonly resourceVersion: string | undefined;
  readonly uid: string | undefined;
  /** The object that the API server answered a read or a write of one with; a Status when it refused. */
  readonly answer: unknown;
  /** Of a list: what was in it. */
  readonly items: readonly ListedObject[] | undefined;
}

/** A watch event that the API server sent. */
export interface EventEntry extends Common {
  readonly kind: 'event';
  /** `seq` of the watch. */
  readonly watch: number;
  readonly resource: string;
  readonly type: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly object: unknown;
  /** When it was passed on; undefined while it is held, and for ever when it never was. */
  readonly sentAt: number | undefined;
}

/** A fault was done. */
export interface FaultEntry extends Common {
  readonly kind: 'fault';
  /** `seq` of the request or event. */
  readonly of: number;
  /** The fault's number in the order of `inject`, from 1. */
  readonly fault: number;
  /** In words. */
  readonly text: string;
}

/** Something beside the traffic: a start, a crash, what a workload did. */
export interface NoteEntry extends Common {
  readonly kind: 'note';
  readonly text: string;
}

/** A trace with what its placeholders stand for: what a plan is made from. */
export interface Recording {
  /** `$namespace` → the namespace of this run. */
  readonly placeholders: Readonly<Record<string, string>>;
  readonly entries: readonly TraceEntry[];
}
