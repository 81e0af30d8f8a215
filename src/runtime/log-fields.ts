import { ApiError } from './errors.ts';
import { isSecretField, redact } from './redact.ts';

/** What varies from line to line. Values are plain data or errors; an undefined one is left out. */
export type Fields = Readonly<Record<string, unknown>>;

/** Names that the line itself uses. A field called so is written with a trailing underscore. */
const reserved: ReadonlySet<string> = new Set(['ts', 'level', 'msg']);
const maxDepth = 5;
const maxText = 8_192;

/**
 * Fields as they may be written: errors described, credentials hidden, everything of bounded size, nothing that throws.
 */
export function loggable(fields: Fields): Fields {
  return record(fields, 0, (name) => (reserved.has(name) ? `${name}_` : name));
}

/**
 * What a log line tells about a thrown value: type, code, message, status, reason, stack and the cause's.
 * Other properties are left out: clients hang requests, bodies and headers on their errors.
 *
 * @param thrown whatever was caught
 */
export function describeError(thrown: unknown): Fields {
  return describe(thrown, 0);
}

function describe(thrown: unknown, depth: number): Fields {
  if (!(thrown instanceof Error)) return { message: text(String(thrown)) };
  const code: unknown = Reflect.get(thrown, 'code');
  return {
    type: thrown.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : undefined),
    message: text(thrown.message),
    ...(thrown instanceof ApiError ? answerOf(thrown) : stackOf(thrown)),
    ...(thrown.cause === undefined || depth >= maxDepth ? undefined : { cause: describe(thrown.cause, depth + 1) }),
  };
}

/** An answer of the API server is expected: where in our code it was noticed would only be noise. */
function answerOf(error: ApiError): Fields {
  return {
    ...(error.status === undefined ? undefined : { status: error.status }),
    ...(error.reason === undefined ? undefined : { reason: error.reason }),
    ...(error.retryAfterMs === undefined ? undefined : { retryAfterMs: error.retryAfterMs }),
  };
}

function stackOf(error: Error): Fields {
  return error.stack === undefined ? {} : { stack: text(error.stack) };
}

function record(fields: Fields, depth: number, rename: (name: string) => string): Fields {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || typeof value === 'function') continue;
    clean[rename(name)] =
      isSecretField(name) && value !== null && value !== '' ? '[redacted]' : plain(value, depth + 1);
  }
  return clean;
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describe(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (depth > maxDepth) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
  if (value instanceof Set || value instanceof Map) return plain([...value], depth);
  return record(Object.fromEntries(Object.entries(value)), depth, (name) => name);
}

function text(value: string): string {
  const cut = value.length > maxText ? `${value.slice(0, maxText)}… (${value.length - maxText} more)` : value;
  return redact(cut);
}
