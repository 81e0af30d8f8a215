import type { PlainMcpServer } from '../plain-mcp-server.ts';
import { startPlainMcpServer } from '../plain-mcp-server.ts';

/**
 * Opens a session for every POST without one, also for those that it refuses, as the Python SDK did up to 1.x. What is
 * not ended stays.
 */
export async function startSessionHoarder(): Promise<PlainMcpServer & { readonly open: ReadonlySet<string> }> {
  const open = new Set<string>();
  const server = await startPlainMcpServer((call) => {
    const given = call.headers['mcp-session-id'];
    if (call.verb === 'DELETE') {
      call.send(open.delete(String(given)) ? 200 : 404);
      return true;
    }
    if (given !== undefined) return false;
    const session = `hoarded-${call.count}`;
    open.add(session);
    call.response.setHeader('mcp-session-id', session);
    if (call.method === 'initialize') {
      call.result({ protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'hoarder', version: '1' } });
    } else call.error(400, -32600, 'Bad Request: Missing session ID');
    return true;
  });
  return { ...server, open };
}

/** A new session id with every answer. */
export function startSessionSpammer(): Promise<PlainMcpServer> {
  return startPlainMcpServer((call) => {
    call.response.setHeader('mcp-session-id', `spam-${call.count}`);
    if (call.method === 'tools/list' && call.count < 30) {
      call.result({ tools: [], nextCursor: `c${call.count}` });
      return true;
    }
    return false;
  });
}
