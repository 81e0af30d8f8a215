import { displayName, excerpt } from './display-text.ts';
import { readStart } from './http.ts';
import { isObject, isStrings, parseJson } from './json-value.ts';
import { McpError } from './mcp-error.ts';
import type { ProbeContext } from './probe-context.ts';
import type { Reply } from './reply.ts';

const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** How long the metadata may take in all, in milliseconds: the 401 is the verdict, they only explain it. */
const METADATA_MS = 1_000;

/**
 * The error for a 401: reachable, and wants credentials. Its protected resource metadata (RFC 9728) are looked up to
 * tell an MCP server behind OAuth from any other locked door.
 *
 * The metadata's URL is the server's own claim, so only its path is used, on the same pod, without the token: a probe
 * must not be sent to other hosts.
 *
 * @returns McpError `AuthRequired`; `AuthRejected` when a token was sent
 */
export async function authRequired(context: ProbeContext, reply: Reply): Promise<McpError> {
  const challenge = reply.headers['www-authenticate'];
  const scheme = /^\s*([A-Za-z][\w-]{0,30})(?:[\s,]|$)/.exec(challenge ?? '')?.[1];
  const server = await authorizationServer(context, challenge);
  const known =
    server === undefined
      ? ''
      : `; its metadata (RFC 9728) name ${server === '' ? 'no authorization server' : `the authorization server ${server}`}`;
  const came = `HTTP 401${scheme === undefined ? '' : ` (${scheme})`}${known}`;
  if (context.token !== undefined) return new McpError('AuthRejected', came, { status: 401 });
  return new McpError('AuthRequired', came, { status: 401, next: context.tokenMissing });
}

/** @returns what the metadata name first; empty when they name none; undefined when there are no metadata */
async function authorizationServer(context: ProbeContext, challenge: string | undefined): Promise<string | undefined> {
  const controller = new AbortController();
  const giveUp = () => controller.abort(new McpError('HandshakeTimeout', 'the metadata were not answered'));
  const cancel = context.clock.after(METADATA_MS, giveUp);
  context.signal.addEventListener('abort', giveUp, { once: true });
  try {
    for (const path of metadataPaths(context.path, challenge)) {
      const found = await metadataAt(context, path, controller.signal);
      if (found !== undefined) return found;
    }
    return undefined;
  } finally {
    cancel();
    context.signal.removeEventListener('abort', giveUp);
  }
}

function metadataPaths(path: string, challenge: string | undefined): ReadonlySet<string> {
  const paths = new Set<string>();
  const named = /\bresource_metadata\s{0,3}=\s{0,3}"([^"]{1,2000})"/i.exec(challenge ?? '')?.[1];
  if (named !== undefined && URL.canParse(named)) {
    const { pathname, search } = new URL(named);
    paths.add(pathname + search);
  }
  const own = path.split('?', 1)[0] ?? '';
  if (own !== '/') paths.add(WELL_KNOWN + own);
  return paths.add(WELL_KNOWN);
}

async function metadataAt(context: ProbeContext, path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const headers = { accept: 'application/json', 'user-agent': `${context.client.name}/${context.client.version}` };
    const answer = await context.http.send(path, { method: 'GET', headers, signal });
    const text = await readStart(answer, context.limits.errorBodyBytes);
    const metadata = answer.status === 200 ? parseJson(text) : undefined;
    // RFC 9728, section 2: `resource` is the one field that is required.
    if (!isObject(metadata) || typeof metadata.resource !== 'string') return undefined;
    const servers = metadata.authorization_servers;
    return isStrings(servers) ? displayName(excerpt(servers[0] ?? '')) : '';
  } catch (error) {
    // The metadata explain; without them the 401 stands as it is.
    if (error instanceof McpError) return undefined;
    throw error;
  }
}
