import type { DialRequest, DialResponse, Line } from './dial.ts';
import type { Limits } from './limits.ts';
import { McpError } from './mcp-error.ts';

/** HTTP to one pod within the limits of one probe. */
export interface BoundedHttp {
  /** As `Line.send`; the body is bounded, and refused when it is encoded. */
  send(path: string, request: DialRequest): Promise<HttpAnswer>;
}

/** An answer whose headers are there. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Lower-case, without parameters; empty when the server names none. */
  readonly mediaType: string;
  /** The body as it comes. Throws McpError `TooLarge` above a limit, `ProtocolError` for an encoded body. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Closes the connection without reading on. */
  destroy(): void;
}

/** Sends over `line` and counts what comes back. */
export function createBoundedHttp(line: Line, limits: Limits): BoundedHttp {
  let total = 0;

  async function* bounded(response: DialResponse): AsyncGenerator<Uint8Array, void, undefined> {
    const coding = response.headers['content-encoding']?.trim().toLowerCase() ?? '';
    if (coding !== '' && coding !== 'identity') {
      response.destroy();
      // Never unpacked: a few kilobytes of it can be gigabytes.
      throw new McpError(
        'ProtocolError',
        `a body in Content-Encoding ${coding.slice(0, 20)}, though identity was asked for`,
      );
    }
    let length = 0;
    for await (const chunk of response.chunks) {
      length += chunk.length;
      total += chunk.length;
      if (length > limits.bodyBytes) throw tooLarge('an answer', limits.bodyBytes);
      if (total > limits.probeBytes) throw tooLarge('answers together', limits.probeBytes);
      yield chunk;
    }
  }

  return {
    async send(path, request) {
      const response = await line.send(path, {
        ...request,
        headers: { ...request.headers, 'accept-encoding': 'identity' },
      });
      return {
        status: response.status,
        headers: response.headers,
        mediaType: mediaTypeOf(response.headers['content-type']),
        chunks: bounded(response),
        destroy: response.destroy,
      };
    },
  };
}

/**
 * The whole body as text.
 *
 * @throws McpError `TooLarge` above a limit; `ProtocolError` for what is not UTF-8, or is encoded
 */
export async function readText(answer: HttpAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.chunks) chunks.push(chunk);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw new McpError('ProtocolError', 'a body that is not UTF-8', { cause: error });
  }
}

/**
 * The beginning of a body as text, for what is only read to be shown or to look for an error in it. What is not UTF-8
 * in it is replaced; a body that fails half way is as long as it came.
 *
 * @param maxBytes the rest is left unread, and the connection closed
 */
export async function readStart(answer: HttpAnswer, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.chunks) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= maxBytes) break;
    }
  } catch (error) {
    // The status has told what there is to tell. Only a passed deadline or an abort is more important.
    const known = McpError.from(error);
    if (!['ConnectionLost', 'ProtocolError', 'TooLarge'].includes(known.code)) throw error;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function tooLarge(what: string, bytes: number): McpError {
  return new McpError('TooLarge', `${what} larger than ${Math.round(bytes / 2 ** 20)} MiB`);
}
