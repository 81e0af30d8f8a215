import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { discoverResult, echoTool } from '../../support/plain-mcp-server.ts';

/** The MCP server that the pods of verified workloads are said to run: of the current protocol, without sessions. */
export interface McpStub {
  readonly port: number;
  stop(): void;
}

/** Starts it on a free port of loopback. */
export async function startMcpStub(): Promise<McpStub> {
  const server = createServer((message, response) => {
    answer(message, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const say = (status: number, body?: object) =>
    void response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body === undefined ? '' : JSON.stringify({ jsonrpc: '2.0', ...body }));
  if (message.url !== '/mcp') return say(404);
  if (message.method !== 'POST') return say(405);
  const { id, method } = JSON.parse(text) as { readonly id?: number; readonly method: string };
  if (id === undefined) return say(202);
  if (method === 'server/discover') return say(200, { id, result: discoverResult() });
  if (method === 'tools/list') return say(200, { id, result: { resultType: 'complete', tools: [echoTool] } });
  return say(404, { id, error: { code: -32601, message: 'Method not found' } });
}
