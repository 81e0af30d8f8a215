import { type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Readable } from 'node:stream';

/** One HTTP request, its body sent with a length: many registries refuse a chunked one. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | { readonly size: number; readonly open: () => Readable };
  readonly signal?: AbortSignal | undefined;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The first bytes of it: documents and errors are small. */
  readonly text: string;
}

/** More than any token or error is long. */
const longestAnswer = 1 << 20;
/** Nothing sent or received for so long is a dead connection. */
const idleMs = 60_000;

/**
 * Sends one request and reads the answer.
 *
 * @throws Error of Node, when there is no answer: refused, reset, no such host, a certificate that is not trusted
 */
export async function exchange({ method, url, headers, body, signal }: Exchange): Promise<Answer> {
  const length = body === undefined ? 0 : Buffer.isBuffer(body) ? body.length : body.size;
  const options: RequestOptions = { method, headers: { ...headers, 'content-length': length }, timeout: idleMs };
  if (signal !== undefined) options.signal = signal;
  const request = (url.protocol === 'http:' ? plainRequest : secureRequest)(url, options);
  request.on('timeout', () => request.destroy(new Error(`no answer within ${idleMs / 1000} s`)));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
  });
  const source = body === undefined || Buffer.isBuffer(body) ? undefined : body.open();
  if (source === undefined) request.end(body);
  else source.on('error', (thrown) => request.destroy(thrown)).pipe(request);
  try {
    // A registry may refuse before everything is sent: its answer counts then, and what is left is not sent.
    return await read(await answered);
  } finally {
    source?.unpipe(request).destroy();
    request.destroy();
  }
}

async function read(response: IncomingMessage): Promise<Answer> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) if (text.length < longestAnswer) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}
