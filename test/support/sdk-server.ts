import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';
import type { LoopbackServer } from './loopback-server.ts';
import { startLoopbackServer } from './loopback-server.ts';

/** A server on the official TypeScript SDK, in this process. */
export interface SdkServer extends LoopbackServer {
  /** Sessions that are open now. */
  sessions(): number;
  /** Sessions that were ever opened. */
  everOpened(): number;
  /** Requests so far, as `METHOD path json-rpc-method`. */
  readonly log: readonly string[];
}

/** What it is like. */
export interface SdkServerOptions {
  /** `stateful` keeps sessions, `stateless` none, `sse` speaks HTTP+SSE at `/sse`. Default `stateful`. */
  readonly kind?: 'stateful' | 'stateless' | 'sse';
  /** Answers with JSON rather than an event stream. Default false, the SDK's own. */
  readonly json?: boolean;
  /** Default: one, `echo`. Empty: tools are not advertised. */
  readonly tools?: readonly string[];
  /** Default 127.0.0.1. */
  readonly address?: string;
}

/** Starts one at `/mcp`, or `/sse`; it is closed after the test. */
export async function startSdkServer(options: SdkServerOptions = {}): Promise<SdkServer> {
  const { kind = 'stateful', address } = options;
  const log: string[] = [];
  const transports = new Map<string, StreamableHTTPServerTransport | SSEServerTransport>();
  let opened = 0;

  async function stateful(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    const known = transports.get(String(request.headers['mcp-session-id']));
    if (known instanceof StreamableHTTPServerTransport) return known.handleRequest(request, response, body);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      enableJsonResponse: options.json ?? false,
      onsessioninitialized: (id) => {
        opened++;
        transports.set(id, transport);
      },
      onsessionclosed: (id) => {
        transports.delete(id);
      },
    });
    await mcpServer(options).connect(transport);
    return transport.handleRequest(request, response, body);
  }

  async function stateless(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: options.json ?? false });
    await mcpServer(options).connect(transport);
    return transport.handleRequest(request, response, body);
  }

  async function sse(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://server');
    if (request.method === 'GET' && url.pathname === '/sse') {
      const transport = new SSEServerTransport('/messages', response);
      opened++;
      transports.set(transport.sessionId, transport);
      response.once('close', () => transports.delete(transport.sessionId));
      return mcpServer(options).connect(transport);
    }
    const known = transports.get(url.searchParams.get('sessionId') ?? '');
    if (known instanceof SSEServerTransport) return known.handlePostMessage(request, response, body);
    response.writeHead(404).end();
  }

  const handlers = { stateful, stateless, sse };
  const server = await startLoopbackServer(async (request, response) => {
    const body = await jsonOf(request);
    const method = typeof body === 'object' && body !== null && 'method' in body ? ` ${body.method}` : '';
    log.push(`${request.method} ${request.url?.split('?')[0]}${method}`);
    await handlers[kind](request, response, body);
  }, address);
  return { ...server, sessions: () => transports.size, everOpened: () => opened, log };
}

function mcpServer({ tools = ['echo'] }: SdkServerOptions): McpServer {
  const server = new McpServer({ name: 'sdk', version: '1.2.3' });
  for (const name of tools) {
    server.registerTool(name, { description: `${name}s`, inputSchema: { text: z.string() } }, ({ text }) => ({
      content: [{ type: 'text', text }],
    }));
  }
  return server;
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}
