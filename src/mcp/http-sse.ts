import { excerpt } from './display-text.ts';
import type { Conversation, HandshakeOutcome } from './handshake.ts';
import { handshake } from './handshake.ts';
import type { HttpAnswer } from './http.ts';
import { readStart } from './http.ts';
import { answerIn, notificationText, requestText } from './json-rpc.ts';
import { McpError } from './mcp-error.ts';
import { begin, commonHeaders, type ProbeContext } from './probe-context.ts';
import { refuse } from './refusal.ts';
import type { Reply } from './reply.ts';
import { describeReply } from './reply.ts';
import type { SseEvent } from './sse.ts';
import { createSseParser } from './sse.ts';

/**
 * The handshake over HTTP+SSE (2024-11-05): a GET opens the stream that all answers come on, its first event names the
 * endpoint that takes the messages. The stream is the session: it is closed at the end.
 *
 * @throws McpError
 */
export async function httpSseHandshake(context: ProbeContext): Promise<HandshakeOutcome> {
  const stream = await openStream(context);
  const events = eventsOf(context, stream);
  try {
    const endpoint = await endpointOf(context, events);
    return await handshake(context, conversation(context, endpoint, events));
  } finally {
    stream.destroy();
  }
}

/**
 * Looks whether a GET opens an HTTP+SSE stream: for a server that refused `initialize`, so that a person can be told
 * which transport to set.
 *
 * @throws McpError only for the deadline or our side giving up
 */
export async function opensHttpSse(context: ProbeContext): Promise<boolean> {
  try {
    const stream = await openStream(context);
    try {
      const first = await eventsOf(context, stream).next();
      return first.done !== true && first.value.type === 'endpoint';
    } finally {
      stream.destroy();
    }
  } catch (error) {
    context.signal.throwIfAborted();
    // It was only a look: whatever else is wrong, the refusal of `initialize` is the verdict.
    if (error instanceof McpError) return false;
    throw error;
  }
}

async function openStream(context: ProbeContext): Promise<HttpAnswer> {
  const { trace } = context;
  begin(context, `GET ${context.path}`);
  const answer = await context.http.send(context.path, {
    method: 'GET',
    headers: { ...commonHeaders(context), accept: 'text/event-stream' },
    signal: context.signal,
    onConnect: () => {
      trace.phase = 'waiting';
    },
  });
  trace.phase = 'reading';
  trace.status = answer.status;
  if (answer.status === 200 && answer.mediaType === 'text/event-stream') return answer;
  const reply = await httpReply(context, answer);
  await refuse(context, reply);
  throw new McpError('NotMCP', describeReply(reply, context.token), {
    status: reply.status,
    next: `set spec.path to where the server opens its event stream (often /sse), or spec.transport to StreamableHTTP`,
  });
}

async function* eventsOf(context: ProbeContext, stream: HttpAnswer): AsyncGenerator<SseEvent, void, undefined> {
  const parser = createSseParser(context.limits.bodyBytes);
  for await (const chunk of stream.chunks) yield* parser.push(chunk);
}

/** Where messages go. Only a path of the same server is accepted: a probe must not be sent to other hosts. */
async function endpointOf(context: ProbeContext, events: AsyncGenerator<SseEvent>): Promise<string> {
  const first = await events.next();
  if (first.done === true) throw new McpError('ProtocolError', 'an event stream that ended before its endpoint event');
  const { type, data } = first.value;
  if (type !== 'endpoint') {
    throw new McpError('ProtocolError', `an event stream that begins with an event "${excerpt(type)}", not "endpoint"`);
  }
  const origin = new URL(`http://${context.host}`);
  const base = new URL(context.path, origin);
  const endpoint = URL.canParse(data, base) ? new URL(data, base) : undefined;
  if (endpoint === undefined || data === '') throw new McpError('ProtocolError', 'an endpoint event without a URL');
  if (endpoint.origin !== origin.origin) {
    throw new McpError('ProtocolError', `an endpoint on another host, ${excerpt(endpoint.host)}: not followed`);
  }
  return endpoint.pathname + endpoint.search;
}

function conversation(context: ProbeContext, endpoint: string, events: AsyncGenerator<SseEvent>): Conversation {
  let version: string | undefined;

  async function post(method: string, body: string): Promise<void> {
    const { trace } = context;
    // The endpoint has the session's id in it, which differs each time.
    begin(context, `POST ${method} to the endpoint of GET ${context.path}`);
    const answer = await context.http.send(endpoint, {
      method: 'POST',
      headers: {
        ...commonHeaders(context),
        'content-type': 'application/json',
        ...(version !== undefined && { 'mcp-protocol-version': version }),
      },
      body,
      signal: context.signal,
      onConnect: () => {
        trace.phase = 'waiting';
      },
    });
    trace.status = answer.status;
    const reply = await httpReply(context, answer);
    if (reply.status >= 200 && reply.status < 300) return;
    await refuse(context, reply);
    throw new McpError('ProtocolError', describeReply(reply, context.token), { status: reply.status });
  }

  return {
    era: 'http+sse',
    async request(method, params) {
      const id = context.nextId();
      await post(method, requestText(id, method, params));
      context.trace.phase = 'waiting';
      for (;;) {
        const next = await events.next();
        if (next.done === true) throw new McpError('ProtocolError', 'the event stream ended without the answer');
        if (next.value.type !== 'message') continue;
        const found = answerIn(next.value.data, id);
        if (found !== undefined) return { ...found, status: 200, headers: {}, mediaType: 'text/event-stream' };
      }
    },
    notify: (method) => post(method, notificationText(method)),
    speak(agreed) {
      version = agreed;
    },
    stateful: () => true,
  };
}

async function httpReply(context: ProbeContext, answer: HttpAnswer): Promise<Reply> {
  const { status, headers, mediaType } = answer;
  // A stream in place of a status page may never end: its status has told enough.
  if (mediaType === 'text/event-stream') answer.destroy();
  const text = mediaType === 'text/event-stream' ? '' : await readStart(answer, context.limits.errorBodyBytes);
  return { kind: 'http', status, headers, mediaType, text };
}
