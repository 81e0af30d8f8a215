import { ImageError } from '../image-error.ts';
import type { Credentials } from './credentials.ts';
import type { Answer, Exchange } from './exchange.ts';

/** What a registry asks for in `WWW-Authenticate`. */
export interface Challenge {
  /** Lower case: `basic` or `bearer`. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Reads a `WWW-Authenticate` header (RFC 9110, 11.6.1).
 *
 * @param header for example `Bearer realm="https://auth.example/token",service="registry",scope="repository:a:pull"`
 */
export function parseChallenge(header: string): Challenge {
  const [, scheme = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(header) ?? [];
  const found = rest.matchAll(/([A-Za-z0-9_-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g);
  const parameters = [...found].map(([, name = '', quoted, plain]) => [
    name.toLowerCase(),
    quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1'),
  ]);
  return { scheme: scheme.toLowerCase(), parameters: Object.fromEntries(parameters) };
}

/**
 * The `Authorization` header that answers a challenge: the password itself, or a token that the registry's token
 * server gives for it (https://distribution.github.io/distribution/spec/auth/token).
 *
 * @param scope what is to be done: `repository:team/app:pull,push`
 * @param send does one request
 * @throws ImageError `Registry` when there is no login, or the token server refuses it; no secret is in the message
 */
export async function authorize(
  challenge: Challenge,
  credentials: Credentials | undefined,
  where: { readonly host: string; readonly scope: string; readonly signal?: AbortSignal | undefined },
  send: (exchange: Exchange) => Promise<Answer>,
): Promise<string> {
  const { host, scope, signal } = where;
  if (challenge.scheme === 'basic') {
    if (credentials?.kind !== 'password') throw notLoggedIn(host);
    return basic(credentials.username, credentials.password);
  }
  const { realm, service } = challenge.parameters;
  if (challenge.scheme !== 'bearer' || realm === undefined || !URL.canParse(realm)) {
    throw new ImageError(
      'Registry',
      `${host} asks for a login of the kind "${challenge.scheme}", which is not known here`,
    );
  }
  const url = new URL(realm);
  const parameters = { ...(service !== undefined && { service }), scope };
  const answer =
    credentials?.kind === 'identityToken'
      ? await send({ method: 'POST', url, ...refreshing(credentials.token, parameters), signal })
      : await send({ method: 'GET', url: withQuery(url, parameters), headers: headersOf(credentials), signal });
  if (answer.status !== 200) {
    if (credentials === undefined) throw notLoggedIn(host);
    throw new ImageError(
      'Registry',
      `${url.host} refuses the login for ${host} (HTTP ${answer.status}): log in once more`,
    );
  }
  return `Bearer ${tokenIn(answer.text, url.host)}`;
}

function refreshing(token: string, parameters: Readonly<Record<string, string>>) {
  const form = { grant_type: 'refresh_token', client_id: 'smooth-operator', refresh_token: token, ...parameters };
  return {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams(form).toString()),
  };
}

function withQuery(url: URL, parameters: Readonly<Record<string, string>>): URL {
  const full = new URL(url);
  for (const [name, value] of Object.entries(parameters)) full.searchParams.set(name, value);
  return full;
}

function headersOf(credentials: Credentials | undefined): Readonly<Record<string, string>> {
  return credentials?.kind === 'password' ? { authorization: basic(credentials.username, credentials.password) } : {};
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** `token`, or by OAuth's name `access_token`. */
function tokenIn(text: string, host: string): string {
  try {
    const answer: { token?: unknown; access_token?: unknown } = JSON.parse(text);
    const token = answer.token ?? answer.access_token;
    if (typeof token === 'string' && token !== '') return token;
  } catch (thrown) {
    // Not quoted: half of it may be a token.
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  throw new ImageError('Registry', `${host} answers a request for a token with something else`);
}

function notLoggedIn(host: string): ImageError {
  return new ImageError('Registry', `${host} wants a login, and there is none: docker login ${host} (or podman login)`);
}
