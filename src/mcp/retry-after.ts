/** The longest wait that a server is granted: a day. */
const LONGEST_MS = 24 * 60 * 60 * 1000;

/**
 * `Retry-After` (RFC 9110, section 10.2.3) in milliseconds.
 *
 * @param header seconds or an HTTP date
 * @param now wall-clock time in milliseconds
 * @returns 0 to a day; undefined when there is no such header or it says nothing
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d{1,15}$/.test(text) ? Number(text) * 1000 : dateOf(text) - now;
  if (Number.isNaN(ms)) return undefined;
  return Math.min(LONGEST_MS, Math.max(0, ms));
}

/** All forms of an HTTP date begin with a day's name. `Date.parse` takes much that is none, such as `1.5`. */
function dateOf(text: string): number {
  return /^[A-Z][a-z]{2,8}[, ]/.test(text) ? Date.parse(text) : Number.NaN;
}
