import { gzipSync } from 'node:zlib';
import type { PlainMcpServer } from '../plain-mcp-server.ts';
import { startPlainMcpServer } from '../plain-mcp-server.ts';

/** Answers every request with this body and status 200. */
export function startSameAnswerServer(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
  status = 200,
): Promise<PlainMcpServer> {
  return startPlainMcpServer((call) => {
    call.send(status, body, headers);
    return true;
  });
}

/** Answers with the id of another request. */
export function startOtherIdServer(): Promise<PlainMcpServer> {
  return startPlainMcpServer((call) => {
    if (call.method !== 'initialize') return false;
    call.send(200, JSON.stringify({ jsonrpc: '2.0', id: 4711, result: {} }), { 'content-type': 'application/json' });
    return true;
  });
}

/** A few kilobytes that unpack to 100 MiB. */
export function startGzipBomb(): Promise<PlainMcpServer> {
  const bomb = gzipSync(Buffer.alloc(100 * 2 ** 20, ' '));
  return startSameAnswerServer(bomb, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
}
