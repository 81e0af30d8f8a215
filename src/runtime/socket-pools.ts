import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Connection, TlsMaterial } from './connection.ts';

/** Requests in flight at once; more wait their turn. Enough to saturate an API server, few enough to be polite. */
const MAX_REQUEST_SOCKETS = 32;

/** How long an idle socket is kept, in milliseconds: less than the 90 s after which the API server closes it. */
const IDLE_MS = 60_000;

/**
 * TCP keepalive's first probe, in milliseconds. Node probes every second after it and gives up after ten, so a peer
 * that has vanished is noticed in 25 s (seen with strace on Linux: KEEPIDLE 15, KEEPINTVL 1, KEEPCNT 10).
 */
const KEEPALIVE_MS = 15_000;

/** The sockets of one TLS material: one pool for requests, one for watches, so that neither starves the other. */
export interface SocketPools {
  readonly requests: HttpAgent;
  readonly watches: HttpAgent;
  readonly tls: TlsMaterial;
  /** Lets requests under way end, then closes every socket. */
  retire(): void;
  /** Closes every socket now. */
  destroy(): void;
}

/** Opens no socket yet. */
export function createSocketPools(connection: Connection, tls: TlsMaterial): SocketPools {
  const pools = [
    createAgent(connection, tls, { maxSockets: MAX_REQUEST_SOCKETS, timeout: IDLE_MS }),
    // A watch's socket may be silent for longer than any idle limit. The stream has its own deadline.
    createAgent(connection, tls, { maxSockets: Number.POSITIVE_INFINITY }),
  ] as const;
  const destroy = () => {
    for (const pool of pools) pool.destroy();
  };
  return {
    requests: pools[0],
    watches: pools[1],
    tls,
    destroy,
    retire() {
      for (const pool of pools) {
        // Sockets in use see this when their request ends and close instead of coming back.
        pool.maxFreeSockets = 0;
        for (const socket of Object.values(pool.freeSockets).flat()) socket?.destroy();
      }
    },
  };
}

function createAgent(
  connection: Connection,
  tls: TlsMaterial,
  limits: { readonly maxSockets: number; readonly timeout?: number },
): HttpAgent {
  const options = {
    ...limits,
    keepAlive: true,
    keepAliveMsecs: KEEPALIVE_MS,
    // Last used first: a burst's extra sockets fall idle and close.
    scheduling: 'lifo' as const,
    ...(connection.proxy !== undefined && { proxyEnv: connection.proxy }),
  };
  if (connection.server.protocol === 'http:') return new HttpAgent(options);
  return new HttpsAgent({
    ...options,
    // HTTP/1.1 only: over HTTP/2 one lost connection takes every watch with it, and Node's h2 leaked (pepr ADR 0015).
    ALPNProtocols: ['http/1.1'],
    ...(tls.ca !== undefined && { ca: tls.ca }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
    ...(tls.insecure === true && { rejectUnauthorized: false }),
  });
}
