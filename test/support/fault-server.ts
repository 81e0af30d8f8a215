import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { after } from 'node:test';
import type { Connection, Credentials } from '../../src/runtime/connection.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { until } from './until.ts';

/** One request that the server has received, with its body, and the means to answer it well or badly. */
export interface FaultExchange {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Which TCP connection it came on, counted from 1. */
  readonly connection: number;
  /** Answers with JSON, or with text as it is. */
  json(body: unknown, status?: number, headers?: Readonly<Record<string, string>>): void;
  /** Answers with bytes as they are. */
  bytes(body: Uint8Array, headers?: Readonly<Record<string, string>>): void;
  /** Answers with a Status object. */
  status(code: number, reason?: string, message?: string, headers?: Readonly<Record<string, string>>): void;
  /** Sends the headers of a watch; then write, end or break it. */
  open(): FaultStream;
  /** Closes the connection with a RST, mid-answer or before it. */
  reset(): void;
}

/** A watch that the server holds. */
export interface FaultStream {
  event(type: string, object: unknown): void;
  /** Bytes as they are. */
  write(bytes: string | Uint8Array): void;
  /** Bytes in separate packets of the given size. */
  drip(bytes: Uint8Array, size: number): Promise<void>;
  /** Ends the watch as the server's timeout does. */
  end(): void;
  reset(): void;
  readonly closed: boolean;
}

/** What to do with a request. One that does nothing with it is a black hole. */
export type FaultHandler = (exchange: FaultExchange) => void | Promise<void>;

/** A real HTTP server on loopback that answers as a test scripted it. */
export interface FaultServer {
  readonly url: URL;
  /** Every request so far. */
  readonly requests: readonly FaultExchange[];
  /** TCP connections so far, and those that are open now. */
  readonly connections: number;
  readonly open: number;
  /** Replaces the handler. */
  handle(handler: FaultHandler): void;
  /** Waits for the n-th request (from 1). */
  request(n: number): Promise<FaultExchange>;
  /** A connection to it; credentials may be replaced under way. */
  connection(credentials?: () => Credentials, refresh?: () => Credentials): Connection;
  /** Replaces the server's certificate for new connections. */
  rotate(keyPair: { readonly cert: string; readonly key: string }): void;
  close(): Promise<void>;
}

/** What the server is like. */
export interface FaultServerOptions {
  readonly handler?: FaultHandler;
  /** Serves HTTPS with this certificate. Default: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Starts one; it is closed after the test or file that calls it. */
export async function startFaultServer(options: FaultServerOptions = {}): Promise<FaultServer> {
  let handler: FaultHandler = options.handler ?? (() => undefined);
  const requests: FaultExchange[] = [];
  const sockets = new Map<Socket, number>();
  let connections = 0;

  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    // A client that gives up is part of the script.
    request.on('error', () => undefined);
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const exchange = exchangeOf(request, response, body, sockets.get(tcpOf(request.socket)) ?? 0);
      requests.push(exchange);
      void handler(exchange);
    });
  };
  const secure = options.tls === undefined ? undefined : createSecureServer(options.tls, listener);
  const server = secure ?? createServer(listener);
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, ++connections);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  // A client that refuses our certificate is part of the script.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fault server has no port');
  const url = new URL(`${secure ? 'https' : 'http'}://127.0.0.1:${address.port}`);

  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets.keys()) socket.destroy();
    await closed;
  };
  after(close);

  return {
    url,
    requests,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    handle(next) {
      handler = next;
    },
    request: (n) => until(() => requests[n - 1], { what: `request ${n}`, intervalMs: 2 }),
    connection(credentials = () => anonymous, refresh = credentials) {
      return {
        server: url,
        source: 'test',
        namespace: undefined,
        credentials: async () => credentials(),
        refresh: async () => refresh(),
      };
    },
    rotate: (keyPair) => secure?.setSecureContext(keyPair),
    close,
  };
}

const anonymous: Credentials = { headers: {}, tls: {} };

/** The TCP socket below a TLS one, which is what the server counted. */
function tcpOf(socket: Socket): Socket {
  const parent: unknown = Reflect.get(socket, '_parent');
  return (parent as Socket | null | undefined) ?? socket;
}

function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  connection: number,
): FaultExchange {
  const url = new URL(request.url ?? '/', 'http://server');
  const reset = () => {
    tcpOf(request.socket).resetAndDestroy();
  };
  const json = (answer: unknown, status = 200, headers = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body,
    connection,
    json,
    status: (code, reason, message = `the server said ${code}`, headers) =>
      json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message }, code, headers),
    bytes(bytes, headers = {}) {
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      response.end(bytes);
    },
    reset,
    open() {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      request.socket.setNoDelay(true);
      return {
        event: (type, object) => response.write(`${JSON.stringify({ type, object })}\n`),
        write: (bytes) => response.write(bytes),
        async drip(bytes, size) {
          for (let at = 0; at < bytes.length; at += size) {
            response.write(bytes.subarray(at, at + size));
            await new Promise(setImmediate);
          }
        },
        end: () => response.end(),
        reset,
        get closed() {
          return response.destroyed || response.writableEnded;
        },
      };
    },
  };
}

/** A list, as the API server sends it. */
export function listOf(resourceVersion: string, items: readonly unknown[] = [], continueToken?: string): object {
  return { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion, continue: continueToken }, items };
}

/** A small object in namespace `a`. */
export function objectOf(name: string, resourceVersion: string, metadata: object = {}): KubeObject {
  return { metadata: { namespace: 'a', name, resourceVersion, uid: `uid-${name}`, ...metadata } };
}
