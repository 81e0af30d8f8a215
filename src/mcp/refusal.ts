import { authRequired } from './authorization.ts';
import { excerpt } from './display-text.ts';
import { McpError } from './mcp-error.ts';
import type { ProbeContext } from './probe-context.ts';
import type { Reply } from './reply.ts';
import { describeReply } from './reply.ts';
import { retryAfter } from './retry-after.ts';

/**
 * Throws for an answer that stands before MCP, whatever its body says: a redirect, a wish for credentials, a refusal, a
 * limit, a fault. None of them tells an era, so none may lead to the next way of asking.
 *
 * @throws McpError `Redirected`, `AuthRequired`, `AuthRejected`, `Refused`, `RateLimited` or `ServerError`
 */
export async function refuse(context: ProbeContext, reply: Reply): Promise<void> {
  const { status, headers } = reply;
  const came = describeReply(reply, context.token);
  const options = { status, ...(reply.kind === 'error' && { rpcCode: reply.error.code }) };
  if (status >= 300 && status < 400) throw redirected(context, reply);
  if (status === 401) throw await authRequired(context, reply);
  // 421 is how the Python SDK refuses a Host that it does not know.
  if (status === 403 || status === 421) {
    throw new McpError('Refused', came, { ...options, next: nextForRefusal(context, headers['www-authenticate']) });
  }
  if (status === 407) throw new McpError('Refused', came, options);
  const retryAfterMs = retryAfter(headers['retry-after'], context.clock.now());
  if (status === 429) throw new McpError('RateLimited', came, { ...options, retryAfterMs });
  if (status === 408 || status >= 500) throw new McpError('ServerError', came, { ...options, retryAfterMs });
}

function redirected(context: ProbeContext, reply: Reply): McpError {
  const { status } = reply;
  const location = reply.headers.location;
  if (location === undefined) return new McpError('Redirected', `HTTP ${status} without a Location`, { status });
  const came = `HTTP ${status} to ${excerpt(location, context.token)}`;
  const origin = `http://${context.host}`;
  const to = URL.canParse(location, origin) ? new URL(location, origin) : undefined;
  const here = to?.host === new URL(origin).host;
  const next =
    here && to.pathname !== context.path
      ? `redirects are never followed: set spec.path to ${excerpt(to.pathname)}`
      : undefined;
  return new McpError('Redirected', came, { status, next });
}

function nextForRefusal(context: ProbeContext, challenge: string | undefined): string {
  if (challenge?.includes('insufficient_scope')) {
    return 'give the token in spec.verify.auth the scope that the server asks for';
  }
  // The guards differ: the Python SDK's compares name and port, the TypeScript SDK's middleware the name alone.
  const { hostname } = new URL(`http://${context.host}`);
  return `allow the Host ${context.host} (where names are listed without ports: ${hostname}) in the server's settings, as a guard against DNS rebinding refuses names that it does not know; or give credentials in spec.verify.auth`;
}
