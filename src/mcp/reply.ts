import { excerpt } from './display-text.ts';
import type { HttpAnswer } from './http.ts';
import { readStart, readText } from './http.ts';
import type { RpcAnswer, RpcError } from './json-rpc.ts';
import { answerIn, errorIn } from './json-rpc.ts';
import type { JsonObject } from './json-value.ts';
import type { Limits } from './limits.ts';
import { McpError } from './mcp-error.ts';
import { createSseParser } from './sse.ts';

/** The HTTP side of what came back. */
interface HttpFacts {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly mediaType: string;
}

/** What came back for one JSON-RPC request over HTTP. */
export type Reply = HttpFacts &
  (
    | { readonly kind: 'result'; readonly result: JsonObject }
    | { readonly kind: 'error'; readonly error: RpcError }
    /** HTTP without JSON-RPC: `text` is the beginning of the body. */
    | { readonly kind: 'http'; readonly text: string }
  );

/**
 * Reads the answer to a request. JSON and event streams are both read on a success; the stream is left when the answer
 * has come. On an HTTP error only the start is read, for the JSON-RPC error in it.
 *
 * @param id of the request
 * @throws McpError for a success that breaks the rules of JSON-RPC, is too large, or does not end
 */
export async function readReply(answer: HttpAnswer, id: number, limits: Limits): Promise<Reply> {
  const { status, headers, mediaType } = answer;
  const http: HttpFacts = { status, headers, mediaType };
  if (status < 200 || status > 299) {
    const text = await readStart(answer, limits.errorBodyBytes);
    const error = errorIn(text);
    return error === undefined ? { ...http, kind: 'http', text } : { ...http, kind: 'error', error };
  }
  if (mediaType === 'application/json') {
    const found = answerIn(await readText(answer), id);
    if (found === undefined)
      throw new McpError('ProtocolError', 'JSON-RPC without an answer to the request', { status });
    return { ...http, ...found };
  }
  if (mediaType === 'text/event-stream') return { ...http, ...(await answerOnStream(answer, id, limits)) };

  const text = await readStart(answer, limits.errorBodyBytes);
  if (/^\s*\{[^{]{0,200}"jsonrpc"/.test(text)) {
    const type = mediaType === '' ? 'without a Content-Type' : `as ${excerpt(mediaType)}`;
    throw new McpError('ProtocolError', `JSON-RPC ${type}: it must be application/json or text/event-stream`, {
      status,
    });
  }
  return { ...http, kind: 'http', text };
}

async function answerOnStream(answer: HttpAnswer, id: number, limits: Limits): Promise<RpcAnswer> {
  const parser = createSseParser(limits.bodyBytes);
  const chunks = answer.chunks[Symbol.asyncIterator]();
  let messages = 0;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    for (const { type, data } of parser.push(next.value)) {
      // An empty event primes the client to reconnect (2025-11-25). Other types are extensions.
      if (type !== 'message' || data.trim() === '') continue;
      const found = answerIn(data, id);
      if (found === undefined) {
        if (++messages === limits.messages) throw new McpError('TooLarge', `${messages} messages before the answer`);
        continue;
      }
      void drain(chunks);
      return found;
    }
  }
  throw new McpError('ProtocolError', 'an event stream that ended without the answer', { status: answer.status });
}

/**
 * Lets a stream come to its end, as most do right after the answer: then its connection serves the next request. One
 * that does not is cut at the end of the probe, or at a limit. Never rejects.
 */
async function drain(chunks: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    while ((await chunks.next()).done !== true);
  } catch (error) {
    // The answer was there: how the rest of its stream ends is nobody's concern.
    McpError.from(error);
  }
}

/** A reply in words, on one line: status, type, and the start of what was said. */
export function describeReply(reply: Reply, secret: string | undefined): string {
  const status = `HTTP ${reply.status}`;
  if (reply.kind === 'error') return `${status} with JSON-RPC error ${describeError(reply.error, secret)}`;
  const type = reply.mediaType === '' ? '' : ` (${excerpt(reply.mediaType)})`;
  if (reply.kind === 'result') return `${status}${type}`;
  const said = excerpt(reply.mediaType === 'text/html' ? withoutTags(reply.text) : reply.text, secret);
  return `${status}${type}${said === '' ? ' with an empty body' : `: "${said}"`}`;
}

/** What a web page says, roughly: for a message, not for a browser. */
function withoutTags(html: string): string {
  return html.replace(/<(script|style)\b[^>]*>[^<]*/gi, ' ').replace(/<[^>]*>/g, ' ');
}

/** A JSON-RPC error in words. */
export function describeError(error: RpcError, secret: string | undefined): string {
  const said = excerpt(error.message, secret);
  return said === '' ? String(error.code) : `${error.code} "${said}"`;
}
