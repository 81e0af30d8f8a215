import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Clock } from '../../src/runtime/clock.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';
import { sampleServer } from './tools.ts';

/** A server that listens. */
export interface RunningServer {
  /** The port that it listens on, also when 0 was asked for. */
  readonly port: number;
  /**
   * Stops listening at once, lets the requests in flight end, and resolves when all connections are closed. Those that
   * are open after the grace period are cut.
   */
  close(): Promise<void>;
}

/** What the server is given from outside. */
export interface ServerOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How long requests in flight may take after `close`, in milliseconds. Default 10 s: well below a pod's 30 s. */
  readonly graceMs?: number;
  /** What `whoami` answers. Default: the machine's name. */
  readonly host?: string;
}

/** Far more than a call of these tools needs. */
const maxBodyBytes = 1 << 20;
/** Longer than clients and proxies keep a connection: who closes first must not be the one that is about to be asked. */
const keepAliveTimeout = 65_000;

/**
 * Starts the sample server: MCP over Streamable HTTP at `/mcp`, and `GET /health`, on all addresses.
 *
 * It keeps no sessions: every request stands alone, so any replica can answer any request.
 *
 * @throws the listening socket's error, e.g. EADDRINUSE
 */
export async function startServer(settings: Settings, options: ServerOptions): Promise<RunningServer> {
  let draining = false;
  const server = createServer({ keepAliveTimeout }, (request, response) => {
    // A client that keeps its connection would otherwise come back to a pod that is going.
    if (draining) response.setHeader('connection', 'close');
    response.on('close', () => {
      if (draining) setImmediate(() => server.closeIdleConnections());
    });
    void route(request, response, settings, options, draining);
  });
  server.listen(settings.port);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;

  let closing: Promise<void> | undefined;
  const close = async () => {
    draining = true;
    const closed = once(server, 'close');
    server.close();
    const cancel = options.clock.after(options.graceMs ?? 10_000, () => server.closeAllConnections());
    await closed;
    cancel();
  };
  return {
    port,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  settings: Settings,
  options: ServerOptions,
  draining: boolean,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0];
  if (path === '/health') return health(request, response, draining);
  if (path !== '/mcp') return answer(response, 404, { error: `nothing at ${path}: MCP is at /mcp` });
  const origin = request.headers.origin;
  if (origin !== undefined && !settings.allowedOrigins.includes(origin)) {
    // Streamable HTTP, "Security Warning": servers MUST validate Origin, and answer 403 to one that is not valid.
    return answer(response, 403, rpcError(-32000, 'this Origin is not allowed: add it to ALLOWED_ORIGINS'));
  }
  if (request.method !== 'POST') {
    // No stream to GET and no session to DELETE: the specification's answer to both is 405.
    response.setHeader('allow', 'POST');
    return answer(response, 405, rpcError(-32000, 'this server keeps no sessions: POST each message'));
  }
  try {
    await mcp(request, response, { greeting: settings.greeting, host: options.host });
  } catch (thrown) {
    options.log('request failed', { error: thrown instanceof Error ? thrown.message : String(thrown) });
    if (response.headersSent) response.destroy();
    else answer(response, 500, rpcError(-32603, 'Internal error'));
  }
}

async function mcp(request: IncomingMessage, response: ServerResponse, context: Parameters<typeof sampleServer>[0]) {
  const server = sampleServer(context);
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true, maxRequestBodySize: maxBodyBytes });
  response.on('close', () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response);
}

function health(request: IncomingMessage, response: ServerResponse, draining: boolean): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    answer(response, 405, { error: 'GET /health' });
  } else if (draining) answer(response, 503, { status: 'stopping' });
  else answer(response, 200, { status: 'ok' });
}

function rpcError(code: number, message: string) {
  return { jsonrpc: '2.0', error: { code, message }, id: null };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
