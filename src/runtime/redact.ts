/**
 * The last defence against a secret in a log line, an event or a status message: text that looks like a credential is
 * replaced. The first defence is not to pass one on at all; this one is for what others put into their error messages.
 */

const hidden = '[redacted]';

/** Words that make the value after them a secret. `[\w-]{0,64}` bounds the prefix, so that no input is slow. */
const secretWord = String.raw`[\w-]{0,64}(?:token|passw(?:or)?d|passphrase|secret[_-]?key|client[_-]?secret|api[_-]?key|private[_-]?key|access[_-]?key|authorization|cookie)`;

/** Each pattern is linear in its input; `$1` keeps what is not secret. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, hidden],
  // JSON Web Tokens, service account tokens among them: base64url of `{"`, dot, payload, dot, signature.
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, hidden],
  // Tokens that their issuers gave a recognisable prefix.
  [/\b(?:gh[pousr]_|github_pat_|glpat-|sk-|xox[abprs]-|npm_|AKIA|AIza)[\w-]{16,}/g, hidden],
  // RFC 7235 credentials. "Bearer token expired" is prose: a credential has a digit or is long.
  [/\b(Bearer|Basic)\s+(?=\S{0,200}\d|\S{20})[\w.~+/=-]{4,}/gi, `$1 ${hidden}`],
  // user:password@ in a URL.
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@:]{0,200}:[^\s/@]{1,500}@/gi, `$1${hidden}@`],
  // token=…, "token": "…", --token=…
  [
    new RegExp(
      String.raw`\b(${secretWord}["']?\s{0,3}=\s{0,3}|${secretWord}["']\s{0,3}:\s{0,3})(?!\[redacted\])("[^"]*"|'[^']*'|[^\s,;&"'}\])]+)`,
      'gi',
    ),
    `$1${hidden}`,
  ],
  // --token …
  [new RegExp(String.raw`(--${secretWord}\s{1,3})(?!-|\[redacted\])(\S+)`, 'gi'), `$1${hidden}`],
  // Authorization: …, and "token: abc123": prose ("password: must not be empty") has no digit in its next word.
  [
    new RegExp(String.raw`\b(${secretWord}:\s{1,3})(?!\[redacted\])(?=\S{0,200}\d)([^\s,;&"'}\])]{6,})`, 'gi'),
    `$1${hidden}`,
  ],
];

/**
 * Text without anything that looks like a credential.
 *
 * @param text any length; nothing but the matches changes
 */
export function redact(text: string): string {
  let clean = text;
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
  return clean;
}

const secretField =
  /^(?:authorization|cookie|set-cookie|token|password|passwd|api-?key|(?:access|refresh|id|bearer)-?token|(?:client|access)-?secret|(?:secret|private)-?key)$/i;

/**
 * True for a field whose value is a credential by its name (`password`, `access_token`, `apiKey`).
 * `secretName` is not one: it names a Secret.
 */
export function isSecretField(name: string): boolean {
  return secretField.test(name.replace(/_/g, '-'));
}
