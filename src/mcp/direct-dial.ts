import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Dial, DialRequest, DialResponse, Line } from './dial.ts';
import { incomingResponse } from './incoming-response.ts';
import { defaultLimits } from './limits.ts';
import { McpError } from './mcp-error.ts';
import { socketError } from './socket-error.ts';

/** Where a pod is. */
export interface DirectTarget {
  /** The pod's address: IPv4, or IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  /**
   * The `Host` header. The Service's name (`NAME.NAMESPACE.svc:PORT`), as clients send it: servers that guard against
   * DNS rebinding answer 403 to an address.
   */
  readonly host: string;
}

/**
 * Reaches a pod at its own address. Each line has sockets of its own, kept for its few requests and destroyed with it,
 * so that nothing of one probe is left over in the next.
 *
 * @param headerBytes the most that an answer's headers may take. Default 16 KiB, Node's own
 */
export function directDial(target: DirectTarget, headerBytes: number = defaultLimits.headerBytes): Dial {
  return { carriesCredentials: true, open: () => openLine(target, headerBytes) };
}

function openLine(target: DirectTarget, headerBytes: number): Line {
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
  let closed = false;

  function start(path: string, dialled: DialRequest): ClientRequest {
    const { method, headers, body } = dialled;
    return httpRequest({
      agent,
      host: target.address,
      port: target.port,
      path,
      method,
      maxHeaderSize: headerBytes,
      setHost: false,
      headers: {
        ...headers,
        host: target.host,
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
    });
  }

  async function send(path: string, dialled: DialRequest): Promise<DialResponse> {
    dialled.signal.throwIfAborted();
    const request = start(path, dialled);
    let failure: Error | undefined;
    // Stays for ever: a socket may also fail after the answer has been read, and an error without a listener is fatal.
    request.on('error', (error) => {
      failure ??= error;
    });
    try {
      const response = await responseTo(request, dialled);
      return incomingResponse(
        response,
        () => request.destroy(),
        dialled.signal,
        () => failure,
      );
    } catch (thrown) {
      dialled.signal.throwIfAborted();
      const error = socketError(thrown, false);
      // A kept socket that the server closed in the same moment: its loss says nothing. The next one is new.
      if (error.code === 'ConnectionLost' && request.reusedSocket && !closed) return send(path, dialled);
      throw error;
    }
  }

  return {
    send,
    close() {
      closed = true;
      agent.destroy();
    },
  };
}

function responseTo(request: ClientRequest, { body, signal, onConnect }: DialRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const abort = () => request.destroy(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    request.once('close', () => signal.removeEventListener('abort', abort));
    request.once('error', reject);
    request.once('response', resolve);
    // Nobody asked for another protocol. Without a listener, Node would wait for what never comes.
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      reject(new McpError('NotMCP', 'HTTP 101, a change to another protocol'));
    });
    request.once('socket', (socket: Socket) => {
      if (!socket.connecting) onConnect?.();
      else if (onConnect !== undefined) socket.once('connect', onConnect);
    });
    request.end(body);
  });
}
