import type { PlainMcpServer } from '../plain-mcp-server.ts';
import { startPlainMcpServer } from '../plain-mcp-server.ts';

/**
 * Accepts and never answers.
 *
 * @param from the first request that it does not answer, from 1
 */
export function startSilentServer(from = 1): Promise<PlainMcpServer> {
  return startPlainMcpServer(({ count }) => count >= from);
}
