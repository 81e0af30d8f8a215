import type { Clock } from '../../../src/runtime/clock.ts';
import type { PlainMcpServer } from '../plain-mcp-server.ts';
import { discoverResult, startPlainMcpServer } from '../plain-mcp-server.ts';

/** Answers rightly, but one byte a second. */
export function startTricklingServer(clock: Clock): Promise<PlainMcpServer> {
  return startPlainMcpServer(({ id, response }) => {
    const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result: discoverResult() }));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
    response.flushHeaders();
    const write = (at: number): void => {
      response.write(bytes.subarray(at, at + 1));
      if (at + 1 < bytes.length) clock.after(1_000, () => write(at + 1));
      else response.end();
    };
    write(0);
    return true;
  });
}
