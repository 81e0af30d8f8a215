import type { Verb } from './call.ts';

/**
 * Faults as data: what they wait for, and what they then do. Everything here is JSON, so that a plan can be stored,
 * printed and replayed. Times are in milliseconds.
 *
 * Names in a match may be placeholders, such as `$namespace`: the proxy is told what they stand for in this run.
 */

/** Values that a body or an object must have, by JSON pointer (RFC 6901): `{ "/spec/replicas": 3 }`. null: absent. */
export type Difference = Readonly<Record<string, string | number | boolean | null>>;

/** Which requests. Every field that is there must hold. */
export interface RequestMatch {
  /** Default: any. */
  readonly verb?: Verb | readonly Verb[];
  /** `deployments.apps`, `services`. Default: any. */
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Empty: none of them. Default: with and without. */
  readonly subresource?: string;
  /** Of the body. Default: any body. */
  readonly diff?: Difference;
  /** The operator instance that sent it. Default: any. */
  readonly instance?: string;
}

/** Which watch events. Every field that is there must hold. */
export interface EventMatch {
  readonly resource: string;
  /** Default: any but BOOKMARK. */
  readonly type?: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly namespace?: string;
  readonly name?: string;
  /** Of the object. Default: any object. */
  readonly diff?: Difference;
}

/** What one answer of the proxy's own says. */
export interface StatusAnswer {
  readonly status: 401 | 403 | 404 | 409 | 410 | 429 | 500 | 502 | 503 | 504;
  /** Seconds, in the header. Default: no header. */
  readonly retryAfter?: number;
}

/** What happens to a request. `commit`: the API server gets and does it, but its answer is not what arrives. */
export type RequestAction =
  /** kill -9 of the operator: before the request reaches the server, before its answer leaves it, or after that. */
  | { readonly do: 'crash'; readonly when: 'before' | 'after-commit' | 'after-answer' }
  | ({ readonly do: 'answer'; readonly commit: boolean } & StatusAnswer)
  /** The connection is reset (RST). */
  | { readonly do: 'reset'; readonly commit: boolean }
  /** Waits before the request is passed on (`request`), or before its answer is (`answer`). */
  | { readonly do: 'hold'; readonly what: 'request' | 'answer'; readonly ms: number }
  /** No byte and no FIN, until the client gives up, or else a reset after `ms`. null: waits for the client. */
  | { readonly do: 'black-hole'; readonly commit: boolean; readonly ms: number | null }
  /** Half of the answer's body, then the end of the connection. */
  | { readonly do: 'truncate' }
  /** Of a list: the state right after an event that was seen earlier; `nth` from 1 among those that match. */
  | { readonly do: 'list-older'; readonly to: EventMatch; readonly nth: number };

/** What happens to a watch as a whole, from its opening. */
export type WatchAction =
  /** HTTP 410, or 200 and an ERROR event with code 410. */
  | { readonly do: 'expire'; readonly how: 'http' | 'in-band' }
  /** Opened, and nothing but bookmarks of the version that it began from; after `ms` it ends well. */
  | { readonly do: 'bookmarks-only'; readonly everyMs: number; readonly ms: number }
  /** Ends well after its first event; `times` of the fault counts watches. */
  | { readonly do: 'close-after-event' }
  /** Chunks of this many bytes for as long as the watch lives. */
  | { readonly do: 'chop'; readonly bytes: number };

/** What happens at a watch event. What follows on the same watch comes in order, after it. */
export type EventAction =
  /** The event and all after it wait. */
  | { readonly do: 'hold'; readonly ms: number }
  /**
   * The watch stands still until the next event of the same object (of this type; default any), and that is then all
   * of it that is ever seen, as a list would have shown it. When none comes within `ms`, nothing is left out.
   */
  | { readonly do: 'unobserved'; readonly until?: EventMatch['type']; readonly ms: number }
  | { readonly do: 'duplicate'; readonly copies: number }
  /**
   * An ERROR event of this code instead of it; then the watch ends. With `afterMs` it is seen, and so is what follows,
   * until so long after it.
   */
  | { readonly do: 'error'; readonly code: 410 | 500; readonly afterMs?: number }
  /** No byte and no FIN from this event on, until the client gives up, or else a reset after `ms`. */
  | { readonly do: 'black-hole'; readonly ms: number | null }
  | { readonly do: 'reset'; readonly when: 'before' | 'after' }
  /** Ends the watch well. */
  | { readonly do: 'close'; readonly when: 'before' | 'after' }
  /** Half of the event's line, then a well-formed end of the answer. */
  | { readonly do: 'truncate' }
  /** The event in chunks of this many bytes; `utf8`: cut within each character that has more than one byte. */
  | { readonly do: 'chop'; readonly bytes: number | 'utf8' }
  | { readonly do: 'crash'; readonly when: 'before' | 'after' }
  | TimeTravelAction;

/**
 * An API server that is behind (Sieve's stale state): for `ms`, lists of `resources` answer with the state right after
 * an event that was seen earlier, and watches are silent; then they catch up, event by event. The older state comes
 * from the API server itself (`resourceVersionMatch=Exact`), so it must not be compacted yet. A get stays fresh, as it
 * does in Kubernetes. The event that triggers it is still seen; the time begins with the first list or watch after it.
 */
export interface TimeTravelAction {
  readonly do: 'time-travel';
  /** Empty: every resource that is watched. */
  readonly resources: readonly string[];
  /** The event whose version is gone back to; `nth` from 1 among those that match. */
  readonly to: EventMatch;
  readonly nth: number;
  readonly ms: number;
  /** True: the operator is crashed and started again, and has no memory. False: its watches are reset. */
  readonly restart: boolean;
}

/** A fault: at the n-th match, and `times` in a row. */
export type FaultSpec =
  | {
      readonly on: 'request';
      readonly match: RequestMatch;
      /** From 1, counted since the fault was injected. */
      readonly nth: number;
      /** How many matches from there on. Default 1. null: all. */
      readonly times?: number | null;
      readonly action: RequestAction;
    }
  | {
      readonly on: 'watch';
      readonly match: Omit<RequestMatch, 'verb' | 'diff' | 'subresource'>;
      readonly nth: number;
      readonly times?: number | null;
      readonly action: WatchAction;
    }
  | {
      readonly on: 'event';
      readonly match: EventMatch;
      readonly nth: number;
      readonly times?: number | null;
      readonly action: EventAction;
    };
