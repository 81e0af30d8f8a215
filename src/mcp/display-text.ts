import { redact } from '../runtime/redact.ts';

/** The longest excerpt of a server's words in a message, in UTF-16 units. */
const EXCERPT_LENGTH = 200;

/** The longest name or version of a server or a tool that is shown. */
const NAME_LENGTH = 128;

/** More than is ever shown is not looked at: cleaning 8 MiB would take longer than the rest of the probe. */
const LOOK_FACTOR = 8;

/**
 * A server's words as an excerpt on one line: no control or invisible characters (they could forge lines in a
 * terminal, or turn the direction of text), no credentials, and short.
 *
 * @param text anything a server sent
 * @param secret the credential that was sent to the server, which it may echo. Default: none was sent
 */
export function excerpt(text: string, secret?: string): string {
  return shown(text, EXCERPT_LENGTH, secret);
}

/** The name of a server or a tool, as `excerpt`, shorter. */
export function displayName(text: string): string {
  return shown(text, NAME_LENGTH);
}

/** Hides a secret as it is, and as JSON or a URL would have it. */
function hide(text: string, secret: string): string {
  const forms = new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  let hidden = text;
  for (const form of forms) if (form !== '') hidden = hidden.replaceAll(form, '[redacted]');
  return hidden;
}

function shown(text: string, length: number, secret?: string): string {
  // Hidden before it is cut, so that no half of a secret is left over; cut before it is cleaned, for speed.
  const hidden = secret === undefined ? text : hide(text, secret);
  const start = hidden.slice(0, length * LOOK_FACTOR).toWellFormed();
  const visible = start
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, '')
    .trim();
  const clean = redact(visible);
  if (clean.length <= length && start.length === hidden.length) return clean;
  return `${clean.slice(0, length).toWellFormed()}…`;
}
