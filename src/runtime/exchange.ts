import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import type { Clock } from './clock.ts';
import { ApiError } from './errors.ts';
import { networkError } from './network-error.ts';

/** One HTTP request, ready to be sent. */
export interface ExchangeOptions {
  readonly clock: Clock;
  readonly agent: Agent;
  readonly server: URL;
  readonly method: string;
  /** Path and query, below the server's own path. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | undefined;
  /** Called when a socket is ready, right before the first byte is sent. What it throws ends the exchange unsent. */
  readonly guard: (() => void) | undefined;
  /** How long a new socket may take to be ready, TLS included, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** A request under way. */
export interface Exchange {
  /** Resolves when the answer's headers are there. */
  readonly response: Promise<IncomingMessage>;
  /** Ends it: the socket is closed, and the caller sees this error instead of the socket's. */
  fail(error: ApiError): void;
  /** What the caller shall see for something that was thrown while waiting or reading. */
  errorOf(thrown: unknown): ApiError;
  /** The first error that the socket or the HTTP parser reported. */
  failure(): Error | undefined;
  /** True when the socket had been used before, so that its loss says nothing about the server. */
  reused(): boolean;
}

/**
 * Sends one request. Never rejects unseen: an error before anybody waits is kept for who waits.
 */
export function startExchange(options: ExchangeOptions): Exchange {
  const { clock, server, guard, body } = options;
  const secure = server.protocol === 'https:';
  // URL keeps the brackets of an IPv6 address, sockets do not want them.
  const hostname = server.hostname.replace(/^\[|\]$/g, '');
  let failure: ApiError | undefined;
  let reported: Error | undefined;

  const request: ClientRequest = (secure ? httpsRequest : httpRequest)({
    agent: options.agent,
    protocol: server.protocol,
    hostname,
    // Node would expect the name in a `Host` header to be the certificate's. No name is sent for an address.
    ...(secure && { servername: isIP(hostname) === 0 ? hostname : '' }),
    port: server.port,
    method: options.method,
    path: server.pathname.replace(/\/$/, '') + options.path,
    headers: {
      ...options.headers,
      ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
    },
  });

  function fail(error: ApiError): void {
    failure ??= error;
    request.destroy(error);
  }

  function send(): void {
    try {
      guard?.();
      request.end(body);
    } catch (error) {
      fail(ApiError.from(error));
    }
  }

  // Nothing is written before the socket is ready: waiting for one of the pool, or for TLS, may take seconds, and a
  // lease that was held before that may be lost after it.
  request.once('socket', (socket: Socket) => {
    if (!socket.connecting) {
      send();
      return;
    }
    const cancel = clock.after(options.connectTimeoutMs, () => {
      const seconds = options.connectTimeoutMs / 1000;
      fail(
        new ApiError('Timeout', `cannot reach the API server at ${server.origin}: no connection within ${seconds} s`),
      );
    });
    socket.once('close', cancel);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      cancel();
      send();
    });
  });

  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // Stays for ever: a socket may also fail after the answer has been read, and an error without a listener is fatal.
    request.on('error', (error) => {
      reported ??= error;
      reject(error);
    });
  });
  response.catch(() => undefined);

  return {
    response,
    fail,
    errorOf: (thrown) => failure ?? networkError(thrown, server),
    failure: () => reported,
    reused: () => request.reusedSocket,
  };
}
