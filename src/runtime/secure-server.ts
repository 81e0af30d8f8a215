import type { ServerOptions as HttpOptions } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TlsSource } from './certificates/tls-source.ts';

/** What makes a server secure. */
export interface SecureServerOptions {
  readonly certificate: TlsSource;
  /** Only callers with a certificate of these authorities, PEM, get as far as HTTP. Default: everybody does. */
  readonly clientCa?: { current(): string | undefined; onChange(listener: () => void): () => void };
}

/** A server whose certificate follows its source. */
export interface SecureServer {
  readonly server: Server;
  /** Follows no longer. */
  release(): void;
}

/**
 * An HTTPS server. A new certificate is for new connections: those that exist go on, so its rotation breaks no call.
 * While there is none, handshakes fail. TLS 1.2 is the least, as with the API server itself.
 */
export function createSecureServer(limits: HttpOptions, options: SecureServerOptions): SecureServer {
  const { certificate, clientCa } = options;
  const context = () => {
    const pair = certificate.current();
    const ca = clientCa?.current();
    return {
      minVersion: 'TLSv1.2' as const,
      ...(pair === undefined ? {} : { cert: pair.certificate, key: pair.key }),
      ...(ca === undefined ? {} : { ca }),
    };
  };
  const server = createServer({
    ...limits,
    ...context(),
    ALPNProtocols: ['http/1.1'],
    // A slow handshake holds a connection as a slow request does.
    handshakeTimeout: 5_000,
    // Without authorities to check them by, certificates of callers are not asked for; with some, they are demanded.
    ...(clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
  });
  const follow = () => server.setSecureContext(context());
  const ends = [certificate.onChange(follow), ...(clientCa === undefined ? [] : [clientCa.onChange(follow)])];
  return {
    server,
    release() {
      for (const end of ends) end();
    },
  };
}
