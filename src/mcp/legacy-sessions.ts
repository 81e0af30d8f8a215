import { ask } from './ask.ts';
import { initializeParams } from './handshake.ts';
import { McpError } from './mcp-error.ts';
import type { ProbeContext } from './probe-context.ts';
import { legacyVersions } from './versions.ts';

/** How long the answer may take, in milliseconds: the verdict is known, and waits for it. */
const ANSWER_MS = 1_000;

/**
 * Whether a server that answers in the modern era hands out sessions to the clients of an earlier one, as servers on the
 * Python and Rust SDKs do. The modern answer does not tell: there are no sessions in it. So `initialize` is sent, and
 * nothing else; the session that it opens is ended with the probe's others.
 *
 * @returns false also for a server that refuses `initialize`: it has no such clients. Undefined when it could not be found
 *   out now. Never rejects but for a bug
 */
export async function handsOutSessions(context: ProbeContext): Promise<boolean | undefined> {
  const controller = new AbortController();
  const cancel = context.clock.after(ANSWER_MS, () => {
    controller.abort(new McpError('HandshakeTimeout', 'initialize was not answered'));
  });
  const signal = AbortSignal.any([context.signal, controller.signal]);
  try {
    // A trace of its own: what the probe sent last is what its verdict is about.
    const reply = await ask({ ...context, signal, trace: { ...context.trace } }, 'initialize', {
      params: initializeParams(context),
    });
    if (reply.kind !== 'result') return false;
    const { protocolVersion } = reply.result;
    const agreed = legacyVersions.find((version) => version === protocolVersion);
    if (agreed !== undefined) context.sessions.speak(agreed);
    return reply.headers['mcp-session-id'] !== undefined;
  } catch (error) {
    // Whatever is wrong, the handshake has passed.
    if (error instanceof McpError) return undefined;
    throw error;
  } finally {
    cancel();
  }
}
