import { readStart } from './http.ts';
import { notificationText, requestText } from './json-rpc.ts';
import { McpError } from './mcp-error.ts';
import { begin, commonHeaders, type ProbeContext } from './probe-context.ts';
import { refuse } from './refusal.ts';
import type { Reply } from './reply.ts';
import { describeReply, readReply } from './reply.ts';

/** What goes along with a message. */
export interface MessageOptions {
  readonly params?: object;
  /** Beside the common ones. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Both must be listed on every POST (2025-03-26 to 2026-07-28, "Sending Messages"). */
const ACCEPT = 'application/json, text/event-stream';

/**
 * POSTs a JSON-RPC request to the MCP endpoint and reads the reply.
 *
 * @throws McpError for every answer that says nothing about MCP, see `refusal.ts`; and what `readReply` throws
 */
export async function ask(context: ProbeContext, method: string, options: MessageOptions = {}): Promise<Reply> {
  const id = context.nextId();
  const answer = await post(context, method, requestText(id, method, options.params ?? {}), options);
  const reply = await readReply(answer, id, context.limits);
  await refuse(context, reply);
  return reply;
}

/**
 * POSTs a JSON-RPC notification. 202 is the answer (2025-03-26 to 2025-11-25); any other success does as well.
 *
 * @throws McpError for every other answer
 */
export async function notify(context: ProbeContext, method: string, options: MessageOptions = {}): Promise<void> {
  const answer = await post(context, method, notificationText(method), options);
  const { status, headers, mediaType } = answer;
  if (status >= 200 && status < 300) {
    // Nothing is expected; what is read lets the connection be used again. A stream need not end.
    if (mediaType === 'text/event-stream') answer.destroy();
    else await readStart(answer, context.limits.errorBodyBytes);
    return;
  }
  const reply: Reply = {
    kind: 'http',
    status,
    headers,
    mediaType,
    text: await readStart(answer, context.limits.errorBodyBytes),
  };
  await refuse(context, reply);
  throw new McpError('ProtocolError', describeReply(reply, context.token), { status });
}

function post(context: ProbeContext, method: string, body: string, options: MessageOptions) {
  const { trace } = context;
  begin(context, `POST ${context.path} ${method}`);
  return context.http
    .send(context.path, {
      method: 'POST',
      headers: {
        ...commonHeaders(context),
        'content-type': 'application/json',
        accept: ACCEPT,
        ...options.headers,
      },
      body,
      signal: context.signal,
      onConnect: () => {
        trace.phase = 'waiting';
      },
    })
    .then((answer) => {
      trace.phase = 'reading';
      trace.status = answer.status;
      context.sessions.note(answer.headers);
      return answer;
    });
}
