import type { McpErrorCode } from './mcp-error.ts';
import type { Tool } from './tools.ts';
import type { Era, Learnt } from './versions.ts';

/** What one probe found, as a reason for the `Verified` condition. */
export type Verdict = 'HandshakePassed' | McpErrorCode;

/**
 * What a verdict means for the pod.
 * - `Passed`: an MCP client gets an answer.
 * - `Failed`: it does not, now.
 * - `Unknown`: somebody answers who wants credentials that we do not have. The pod stays where it is.
 * - `None`: the probe did not come about, for a reason of ours. The last verdict stays.
 */
export type Standing = 'Passed' | 'Failed' | 'Unknown' | 'None';

const otherThanFailed: Partial<Readonly<Record<Verdict, Standing>>> = {
  HandshakePassed: 'Passed',
  AuthRequired: 'Unknown',
  AuthRejected: 'Unknown',
  ProbeError: 'None',
  Aborted: 'None',
};

/** See `Standing`. */
export function standingOf(verdict: Verdict): Standing {
  return otherThanFailed[verdict] ?? 'Failed';
}

/** What a server told about itself. Names are for display: bounded, on one line, without control characters. */
export interface ServerFacts {
  readonly era: Era;
  /** The revision that was agreed on. */
  readonly protocolVersion: string;
  /** Undefined where a modern server does not say, which it may. */
  readonly name: string | undefined;
  readonly version: string | undefined;
  /** Names of the capabilities, sorted. */
  readonly capabilities: readonly string[];
  /**
   * It hands out session ids, so the requests of one client have to reach the same pod. Always so for HTTP+SSE. A server of
   * the modern era may do so for clients of an earlier one. Undefined where that is not known.
   */
  readonly stateful: boolean | undefined;
}

/** How the end of a probe went. */
export interface Released {
  /** Sessions that the server had opened for this probe. */
  readonly sessions: number;
  /** Those of them that could not be ended. Each is left to the server's own timeout. */
  readonly sessionsLeft: number;
}

interface Report {
  /** What was sent last, e.g. `POST /mcp initialize`. */
  readonly sent: string;
  /** What came back, in words, on one line, with no secret in it. A server's own words in it may differ each time. */
  readonly came: string;
  /**
   * The same for the same fact: compare this, not the message, before writing a status. Made of the verdict, what was
   * sent, and the codes of the answer.
   */
  readonly fingerprint: string;
  /** From the call to the verdict, by the clock, in milliseconds. */
  readonly durationMs: number;
  /** What may be remembered for this image. Undefined: nothing that is certain was learnt. */
  readonly learnt: Learnt | undefined;
  /**
   * Resolves when the sessions are ended and every socket is destroyed; a second after the verdict at the latest. Never
   * rejects. Until then the pod still hears from this probe.
   */
  readonly released: Promise<Released>;
}

/** The server answered as MCP says. */
export interface ProbePassed extends Report {
  readonly verdict: 'HandshakePassed';
  readonly standing: 'Passed';
  /** For a condition: which pod, and what it is. */
  readonly message: string;
  readonly server: ServerFacts;
  /** All pages, as sent and in the server's order. Undefined where no tools are advertised. */
  readonly tools: readonly Tool[] | undefined;
}

/** It did not. */
export interface ProbeFailed extends Report {
  readonly verdict: McpErrorCode;
  readonly standing: Exclude<Standing, 'Passed'>;
  /** For a condition: which pod, what was sent, what came back, what to do. */
  readonly message: string;
  /** What to do about it. */
  readonly next: string;
  /** What the server had told before it failed. */
  readonly server: ServerFacts | undefined;
  /** HTTP status of the answer that decided. */
  readonly status: number | undefined;
  /** How long the server asked to be left alone, in milliseconds (429 and 503). */
  readonly retryAfterMs: number | undefined;
}

export type ProbeResult = ProbePassed | ProbeFailed;
