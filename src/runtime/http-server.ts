import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Server } from 'node:net';
import { type BindAddress, formatBindAddress } from './bind-address.ts';
import type { Component } from './component.ts';
import type { Logger } from './log.ts';
import { createSecureServer, type SecureServerOptions } from './secure-server.ts';
import { StartError } from './start-error.ts';

/** What a server is asked. */
export interface PageRequest {
  /** Without query, beginning with a slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Of a POST, where the server takes any; else empty. */
  readonly body: string;
}

/** What it answers. */
export interface Page {
  readonly status: number;
  /** Default `text/plain; charset=utf-8`. */
  readonly contentType?: string;
  readonly body: string;
  /** Default: none beside those of every page. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a request; undefined is 404. */
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
  /** Serves HTTPS with this. Default: plain HTTP. */
  readonly tls?: SecureServerOptions | undefined;
  /** Takes POSTs, and nothing else, with bodies up to so many bytes. Default: GET and HEAD alone. */
  readonly postBytes?: number;
  /** Connections at a time; more are closed at once. Default 128. */
  readonly maxConnections?: number;
}

/** A component that serves pages. */
export interface HttpServer extends Component {
  /** The port that is listened on, once started; undefined before. */
  port(): number | undefined;
}

/**
 * Nobody needs longer, and nobody may hold a socket open for ever: what is asked and answered is small, and the callers
 * are machines.
 */
const limits = { requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 60_000, maxHeaderSize: 8_192 };

/** A small server, for metrics, health and admission. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { name, address, log, tls } = options;
  const secure = tls && createSecureServer(limits, tls);
  const server = secure?.server ?? createServer(limits);
  server.maxConnections = options.maxConnections ?? 128;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(options, request, response).catch((error: unknown) => {
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
      secure?.release();
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

async function answer(
  { handler, postBytes }: HttpServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const allowed = postBytes === undefined ? ['GET', 'HEAD'] : ['POST'];
  if (!allowed.includes(request.method ?? '')) {
    response.setHeader('Allow', allowed.join(', '));
    return send(response, { status: 405, body: `only ${allowed.join(' and ')} are served here\n` });
  }
  const body = postBytes === undefined ? '' : await bodyOf(request, postBytes);
  if (body === undefined) {
    response.setHeader('Connection', 'close');
    return send(response, { status: 413, body: `more than ${postBytes} bytes\n` });
  }
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const page = await handler({ path, query: new URLSearchParams(query), headers: request.headers, body });
  send(response, page ?? { status: 404, body: 'not found\n' });
}

/** @returns undefined when there is more than `maxBytes` of it; the rest is then not read */
async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Node.js leaves the body out by itself when the request is a HEAD. */
function send(response: ServerResponse, page: Page): void {
  response.writeHead(page.status, {
    ...page.headers,
    'Content-Type': page.contentType ?? 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(page.body),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  });
  response.end(page.body);
}
