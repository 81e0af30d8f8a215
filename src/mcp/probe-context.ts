import type { Clock } from '../runtime/clock.ts';
import type { BoundedHttp } from './http.ts';
import type { Limits } from './limits.ts';
import type { Sessions } from './sessions.ts';
import type { ServerFacts } from './verdict.ts';

/** How far the request under way has come. */
export type Phase = 'connecting' | 'waiting' | 'reading';

/** What is being done, for messages. */
export interface Trace {
  /** The last request, e.g. `POST /mcp initialize`. */
  sent: string;
  phase: Phase;
  /** HTTP status of the answer being read. */
  status: number | undefined;
  /** What the server has told so far. */
  server: ServerFacts | undefined;
}

/** What the steps of one probe share. */
export interface ProbeContext {
  readonly http: BoundedHttp;
  /** Where MCP is served. */
  readonly path: string;
  /** The `Host` header that the pod sees. */
  readonly host: string;
  readonly clock: Clock;
  /** Ends everything: the deadline, or our side giving up. */
  readonly signal: AbortSignal;
  readonly limits: Limits;
  /** `clientInfo`. */
  readonly client: { readonly name: string; readonly version: string };
  /** The bearer token, where one is given and the dial carries it. Never in a message. */
  readonly token: string | undefined;
  /** A token is named and does not go along: what to do about that. */
  readonly tokenMissing: string | undefined;
  readonly sessions: Sessions;
  readonly trace: Trace;
  /** A JSON-RPC id that this probe has not used. */
  nextId(): number;
}

/** Headers of every request to the pod. No `Origin`: a server must refuse one that it does not know. */
export function commonHeaders(context: Pick<ProbeContext, 'client' | 'token'>): Record<string, string> {
  return {
    'user-agent': `${context.client.name}/${context.client.version}`,
    ...(context.token !== undefined && { authorization: `Bearer ${context.token}` }),
  };
}

/** Says what is sent next. */
export function begin(context: ProbeContext, sent: string): void {
  Object.assign(context.trace, { sent, phase: 'connecting', status: undefined } satisfies Partial<Trace>);
}
