import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after } from 'node:test';
import type { PlainMcpServer } from '../plain-mcp-server.ts';
import { startPlainMcpServer } from '../plain-mcp-server.ts';
import type { Listening } from '../probing.ts';

/** Resets the connection (TCP RST) in the middle of a body. */
export function startResettingServer(method = 'server/discover'): Promise<PlainMcpServer> {
  return startPlainMcpServer((call) => {
    if (call.method !== method) return false;
    call.response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    call.response.write('{"jsonrpc":"2.0",', () => call.request.socket.resetAndDestroy());
    return true;
  });
}

/** Closes in peace in the middle of a body whose length it has announced. */
export function startShortBodyServer(): Promise<PlainMcpServer> {
  return startPlainMcpServer(({ response, request }) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"jsonrpc":"2.0",', () => request.socket.end());
    return true;
  });
}

/** Answers `initialize` and closes every connection from then on. */
export function startHangingUpServer(): Promise<PlainMcpServer> {
  let initialized = false;
  return startPlainMcpServer((call) => {
    if (initialized && call.verb === 'POST') {
      call.request.socket.destroy();
      return true;
    }
    initialized = call.method === 'initialize';
    return false;
  });
}

/** Closes each connection after one answer without having said so. */
export function startOneShotServer(): Promise<PlainMcpServer> {
  return startPlainMcpServer((call) => {
    call.response.once('finish', () => call.request.socket.end());
    return false;
  });
}

/** Speaks something else: these bytes are all that it says, to whatever it is told. */
export async function startByteServer(bytes: string | Uint8Array): Promise<Listening> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    // What the peer does about the nonsense is the point of the test.
    socket.on('error', () => undefined);
    socket.once('close', () => open.delete(socket));
    socket.once('data', () => socket.write(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(async () => {
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port, openSockets: () => open.size };
}
