import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createAuthority, issue } from '../../../src/runtime/certificates/certificate.ts';

/** Who sent a request: one TCP connection of one operator instance. */
export interface Visitor {
  readonly instance: string;
  /** Counted from 1. */
  readonly connection: number;
  /** Ends the connection with a RST. */
  reset(): void;
}

/** The side of a proxy that the operator sees. */
export interface Front {
  readonly url: string;
  /** The CA of the certificate in use, PEM. */
  ca(): string;
  /** The instance that new connections belong to. */
  instance(): string;
  newInstance(name?: string): string;
  /** Resets every connection, or those of one instance. */
  cut(instance?: string): void;
  /** True: each new connection is reset at once. */
  refuse(refused: boolean): void;
  rotateAuthority(): string;
  close(): Promise<void>;
}

/** What is done with a request whose headers are there. */
export type Handler = (request: IncomingMessage, response: ServerResponse, visitor: Visitor) => void;

/**
 * Starts a TLS server on a free port of loopback, with a certificate of its own.
 *
 * @param instance the first instance's name
 * @param nowMs the wall clock, for the certificate
 */
export async function startFront(handler: Handler, instance: string, nowMs: number): Promise<Front> {
  let authority = createAuthority('fault-proxy-ca', nowMs);
  let current = instance;
  let instances = 1;
  let connections = 0;
  let refused = false;
  /** By the operator's port, which is the same below TLS and above it. */
  const visitors = new Map<number, Visitor>();

  const server = createServer(certificate(), (request, response) => {
    const visitor = visitors.get(request.socket.remotePort ?? -1);
    // Its connection is closed already: nobody waits for an answer.
    if (visitor !== undefined) handler(request, response, visitor);
  });
  // Like the API server: a connection is kept for long, and nothing here decides how long a request may take.
  Object.assign(server, { keepAliveTimeout: 180_000, requestTimeout: 0, headersTimeout: 0 });

  server.on('connection', (socket: Socket) => {
    // An operator that gives up or is killed is what this proxy is for.
    socket.on('error', () => undefined);
    if (refused) {
      socket.resetAndDestroy();
      return;
    }
    const port = socket.remotePort ?? -1;
    const visitor = { instance: current, connection: ++connections, reset: () => void socket.resetAndDestroy() };
    visitors.set(port, visitor);
    socket.once('close', () => {
      if (visitors.get(port) === visitor) visitors.delete(port);
    });
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  function certificate(): { readonly cert: string; readonly key: string } {
    const { certificate: cert, key } = issue(
      authority,
      { commonName: 'fault-proxy', dnsNames: ['localhost'], addresses: ['127.0.0.1'] },
      nowMs,
    );
    return { cert, key };
  }

  function cut(only?: string): void {
    for (const visitor of [...visitors.values()]) {
      if (only === undefined || visitor.instance === only) visitor.reset();
    }
  }

  return {
    url: `https://127.0.0.1:${port}`,
    ca: () => authority.certificate,
    instance: () => current,
    newInstance(name) {
      current = name ?? String(++instances);
      return current;
    },
    cut,
    refuse(now) {
      refused = now;
      if (refused) cut();
    },
    rotateAuthority() {
      authority = createAuthority('fault-proxy-ca', nowMs);
      server.setSecureContext(certificate());
      cut();
      return authority.certificate;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
