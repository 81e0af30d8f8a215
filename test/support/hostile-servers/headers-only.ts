import type { PlainMcpServer } from '../plain-mcp-server.ts';
import { startPlainMcpServer } from '../plain-mcp-server.ts';

/**
 * Sends the headers of an answer, and then nothing.
 *
 * @param method the JSON-RPC method that it does so to; the others are answered well
 * @param contentType of that answer
 */
export function startHeadersOnlyServer(method: string, contentType = 'application/json'): Promise<PlainMcpServer> {
  return startPlainMcpServer((call) => {
    if (call.method !== method) return false;
    const session = { 'Mcp-Session-Id': 'half-open' };
    call.response.writeHead(200, { 'content-type': contentType, ...(method === 'initialize' && session) });
    call.response.flushHeaders();
    return true;
  });
}
