import type { PlainMcpServer } from '../plain-mcp-server.ts';
import { echoTool, startPlainMcpServer } from '../plain-mcp-server.ts';

/**
 * Lists tools in pages.
 *
 * @param next the `nextCursor` of page number `page` (from 0)
 */
export function startCursorServer(next: (page: number) => unknown): Promise<PlainMcpServer> {
  let page = 0;
  return startPlainMcpServer((call) => {
    if (call.method !== 'tools/list') return false;
    call.result({ tools: [{ ...echoTool, name: `tool-${page}` }], nextCursor: next(page++) });
    return true;
  });
}
