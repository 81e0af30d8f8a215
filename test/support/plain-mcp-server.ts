import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { LoopbackServer } from './loopback-server.ts';
import { startLoopbackServer } from './loopback-server.ts';

/** One request, read and parsed, and the means to answer it. */
export interface McpCall {
  /** HTTP method. */
  readonly verb: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** JSON-RPC method; empty for a request without a body. */
  readonly method: string;
  readonly id: number | undefined;
  readonly params: Readonly<Record<string, unknown>>;
  /** Which request this is, from 1. */
  readonly count: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Answers with a JSON-RPC result. */
  result(result: unknown, headers?: Readonly<Record<string, string>>): void;
  /** Answers with a JSON-RPC error. */
  error(status: number, code: number, message?: string, data?: unknown): void;
  /** Answers with anything. */
  send(status: number, body?: string | Uint8Array, headers?: Readonly<Record<string, string>>): void;
}

/** Answers a call, and says whether it did: the calls that it leaves are answered as a good server would. */
export type McpHandler = (call: McpCall) => boolean;

/** A server written without any SDK, so that it can be made to do anything. */
export interface PlainMcpServer extends LoopbackServer {
  /** Every request so far: `POST /mcp initialize`. */
  readonly calls: readonly string[];
  /** The headers of each. */
  readonly headers: readonly IncomingHttpHeaders[];
  /** JSON-RPC params of each. */
  readonly params: readonly Readonly<Record<string, unknown>>[];
  /** Sessions that are open now. */
  readonly sessions: ReadonlySet<string>;
}

/** What it is like where the handler does not say. */
export interface PlainMcpServerOptions {
  /** `legacy` knows `initialize`, `modern` knows `server/discover`, `both` knows both. Default `legacy`. */
  readonly era?: 'legacy' | 'modern' | 'both';
  /** Hands out sessions to who sends `initialize`. Default true. */
  readonly stateful?: boolean;
  /** What `initialize` is answered in. Default 2025-11-25. */
  readonly version?: string;
  /** Default: one, `echo`. */
  readonly tools?: readonly unknown[];
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** What it calls itself. Default `plain`. */
  readonly name?: string;
}

/** Starts one at `/mcp`; it is closed after the test. */
export async function startPlainMcpServer(
  handler: McpHandler = () => false,
  options: PlainMcpServerOptions = {},
): Promise<PlainMcpServer> {
  const calls: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const params: Readonly<Record<string, unknown>>[] = [];
  const sessions = new Set<string>();
  const server = await startLoopbackServer(
    async (request, response) => {
      const call = await callOf(request, response, calls.length + 1);
      calls.push(`${call.verb} ${call.path}${call.method === '' ? '' : ` ${call.method}`}`);
      headers.push(call.headers);
      params.push(call.params);
      if (!handler(call)) good(call, options, sessions);
    },
    options.address,
    options.port,
  );
  return { ...server, calls, headers, params, sessions };
}

/** The tool that a server has when a test does not say. */
export const echoTool = { name: 'echo', description: 'Says back what it is told', inputSchema: { type: 'object' } };

const serverInfo = { name: 'plain', version: '0.1.0' };

function good(call: McpCall, options: PlainMcpServerOptions, sessions: Set<string>): void {
  const { era = 'legacy', version = '2025-11-25', tools = [echoTool], name = serverInfo.name } = options;
  if (call.verb === 'DELETE') {
    call.send(sessions.delete(String(call.headers['mcp-session-id'])) ? 200 : 404);
  } else if (call.verb !== 'POST') call.send(405);
  else if (call.path !== '/mcp') call.send(404);
  else if (call.method === 'tools/list') call.result({ tools });
  else if (era !== 'legacy' && call.method === 'server/discover') call.result(discoverResult());
  else if (era === 'modern') call.error(404, -32601, 'Method not found');
  else if (call.method === 'initialize') {
    const session = `session-${call.count}`;
    const stateful = options.stateful ?? true;
    if (stateful) sessions.add(session);
    const result = { protocolVersion: version, capabilities: { tools: {} }, serverInfo: { ...serverInfo, name } };
    call.result(result, stateful ? { 'Mcp-Session-Id': session } : {});
  } else if (call.method === 'notifications/initialized') call.send(202);
  else call.error(400, -32000, 'Bad Request: Server not initialized');
}

/** What a modern server answers to `server/discover`. */
export function discoverResult(supportedVersions: readonly string[] = ['2026-07-28'], more: object = {}): object {
  return {
    resultType: 'complete',
    supportedVersions,
    capabilities: { tools: {} },
    _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo },
    ttlMs: 0,
    cacheScope: 'private',
    ...more,
  };
}

async function callOf(request: IncomingMessage, response: ServerResponse, count: number): Promise<McpCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const message = text === '' ? {} : JSON.parse(text);
  const url = new URL(request.url ?? '/', 'http://server');
  const json = { 'content-type': 'application/json' };
  const send: McpCall['send'] = (status, body = '', headers = {}) => void response.writeHead(status, headers).end(body);
  return {
    verb: request.method ?? '',
    // As sent: a whole URL in its place would be told apart.
    path: (request.url ?? '/').split('?', 1)[0] ?? '',
    query: url.searchParams,
    headers: request.headers,
    method: message.method ?? '',
    id: message.id,
    params: message.params ?? {},
    count,
    request,
    response,
    send,
    result: (result, headers = {}) =>
      send(200, JSON.stringify({ jsonrpc: '2.0', id: message.id, result }), { ...json, ...headers }),
    error: (status, code, said = 'no', data) =>
      send(
        status,
        JSON.stringify({ jsonrpc: '2.0', id: message.id ?? null, error: { code, message: said, data } }),
        json,
      ),
  };
}
