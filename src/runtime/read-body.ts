import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ApiError } from './errors.ts';

const unzip = promisify(gunzip);

/**
 * The whole body of an answer as text.
 *
 * @param response the answer, headers read
 * @param maxBytes the most that is accepted, packed and unpacked
 * @throws ApiError `Malformed` when there is more, or it does not unpack; the rest of the body is then unread
 */
export async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
  }
  const packed = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
  if (response.headers['content-encoding'] !== 'gzip') return packed.toString('utf8');
  try {
    return (await unzip(packed, { maxOutputLength: maxBytes })).toString('utf8');
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(maxBytes);
    throw new ApiError('Malformed', 'the API server sent an answer that does not unpack', { cause: error });
  }
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError('Malformed', `the API server sent more than ${Math.round(maxBytes / 2 ** 20)} MiB at once`);
}
