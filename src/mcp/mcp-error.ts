/**
 * Why a probe did not pass, as a closed set. These are the reasons that people read in a condition, so each means one
 * thing to do. See `verdict.ts` for what each says about the server.
 */
export type McpErrorCode =
  | 'AuthRequired' // 401: reachable, wants credentials
  | 'AuthRejected' // 401 although credentials were given
  | 'Refused' // 403, 407 or 421: a Host, Origin or client that the server does not want
  | 'RateLimited' // 429
  | 'ServerError' // 408 and 5xx
  | 'Redirected' // 3xx: never followed
  | 'NotMCP' // something else answers there: a web page, a 404, another protocol
  | 'WrongTransport' // it speaks the other one of Streamable HTTP and HTTP+SSE
  | 'UnsupportedVersion' // MCP, but no revision that we know
  | 'ProtocolError' // it tries to speak MCP and breaks its rules
  | 'TooLarge' // more than a probe reads: bytes, headers, nesting, pages, tools
  | 'HandshakeTimeout' // the deadline passed
  | 'ConnectionLost' // reset or closed before the answer was complete
  | 'Unreachable' // no TCP connection
  | 'ProbeError' // our side failed: the API server's proxy, a missing right, a bug. Says nothing about the server
  | 'Aborted'; // our side gave up: shutting down, or the pod is gone

/** What an McpError carries beside its message. */
export interface McpErrorOptions {
  /** What to do about it, when more is known than the code tells. Default: the code's own advice. */
  readonly next?: string | undefined;
  /** HTTP status, when there was an answer. */
  readonly status?: number | undefined;
  /** Code of a JSON-RPC error, when there was one. */
  readonly rpcCode?: number | undefined;
  /** How long the server asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The one error of this layer. Its message is what came back, in words for people, on one line. */
export class McpError extends Error {
  override readonly name = 'McpError';
  readonly code: McpErrorCode;
  readonly next: string | undefined;
  readonly status: number | undefined;
  readonly rpcCode: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: McpErrorCode, message: string, options: McpErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.next = options.next;
    this.status = options.status;
    this.rpcCode = options.rpcCode;
    this.retryAfterMs = options.retryAfterMs;
  }

  /**
   * Any thrown value as an McpError. Whatever is not one is a fault of ours (`ProbeError`): it must never count
   * against a server.
   *
   * @param thrown whatever was caught
   */
  static from(thrown: unknown): McpError {
    if (thrown instanceof McpError) return thrown;
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    return new McpError('ProbeError', `the probe itself failed: ${said}`, { cause: thrown });
  }
}
