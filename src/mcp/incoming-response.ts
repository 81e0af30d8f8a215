import type { IncomingMessage } from 'node:http';
import type { DialResponse } from './dial.ts';
import { McpError } from './mcp-error.ts';
import { socketError } from './socket-error.ts';

/**
 * An answer of `node:http` as a DialResponse: failures while reading are McpErrors, and a body that was cut short is
 * one too.
 *
 * @param close closes its connection
 * @param failure what the request has reported since, if anything: a fault in the HTTP of a body is told to the request,
 *   and the answer only sees its connection go
 */
export function incomingResponse(
  response: IncomingMessage,
  close: () => void,
  signal: AbortSignal,
  failure: () => unknown,
): DialResponse {
  const destroy = () => {
    close();
    response.destroy();
  };
  return {
    status: response.statusCode ?? 0,
    headers: joinedHeaders(response),
    chunks: chunksOf(response, signal, failure),
    destroy,
  };
}

/** The headers of an answer, a repeated one's values joined with commas. */
function joinedHeaders(response: IncomingMessage): Readonly<Record<string, string>> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

async function* chunksOf(
  response: IncomingMessage,
  signal: AbortSignal,
  failure: () => unknown,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    // Leaving the loop early destroys the response, and its connection with it.
    for await (const chunk of response) yield chunk;
    if (!response.complete)
      throw new McpError('ConnectionLost', 'the connection was closed in the middle of the answer');
  } catch (thrown) {
    signal.throwIfAborted();
    throw socketError(failure() ?? thrown, true);
  }
}
