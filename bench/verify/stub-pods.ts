import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * The other side of the benchmark, a process of its own so that its work is not counted: a few HTTP servers that answer
 * as MCP servers do, each standing in for many pods. Ends when the process that started it does.
 */

/** How a stub speaks. */
export type StubKind = 'legacy-sse' | 'legacy-json' | 'modern';

/** What the benchmark asks of this process. */
export type StubRequest =
  | { readonly do: 'listen'; readonly kind: StubKind }
  /** Whether a port answers. While it does not, it takes requests and never answers them, not later either. */
  | { readonly do: 'hang'; readonly port: number; readonly hang: boolean }
  | { readonly do: 'count' };

/** What it answers. */
export interface StubAnswer {
  /** Of `listen`. */
  readonly port: number;
  /** Sessions that are open, of all servers. */
  readonly sessions: number;
  /** Connections that are open. */
  readonly sockets: number;
  /** Requests so far. */
  readonly requests: number;
}

/** A dozen tools with a page of text: what real servers have. */
const tools = Array.from({ length: 12 }, (_, index) => ({
  name: `tool_${index}`,
  description: `Does what tool number ${index} does. `.repeat(12),
  inputSchema: {
    type: 'object',
    properties: {
      query: { type: 'string', description: 'What to look for, in words. '.repeat(4) },
      limit: { type: 'integer', minimum: 1, maximum: 100, default: 10 },
      format: { type: 'string', enum: ['text', 'json'] },
    },
    required: ['query'],
    additionalProperties: false,
  },
}));
const serverInfo = { name: 'stub', version: '1.0.0' };

const sessions = new Set<string>();
const sockets = new Set<Socket>();
const hanging = new Set<number>();
let requests = 0;

function resultOf(kind: StubKind, method: string): object | undefined {
  if (method === 'tools/list') return { tools };
  if (kind === 'modern') {
    if (method !== 'server/discover') return undefined;
    const meta = { 'io.modelcontextprotocol/serverInfo': serverInfo };
    return { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, _meta: meta };
  }
  if (method !== 'initialize') return undefined;
  return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
}

async function serve(kind: StubKind, request: IncomingMessage, response: ServerResponse): Promise<void> {
  requests += 1;
  const body = await text(request);
  if (hanging.has(request.socket.localPort ?? 0)) return;
  const session = request.headers['mcp-session-id'];
  if (request.method === 'DELETE') {
    response.writeHead(sessions.delete(String(session)) ? 200 : 404).end();
    return;
  }
  const { id, method } = JSON.parse(body);
  if (id === undefined) {
    response.writeHead(202).end();
    return;
  }
  const result = resultOf(kind, method);
  if (result === undefined) {
    const error = { code: -32000, message: 'Bad Request: Server not initialized' };
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, error }));
    return;
  }
  if (method === 'initialize') {
    const opened = `session-${requests}`;
    sessions.add(opened);
    response.setHeader('mcp-session-id', opened);
  }
  const message = JSON.stringify({ jsonrpc: '2.0', id, result });
  const isStream = kind === 'legacy-sse';
  response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
  response.end(isStream ? `event: message\ndata: ${message}\n\n` : message);
}

function listen(kind: StubKind): Promise<number> {
  const server = createServer((request, response) => {
    serve(kind, request, response).catch((error: unknown) => {
      // A probe that was given up breaks its request off.
      if (!request.destroyed && !request.errored) throw error;
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}

process.on('message', async ({ id, request }: { readonly id: number; readonly request: StubRequest }) => {
  const port = request.do === 'listen' ? await listen(request.kind) : 0;
  if (request.do === 'hang') hanging[request.hang ? 'add' : 'delete'](request.port);
  const answer: StubAnswer = { port, sessions: sessions.size, sockets: sockets.size, requests };
  process.send?.({ id, answer });
});
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole group of processes: the other one says when it is over.
process.on('SIGINT', () => undefined);
