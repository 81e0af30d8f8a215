import type { IncomingMessage } from 'node:http';
import type { Clock } from './clock.ts';
import type { Connection, Credentials } from './connection.ts';
import { ApiError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { startExchange } from './exchange.ts';
import { isUntrusted } from './network-error.ts';
import { readBody } from './read-body.ts';
import type { SocketPools } from './socket-pools.ts';
import { createSocketPools } from './socket-pools.ts';
import { statusError } from './status-error.ts';

/** Called after every answer, for `rest_client_requests_total`. `code` is the HTTP status, or `<error>` without one. */
export type RequestObserver = (method: string, code: string, host: string) => void;

/** What a transport is made of. */
export interface TransportOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  /** `User-Agent` of every request: `name/version`. */
  readonly userAgent: string;
  /** From the call to the end of the answer, in milliseconds. Default 30,000: a request that hangs must not hold a worker. */
  readonly timeoutMs?: number;
  /** For a new socket to be ready. Default 10,000 ms. */
  readonly connectTimeoutMs?: number;
  /** Default: nobody is told. */
  readonly onRequest?: RequestObserver;
}

/** One request to the API server. */
export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  /** Default `application/json`. */
  readonly accept?: string | undefined;
  readonly body?: string | undefined;
  /** Default `application/json`. */
  readonly contentType?: string | undefined;
  /** The most that is accepted as an answer. Default 16 MiB: etcd keeps no object above 1.5 MiB. */
  readonly maxBytes?: number | undefined;
  /** See `ExchangeOptions.guard`. Default: none. */
  readonly guard?: (() => void) | undefined;
  /** Gives up early. Default: only the deadline does. */
  readonly signal?: AbortSignal | undefined;
}

/** An answer that goes on. */
export interface Stream {
  readonly chunks: AsyncIterable<Buffer>;
  /** Ends it with this error. */
  fail(error: ApiError): void;
  /** What to throw for something thrown while reading. */
  errorOf(thrown: unknown): ApiError;
  /** To be called in the end, however it ended: gives the socket back, or closes it. */
  release(): void;
}

/** One request to something behind the API server, such as a pod through its `proxy` subresource. */
export interface ProxyRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path and query, from `/api` on. */
  readonly path: string;
  /** Lower-case names; `host` is passed on as it is, and defaults to the API server's. Credentials are added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Its reason is what the caller sees. There is no other deadline. */
  readonly signal: AbortSignal;
  /** Called when the request is on its way. */
  readonly onSend?: (() => void) | undefined;
  /** Asks for fresh credentials first, after a 401 of the API server itself. Default false. */
  readonly refresh?: boolean;
}

/** Its answer, whatever its status. Reading it is the caller's, and so are its errors. */
export interface ProxyAnswer {
  readonly response: IncomingMessage;
  /** Closes the socket; harmless after the end. */
  destroy(): void;
  /** What has gone wrong below HTTP, or in its framing, since the headers came. */
  failure(): Error | undefined;
}

/** HTTP to one API server: pools, deadlines, credentials, and errors in this layer's terms. */
export interface Transport {
  /** @returns the body of a 2xx answer; @throws ApiError for everything else */
  request(request: Request): Promise<string>;
  /** As `request`, for a body that is read as it comes. The deadline ends with the headers. */
  stream(request: Request): Promise<Stream>;
  /**
   * As `stream`, with any status and with headers of the caller's: what answers is not the API server. Nothing is sent
   * twice.
   *
   * @throws ApiError `Network`, `Aborted` or `Config`; the signal's reason
   */
  proxy(request: ProxyRequest): Promise<ProxyAnswer>;
  /** Ends every call as `Aborted` and closes every socket. */
  close(): void;
}

const DEFAULT_MAX_BYTES = 16 * 2 ** 20;

/** Opens no socket yet. */
export function createTransport(options: TransportOptions): Transport {
  const { connection, clock, userAgent, timeoutMs = 30_000, connectTimeoutMs = 10_000, onRequest } = options;
  const under = new Set<Exchange>();
  let pools: SocketPools | undefined;
  let closed = false;

  /** The pools of these credentials. New ones take over when the CA or the client certificate has changed. */
  function poolsFor(credentials: Credentials): SocketPools {
    if (pools?.tls === credentials.tls) return pools;
    pools?.retire();
    pools = createSocketPools(connection, credentials.tls);
    return pools;
  }

  function start(request: Request, kind: 'requests' | 'watches', credentials: Credentials): Exchange {
    const exchange = startExchange({
      clock,
      agent: poolsFor(credentials)[kind],
      server: connection.server,
      method: request.method,
      path: request.path,
      headers: {
        accept: request.accept ?? 'application/json',
        'user-agent': userAgent,
        // The API server packs lists above 128 KiB; it never packs a watch.
        ...(kind === 'requests' && request.method === 'GET' && { 'accept-encoding': 'gzip' }),
        ...(request.body !== undefined && { 'content-type': request.contentType ?? 'application/json' }),
        ...credentials.headers,
      },
      body: request.body,
      guard: request.guard,
      connectTimeoutMs,
    });
    under.add(exchange);
    return exchange;
  }

  /** One attempt: sends, and passes a 2xx answer to `read`. Whatever goes wrong, no socket is left behind. */
  async function attempt(request: Request, kind: 'requests' | 'watches', credentials: Credentials): Promise<Attempt> {
    if (closed) throw aborted();
    const what = `${request.method} ${request.path.split('?')[0]}`;
    const exchange = start(request, kind, credentials);
    const cancelDeadline = clock.after(timeoutMs, () => {
      exchange.fail(new ApiError('Timeout', `${what} was not answered within ${timeoutMs / 1000} s`));
    });
    const abort = () => exchange.fail(aborted());
    request.signal?.addEventListener('abort', abort, { once: true });
    if (request.signal?.aborted) abort();

    let complete = false;
    const release = () => {
      cancelDeadline();
      request.signal?.removeEventListener('abort', abort);
      under.delete(exchange);
      if (!complete) exchange.fail(aborted());
    };
    let code = '<error>';
    try {
      const response = await exchange.response;
      const status = response.statusCode ?? 0;
      code = String(status);
      response.once('end', () => {
        complete = true;
      });
      const ok = status >= 200 && status < 300;
      if (ok && kind === 'watches') {
        cancelDeadline();
        return { stream: { chunks: response, fail: exchange.fail, errorOf: exchange.errorOf, release }, text: '' };
      }
      const text = await readBody(response, request.maxBytes ?? DEFAULT_MAX_BYTES);
      if (!ok) throw statusError(what, status, text, response.headers['retry-after']);
      release();
      return { text };
    } catch (thrown) {
      const error = exchange.errorOf(thrown);
      release();
      // A kept socket that the server closed in the same moment. Reading again is safe, and the next socket is new.
      if (code === '<error>' && error.code === 'Network' && exchange.reused() && request.method === 'GET') {
        return attempt(request, kind, credentials);
      }
      throw error;
    } finally {
      onRequest?.(request.method, code, connection.server.host);
    }
  }

  /**
   * Sends with the credentials at hand; after a 401 once more, with fresh ones. And once more when the server has a
   * certificate of a CA that is not known yet: nothing has been sent then, and a leader that waited until the CA is read
   * again in the course of things, after a minute, would have lost its lease.
   */
  async function send(request: Request, kind: 'requests' | 'watches'): Promise<Attempt> {
    if (closed) throw aborted();
    const used = await connection.credentials();
    try {
      return await attempt(request, kind, used);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'Unauthorized') {
        return attempt(request, kind, await connection.refresh());
      }
      if (!isUntrusted(error)) throw error;
      const fresh = await connection.refresh();
      if (fresh.tls === used.tls) throw error;
      return attempt(request, kind, fresh);
    }
  }

  async function proxy({ signal, ...request }: ProxyRequest): Promise<ProxyAnswer> {
    if (closed) throw aborted();
    const credentials = await (request.refresh ? connection.refresh() : connection.credentials());
    signal.throwIfAborted();
    const exchange = startExchange({
      clock,
      // Streams of pods, like watches, may be silent for long, and must not keep the other requests waiting.
      agent: poolsFor(credentials).watches,
      server: connection.server,
      method: request.method,
      path: request.path,
      headers: { 'user-agent': userAgent, ...request.headers, ...credentials.headers },
      body: request.body,
      guard: request.onSend,
      connectTimeoutMs,
    });
    under.add(exchange);
    const abort = () => exchange.fail(aborted());
    signal.addEventListener('abort', abort, { once: true });
    const done = () => {
      signal.removeEventListener('abort', abort);
      under.delete(exchange);
    };
    try {
      const response = await exchange.response;
      response.once('close', done);
      return { response, destroy: abort, failure: exchange.failure };
    } catch (thrown) {
      done();
      signal.throwIfAborted();
      throw exchange.errorOf(thrown);
    }
  }

  return {
    proxy,
    request: async (request) => (await send(request, 'requests')).text,
    async stream(request) {
      const { stream } = await send(request, 'watches');
      if (stream === undefined) throw new ApiError('Unknown', 'a stream was asked for and none came');
      return stream;
    },
    close() {
      closed = true;
      for (const exchange of under) exchange.fail(aborted());
      pools?.destroy();
    },
  };
}

interface Attempt {
  readonly text: string;
  readonly stream?: Stream;
}

function aborted(): ApiError {
  return new ApiError('Aborted', 'the request was given up: shutting down');
}
