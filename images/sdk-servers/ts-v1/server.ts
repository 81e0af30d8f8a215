import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

/** How the server is put up. */
export interface ServerOptions {
  /** True keeps a session for each client, as the SDK's documentation does first. */
  readonly stateful: boolean;
  /** Names that may be in `Host`. Undefined: the SDK's default for 0.0.0.0, which is any. */
  readonly allowedHosts: readonly string[] | undefined;
}

/** As much of Express as is used: its types are not among the dependencies. */
interface App extends RequestListener {
  all(
    path: string,
    handler: (request: IncomingMessage & { readonly body?: unknown }, response: ServerResponse) => void,
  ): void;
}

/** A minimal server on the TypeScript SDK, version 1, wired the way its documentation does: MCP at `/mcp`, else 404. */
export function sdkApp(options: ServerOptions): RequestListener {
  const { allowedHosts } = options;
  const app: App = createMcpExpressApp({ host: '0.0.0.0', ...(allowedHosts && { allowedHosts: [...allowedHosts] }) });
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  app.all('/mcp', (request, response) => {
    const serving = options.stateful ? withSession(sessions, request, response) : alone(request, response);
    serving.catch((thrown: unknown) => response.destroy(thrown instanceof Error ? thrown : new Error(String(thrown))));
  });
  return app;
}

async function withSession(
  sessions: Map<string, StreamableHTTPServerTransport>,
  request: IncomingMessage & { readonly body?: unknown },
  response: ServerResponse,
): Promise<void> {
  const id = request.headers['mcp-session-id'];
  const known = typeof id === 'string' ? sessions.get(id) : undefined;
  if (known !== undefined) return known.handleRequest(request, response, request.body);
  if (id !== undefined) return refuse(response, 404, 'Session not found');
  if (!isInitializeRequest(request.body)) return refuse(response, 400, 'Bad Request: No valid session ID provided');
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (created) => void sessions.set(created, transport),
    onsessionclosed: (closed) => void sessions.delete(closed),
  });
  await sdkServer().connect(transport);
  await transport.handleRequest(request, response, request.body);
}

async function alone(request: IncomingMessage & { readonly body?: unknown }, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') return refuse(response, 405, 'Method not allowed.');
  const server = sdkServer();
  // Without a session id generator: stateless.
  const transport = new StreamableHTTPServerTransport({});
  response.on('close', () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const body = { jsonrpc: '2.0', error: { code: -32000, message }, id: null };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sdkServer(): McpServer {
  const server = new McpServer({ name: 'sdk-ts-v1', version: '1.0.0' });
  server.registerTool(
    'echo',
    { description: 'Says back what it is told', inputSchema: { message: z.string() } },
    ({ message }) => ({ content: [{ type: 'text', text: message }] }),
  );
  server.registerTool(
    'add',
    { description: 'Adds two numbers', inputSchema: { a: z.number(), b: z.number() } },
    ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }),
  );
  return server;
}
