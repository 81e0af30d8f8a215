import type { ApiErrorCode, Status } from './errors.ts';
import { ApiError } from './errors.ts';

/** Codes by HTTP status; 409 and 5xx are decided in `codeOf`. */
const codes: Readonly<Record<number, ApiErrorCode>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'BadRequest',
  406: 'BadRequest',
  410: 'Gone',
  413: 'TooLarge',
  415: 'BadRequest',
  422: 'Invalid',
  429: 'TooManyRequests',
  504: 'Timeout',
};

/**
 * The ApiError of an answer that is not a success.
 *
 * @param what the request, for answers that say nothing themselves: `GET /api/v1/pods`
 * @param status HTTP status, or the code in an in-band `ERROR` event
 * @param body the answer: a `Status` object, or whatever a proxy in between wrote
 * @param retryAfter the `Retry-After` header, in seconds; a date is ignored, the API server never sends one
 */
export function statusError(what: string, status: number, body: string, retryAfter?: string): ApiError {
  const answer = statusOf(body);
  const code = isUnknownField(status, answer?.message) ? 'BadRequest' : codeOf(status, answer?.reason);
  const seconds = Number(retryAfter ?? answer?.details?.retryAfterSeconds ?? Number.NaN);
  return new ApiError(code, answer?.message || `${what} answered ${status}${said(body)}`, {
    status,
    ...(answer?.reason !== undefined && { reason: answer.reason }),
    ...(answer?.details?.causes !== undefined && { causes: answer.details.causes }),
    ...(seconds >= 0 && { retryAfterMs: seconds * 1000 }),
  });
}

/**
 * The ApiError of an `ERROR` event in a watch, whose object is a Status.
 *
 * @param object the event's object
 */
export function eventError(what: string, object: unknown): ApiError {
  const code: unknown = typeof object === 'object' && object !== null ? Reflect.get(object, 'code') : undefined;
  return statusError(what, typeof code === 'number' ? code : 500, JSON.stringify(object) ?? '');
}

/**
 * A server-side apply of a field that the API server does not know is answered with 500, as if it were the server's
 * fault and worth a retry (seen on 1.36, built-in and custom resources, strict validation or not). It is ours.
 */
function isUnknownField(status: number, message: string | undefined): boolean {
  return status === 500 && message !== undefined && /^failed to create typed patch object\b/.test(message);
}

function codeOf(status: number, reason: string | undefined): ApiErrorCode {
  // `Expired` is how a continue token or a watch tells that it is too old, whatever the number beside it.
  if (reason === 'Expired' || reason === 'Gone') return 'Gone';
  if (status === 409) return reason === 'AlreadyExists' ? 'AlreadyExists' : 'Conflict';
  return codes[status] ?? (status >= 500 ? 'ServerError' : 'Unknown');
}

function statusOf(body: string): Status | undefined {
  if (!body.startsWith('{')) return undefined;
  try {
    const parsed: Status = JSON.parse(body);
    return parsed.kind === 'Status' ? parsed : undefined;
  } catch (error) {
    // A proxy's page that happens to begin with a brace: shown as it is.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The beginning of a foreign answer, on one line. */
function said(body: string): string {
  const text = body.replace(/\s+/g, ' ').trim();
  return text === '' ? '' : `: ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
}
