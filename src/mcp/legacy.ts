import { ask, notify } from './ask.ts';
import type { Conversation, HandshakeOutcome } from './handshake.ts';
import { handshake } from './handshake.ts';
import { opensHttpSse } from './http-sse.ts';
import { McpError } from './mcp-error.ts';
import type { ProbeContext } from './probe-context.ts';

/**
 * The handshake of 2025-03-26 to 2025-11-25 over Streamable HTTP. Sessions are ended by the probe, whatever happens.
 *
 * @throws McpError; `WrongTransport` when the server turns out to speak HTTP+SSE at this path
 */
export async function legacyHandshake(context: ProbeContext): Promise<HandshakeOutcome> {
  try {
    return await handshake(context, streamable(context));
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    if (await isHttpSse(context, error)) {
      throw new McpError('WrongTransport', 'HTTP+SSE (2024-11-05) at this path, not Streamable HTTP', {
        next: 'set spec.transport to SSE, or let the server speak Streamable HTTP: HTTP+SSE is deprecated',
        cause: error,
      });
    }
    if (!isSessionGone(context, error)) throw error;
    // "MUST start a new session by sending a new InitializeRequest" (2025-11-25, "Session Management"). Once.
    return handshake(context, streamable(context));
  }
}

function streamable(context: ProbeContext): Conversation {
  let session: string | undefined;
  let version: string | undefined;
  const headers = () => ({
    ...(session !== undefined && { 'mcp-session-id': session }),
    ...(version !== undefined && { 'mcp-protocol-version': version }),
  });
  return {
    era: 'legacy',
    async request(method, params) {
      const reply = await ask(context, method, { params, headers: headers() });
      if (method === 'initialize') session = reply.headers['mcp-session-id'];
      return reply;
    },
    notify: (method) => notify(context, method, { headers: headers() }),
    speak(agreed) {
      version = agreed;
      context.sessions.speak(agreed);
    },
    stateful: () => session !== undefined,
  };
}

/** The statuses on which a client looks for HTTP+SSE (2025-11-25, "Backwards Compatibility"). */
async function isHttpSse(context: ProbeContext, error: McpError): Promise<boolean> {
  if (error.code !== 'NotMCP' || ![400, 404, 405].includes(error.status ?? 0)) return false;
  const { sent } = context.trace;
  const found = await opensHttpSse(context);
  context.trace.sent = sent;
  return found;
}

/** A 404 to a request within a session. */
function isSessionGone(context: ProbeContext, error: McpError): boolean {
  return error.code === 'ProtocolError' && error.status === 404 && context.trace.server?.stateful === true;
}
