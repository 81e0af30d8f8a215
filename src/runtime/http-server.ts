import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type BindAddress, formatBindAddress } from './bind-address.ts';
import type { Component } from './component.ts';
import type { Logger } from './log.ts';
import { StartError } from './start-error.ts';

/** What a server is asked. */
export interface PageRequest {
  /** Without query, beginning with a slash. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What it answers. */
export interface Page {
  readonly status: number;
  /** Default `text/plain; charset=utf-8`. */
  readonly contentType?: string;
  readonly body: string;
}

/** Answers a GET or a HEAD; undefined is 404. */
export type PageHandler = (request: PageRequest) => Page | undefined | Promise<Page | undefined>;

/** What a small server is made of. */
export interface HttpServerOptions {
  /** For messages: `metrics server`. */
  readonly name: string;
  readonly address: BindAddress;
  /** The flag that sets the address, without dashes: named in the error when the address cannot be had. */
  readonly flag: string;
  readonly handler: PageHandler;
  readonly log: Logger;
}

/** A component that serves pages. */
export interface HttpServer extends Component {
  /** The port that is listened on, once started; undefined before. */
  port(): number | undefined;
}

/** A server of a few read-only pages, for metrics and health: GET and HEAD, nothing else. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { name, address, log } = options;
  // The pages are small and the callers are machines: nobody needs longer, and nobody may hold a socket open for ever.
  const server = createServer({
    requestTimeout: 10_000,
    headersTimeout: 5_000,
    keepAliveTimeout: 60_000,
    maxHeaderSize: 8_192,
  });
  server.maxConnections = 128;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(options.handler, request, response).catch((error: unknown) => {
      log.error('could not answer a request', { server: name, path: request.url, error });
      if (response.headersSent) response.destroy();
      else send(response, { status: 500, body: 'internal error\n' });
    });
  });
  return {
    name,
    port: () => portOf(server),
    async start() {
      await listen(server, options);
      log.info(`${name} started`, { address: formatBindAddress({ ...address, port: portOf(server) ?? address.port }) });
    },
    stop() {
      if (!server.listening) return Promise.resolve();
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function portOf(server: Server): number | undefined {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : undefined;
}

function listen(server: Server, { name, address, flag }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(bindError(error, name, address, flag));
    server.once('error', failed);
    server.listen({ port: address.port, ...(address.host === undefined ? undefined : { host: address.host }) }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

function bindError(error: NodeJS.ErrnoException, name: string, address: BindAddress, flag: string): StartError {
  const where = formatBindAddress(address);
  const fix = `choose another with --${flag}, or turn the ${name} off with --${flag}=0`;
  if (error.code === 'EADDRINUSE') {
    return new StartError('AddressInUse', `${name}: ${where} is already in use by another process; ${fix}`, error);
  }
  return new StartError('AddressUnusable', `${name}: cannot listen on ${where} (${error.message}); ${fix}`, error);
}

async function answer(handler: PageHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return send(response, { status: 405, body: 'only GET and HEAD are served here\n' });
  }
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const page = await handler({ path, query: new URLSearchParams(query) });
  send(response, page ?? { status: 404, body: 'not found\n' });
}

/** Node.js leaves the body out by itself when the request is a HEAD. */
function send(response: ServerResponse, page: Page): void {
  response.writeHead(page.status, {
    'Content-Type': page.contentType ?? 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(page.body),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  });
  response.end(page.body);
}
