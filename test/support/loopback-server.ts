import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { after } from 'node:test';

/** A real HTTP server on loopback, and what it has seen. */
export interface LoopbackServer {
  readonly address: string;
  readonly port: number;
  readonly server: Server;
  /** Sockets that are open now. */
  openSockets(): number;
  /** Sockets that were ever opened. */
  readonly sockets: () => number;
  /** Stops it, and cuts what is open. */
  close(): Promise<void>;
}

/**
 * Starts a server on a free port of the loopback interface; it is closed after the test or the suite that started it.
 *
 * @param address `127.0.0.1` (default) or `::1`
 * @param port Default 0: a free one. Another for a second server on the port of the first, at another address
 */
export async function startLoopbackServer(
  handler: RequestListener,
  address = '127.0.0.1',
  port = 0,
): Promise<LoopbackServer> {
  const server = createServer(handler);
  const open = new Set<Socket>();
  let ever = 0;
  server.on('connection', (socket: Socket) => {
    ever++;
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => open.delete(socket));
  });
  // Servers under test misbehave on purpose: what a socket says about it is not news.
  server.on('clientError', (_error, socket) => socket.destroy());
  server.listen(port, address);
  await once(server, 'listening');
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    for (const socket of open) socket.destroy();
    await closed;
  };
  after(close);
  return {
    address,
    port: (server.address() as AddressInfo).port,
    server,
    openSockets: () => open.size,
    sockets: () => ever,
    close,
  };
}
