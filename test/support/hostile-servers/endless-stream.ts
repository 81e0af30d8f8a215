import type { PlainMcpServer } from '../plain-mcp-server.ts';
import { startPlainMcpServer } from '../plain-mcp-server.ts';

/**
 * Answers with an event stream that never has the answer and never ends.
 *
 * @param text sent again and again, as fast as it is read
 */
export function startEndlessStream(text: string): Promise<PlainMcpServer> {
  return startPlainMcpServer(({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const more = () => {
      while (!response.destroyed && response.write(text));
    };
    response.on('drain', more);
    more();
    return true;
  });
}

/** Answers on event streams that stay open afterwards. */
export function startLingeringStreams(): Promise<PlainMcpServer> {
  return startPlainMcpServer(({ method, id, response }) => {
    if (method !== 'tools/list') return false;
    const answer = { jsonrpc: '2.0', id, result: { tools: [] } };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify(answer)}\n\n`);
    return true;
  });
}
