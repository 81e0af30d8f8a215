import type { Clock } from '../runtime/clock.ts';
import { adviceFor } from './advice.ts';
import type { Dial, Line } from './dial.ts';
import type { HandshakeOutcome } from './handshake.ts';
import { maybeModern } from './handshake.ts';
import { createBoundedHttp } from './http.ts';
import { httpSseHandshake } from './http-sse.ts';
import { legacyHandshake } from './legacy.ts';
import { handsOutSessions } from './legacy-sessions.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { McpError } from './mcp-error.ts';
import { discover, listModernTools } from './modern.ts';
import type { ProbeContext, Trace } from './probe-context.ts';
import { commonHeaders } from './probe-context.ts';
import type { Sessions } from './sessions.ts';
import { createSessions } from './sessions.ts';
import type { ProbeFailed, ProbePassed, ProbeResult, Released } from './verdict.ts';
import { standingOf } from './verdict.ts';
import type { Learnt } from './versions.ts';

/** The pod, as messages and the server see it. */
export interface ProbeTarget {
  /** The pod's name. */
  readonly pod: string;
  /** What clients send as `Host`: the Service's `NAME.NAMESPACE.svc:PORT`. */
  readonly host: string;
}

/** A token was named that is not there. The pod is asked without one: it may not want any. */
export interface MissingToken {
  /** What is missing, for who has to mend it: `Secret login has no key token`. */
  readonly missing: string;
}

/** How to probe. */
export interface ProbeOptions {
  readonly dial: Dial;
  readonly clock: Clock;
  /** Gives up early, as `Aborted`. */
  readonly signal: AbortSignal;
  /** For the whole handshake, in milliseconds. */
  readonly timeoutMs: number;
  /** Path, and query if there is one, of the MCP endpoint; of the event stream for `SSE`. */
  readonly path: string;
  readonly transport: 'StreamableHTTP' | 'SSE';
  /**
   * Bearer token; white space around it, such as the line end of a file, is taken off. Sent to the pod alone, and never
   * part of a message. Default: none.
   */
  readonly auth?: string | MissingToken | undefined;
  /** What an earlier probe of the same image learnt. Default: nothing, both eras are tried. */
  readonly remembered?: Learnt | undefined;
  /** `clientInfo` and `User-Agent`. Default `smooth-operator` without a version number to speak of. */
  readonly client?: { readonly name: string; readonly version: string };
  /** Default: see `limits.ts`. */
  readonly limits?: Limits;
}

/** `sent` before anything is. */
const NOTHING = 'nothing';

type Found = HandshakeOutcome & { readonly learnt: Learnt | undefined };

/**
 * Asks one pod whether an MCP client would get an answer from it, now: one whole handshake, in whatever era the server
 * speaks, with all pages of its tools. No tool is ever called.
 *
 * Modern first (`server/discover`), then `initialize`; with `transport: SSE` only HTTP+SSE. Any answer whatever ends in a
 * verdict within the deadline. Every session is ended and every socket destroyed afterwards: await `released` before the
 * next probe of the pod.
 *
 * @returns never rejects
 */
export async function probe(target: ProbeTarget, options: ProbeOptions): Promise<ProbeResult> {
  const { dial, clock, timeoutMs } = options;
  const start = clock.monotonic();
  const trace: Trace = { sent: NOTHING, phase: 'connecting', status: undefined, server: undefined };
  const controller = new AbortController();
  const cancel = clock.after(timeoutMs, () => controller.abort(new McpError('HandshakeTimeout', '')));
  const giveUp = () => controller.abort(new McpError('Aborted', 'the probe was given up'));
  options.signal.addEventListener('abort', giveUp, { once: true });
  if (options.signal.aborted) giveUp();

  const line = dial.open();
  const context = contextOf(target, options, controller.signal, line, trace);
  let found: Found | McpError;
  try {
    found = await untilAborted(controller.signal, () => run(context, options));
  } catch (thrown) {
    found = explained(McpError.from(thrown), trace, timeoutMs);
  }
  cancel();
  const durationMs = clock.monotonic() - start;
  if (!(found instanceof McpError)) found = await withSessions(context, found, options.remembered);
  options.signal.removeEventListener('abort', giveUp);
  // Whatever is still under way, a stream that goes on for example, ends before the sessions do.
  controller.abort(new McpError('Aborted', 'the probe is over'));
  const released = release(line, context.sessions);
  return found instanceof McpError
    ? failed(target, found, trace, durationMs, released)
    : passed(target, found, trace, durationMs, released);
}

function contextOf(
  target: ProbeTarget,
  options: ProbeOptions,
  signal: AbortSignal,
  line: Line,
  trace: Trace,
): ProbeContext {
  const { dial, clock, path, auth, limits = defaultLimits } = options;
  const client = options.client ?? { name: 'smooth-operator', version: '0' };
  const token = dial.carriesCredentials && typeof auth === 'string' ? auth.trim() : undefined;
  let id = 0;
  return {
    http: createBoundedHttp(line, limits),
    path,
    host: target.host,
    clock,
    signal,
    limits,
    client,
    token,
    tokenMissing: token === undefined ? adviceForMissing(auth) : undefined,
    sessions: createSessions(path, commonHeaders({ client, token }), clock),
    trace,
    nextId: () => ++id,
  };
}

/** What to do about a token that was named and does not go along. */
function adviceForMissing(auth: ProbeOptions['auth']): string | undefined {
  if (typeof auth === 'object') return `${auth.missing}: put the token there, or correct spec.verify.auth.secretKeyRef`;
  if (auth === undefined) return undefined;
  return "the API server's pod proxy does not pass credentials on: run the operator in the cluster, or with --probe-via=direct, to use spec.verify.auth";
}

async function run(context: ProbeContext, { transport, remembered }: ProbeOptions): Promise<Found> {
  if (context.token !== undefined && !/^[\x21-\x7e]+$/.test(context.token)) {
    throw new McpError('AuthRejected', 'the token is empty, or has characters that an HTTP header cannot hold');
  }
  if (transport === 'SSE') return { ...(await httpSseHandshake(context)), learnt: { era: 'http+sse' } };
  if (remembered?.era === 'legacy') {
    try {
      return { ...(await legacyHandshake(context)), learnt: { era: 'legacy' } };
    } catch (error) {
      if (!(error instanceof McpError) || !maybeModern(error)) throw error;
      // It may have changed its mind, by configuration for example. If it has not, the first refusal is the verdict.
      const modern = await modernHandshake(context);
      if ('server' in modern) return modern;
      throw error;
    }
  }
  const modern = await modernHandshake(context);
  if ('server' in modern) return modern;
  const outcome = await legacyHandshake(context);
  return { ...outcome, learnt: modern.certain ? { era: 'legacy' } : undefined };
}

async function modernHandshake(context: ProbeContext): Promise<Found | { readonly certain: boolean }> {
  const discovery = await discover(context);
  if (discovery.kind === 'legacy') return discovery;
  const { server } = discovery;
  const tools = discovery.tools ? await listModernTools(context, server.protocolVersion) : undefined;
  return { server, tools, learnt: { era: 'modern' } };
}

/** Of a modern server: once for each image, whether it hands out sessions to clients of an earlier era. */
async function withSessions(context: ProbeContext, found: Found, remembered: Learnt | undefined): Promise<Found> {
  if (found.server.era !== 'modern') return found;
  const stateful = remembered?.stateful ?? (await handsOutSessions(context));
  if (stateful === undefined) return found;
  return { ...found, server: { ...found.server, stateful }, learnt: { era: 'modern', stateful } };
}

/** Runs until the signal says otherwise, even where something below does not listen to it. */
async function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  const working = work();
  // When the race is lost, what this ends with is known already: the signal's reason.
  working.catch(() => undefined);
  try {
    return await Promise.race([working, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

/** A timeout in words: how far it came tells what to look at. */
function explained(error: McpError, trace: Trace, timeoutMs: number): McpError {
  if (error.code !== 'HandshakeTimeout') return error;
  const within = `within ${timeoutMs / 1000} s`;
  if (trace.phase === 'connecting') return new McpError('Unreachable', `no connection ${within}`);
  if (trace.phase === 'waiting') return new McpError('HandshakeTimeout', `no answer ${within}`);
  const { status } = trace;
  return new McpError('HandshakeTimeout', `HTTP ${status} and an answer that was not complete ${within}`, { status });
}

/** Never rejects. */
async function release(line: Line, sessions: Sessions): Promise<Released> {
  try {
    return await sessions.end(line);
  } finally {
    line.close();
  }
}

function passed(
  target: ProbeTarget,
  found: Found,
  trace: Trace,
  durationMs: number,
  released: Promise<Released>,
): ProbePassed {
  const { server, tools, learnt } = found;
  const who = [server.name, server.version].filter((part) => part !== undefined).join(' ');
  const count = tools === undefined ? 'no tools' : `${tools.length} tool${tools.length === 1 ? '' : 's'}`;
  return {
    verdict: 'HandshakePassed',
    standing: 'Passed',
    message: `pod ${target.pod} speaks MCP ${server.protocolVersion}${who === '' ? '' : `: ${who}`}, ${count}`,
    sent: trace.sent,
    came: 'the answers that MCP asks for',
    fingerprint: `HandshakePassed | ${server.protocolVersion}`,
    server,
    tools,
    learnt,
    durationMs,
    released,
  };
}

function failed(
  target: ProbeTarget,
  error: McpError,
  trace: Trace,
  durationMs: number,
  released: Promise<Released>,
): ProbeFailed {
  const { code, status, rpcCode } = error;
  const standing = standingOf(code);
  const next = error.next ?? adviceFor(code);
  // Which key of which Secret is missing is a fact of ours, and the advice alone has it.
  const credentials = code === 'AuthRequired' ? next : '';
  return {
    verdict: code,
    standing: standing === 'Passed' ? 'Failed' : standing,
    message: `pod ${target.pod}: ${trace.sent === NOTHING ? '' : `${trace.sent} got `}${error.message}; ${next}`,
    sent: trace.sent,
    came: error.message,
    next,
    fingerprint: [code, trace.sent, status ?? '', rpcCode ?? '', unquoted(error.message), credentials].join(' | '),
    status,
    retryAfterMs: error.retryAfterMs,
    server: trace.server,
    learnt: undefined,
    durationMs,
    released,
  };
}

/** Our own words of a message: what a server said stands in quotes, and may have a time or a number in it. */
function unquoted(message: string): string {
  return message.replace(/".*"/s, '""').replace(/\d+/g, '#');
}
