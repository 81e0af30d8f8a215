import type { PlainMcpServer } from '../plain-mcp-server.ts';
import { startPlainMcpServer } from '../plain-mcp-server.ts';

const CHUNK = Buffer.alloc(64 * 2 ** 10, ' ');

/** 50 MB of JSON for an answer. Counts what it got rid of. */
export async function startHugeJsonServer(status = 200): Promise<PlainMcpServer & { readonly written: () => number }> {
  let written = 0;
  const server = await startPlainMcpServer(({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    const more = () => {
      while (written < 50e6 && !response.destroyed) {
        written += CHUNK.length;
        if (!response.write(CHUNK)) return;
      }
      response.end('{}');
    };
    response.on('drain', more);
    more();
    return true;
  });
  return { ...server, written: () => written };
}
