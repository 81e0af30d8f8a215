/**
 * What can go wrong between this process and the API server, as a closed set.
 *
 * `NotDeclared` is ours alone: a call that the resource's declared verbs do not include (see resource.ts).
 */
export type ApiErrorCode =
  | 'BadRequest' // 400
  | 'Unauthorized' // 401
  | 'Forbidden' // 403
  | 'NotFound' // 404
  | 'AlreadyExists' // 409 with reason AlreadyExists
  | 'Conflict' // 409 otherwise
  | 'Gone' // 410: the resourceVersion is too old
  | 'TooLarge' // 413
  | 'Invalid' // 422
  | 'TooManyRequests' // 429
  | 'ServerError' // 5xx
  | 'Timeout' // our deadline passed, or 504
  | 'Network' // refused, reset, TLS, DNS
  | 'Malformed' // the answer was not what the protocol says
  | 'Aborted' // our side gave up: shutting down
  | 'NotLeader' // a write without holding the lease
  | 'NotDeclared'
  | 'Config' // how to reach the API server is missing, malformed or contradicts itself
  | 'Unknown';

/** One cause in a Status' details: the field at fault and what is wrong with it. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** The API server's `Status` object, as far as it is read here. */
export interface Status {
  readonly kind?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly StatusCause[]; readonly retryAfterSeconds?: number };
}

/** What an ApiError carries beside its message. */
export interface ApiErrorOptions {
  readonly status?: number;
  readonly reason?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The one error of the runtime layer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined;
  /** The Status' reason, e.g. `AlreadyExists`. */
  readonly reason: string | undefined;
  readonly causes: readonly StatusCause[];
  /** How long the server asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ApiErrorCode, message: string, options: ApiErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.reason = options.reason;
    this.causes = options.causes ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }

  /**
   * Any thrown value as an ApiError: the border between the outside and this layer.
   *
   * @param thrown whatever was caught
   */
  static from(thrown: unknown): ApiError {
    if (thrown instanceof ApiError) return thrown;
    if (!(thrown instanceof Error)) return new ApiError('Unknown', String(thrown), { cause: thrown });
    return new ApiError(codeOfError(thrown), thrown.message, { cause: thrown });
  }
}

/**
 * True for an answer that stays the same however often the request is repeated, until somebody changes something.
 * Conflict is not among them (read again), nor 429 and 5xx (try later).
 */
export function isTerminal(error: ApiError): boolean {
  return terminal.has(error.code);
}

const terminal: ReadonlySet<ApiErrorCode> = new Set(['BadRequest', 'Forbidden', 'TooLarge', 'Invalid', 'NotDeclared']);

function codeOfError(error: Error): ApiErrorCode {
  if (error.name === 'AbortError') return 'Aborted';
  if (error.name === 'TimeoutError') return 'Timeout';
  if (error instanceof SyntaxError) return 'Malformed';
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code !== 'string') return 'Unknown';
  return code.startsWith('E') || code.startsWith('UND_') || code.includes('CERT') || code.includes('TLS')
    ? 'Network'
    : 'Unknown';
}
