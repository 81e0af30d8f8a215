import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request that changes something, as it came by. */
export interface SeenWrite {
  /** When it came, in milliseconds of this process' monotonic clock. */
  readonly at: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** What the API server answered; undefined while it has not. */
  readonly status: number | undefined;
}

/** A request, to be chosen by. */
export interface PassingRequest {
  readonly method: string;
  readonly path: string;
  readonly isWatch: boolean;
}

/** The one way from an operator to the API server: it sees what is written, and can fall silent without a word. */
export interface Link {
  /** What to give the operator as its server. Plain HTTP, on loopback. */
  readonly url: string;
  /** Every request but reads, in the order in which they came. */
  readonly writes: readonly SeenWrite[];
  /** Requests so far that began a watch of this collection. */
  watches(collection: string): number;
  /**
   * From now on what matches is never answered, watches that are open included; no connection is closed.
   *
   * @param where `request`: it does not reach the API server either; `answer`: it does, and takes effect
   */
  mute(where: 'request' | 'answer', matches: (request: PassingRequest) => boolean): void;
  /** What comes from now on passes again. What was silenced stays so. */
  unmute(): void;
  close(): Promise<void>;
}

interface Mute {
  readonly where: 'request' | 'answer';
  readonly matches: (request: PassingRequest) => boolean;
}

/**
 * Opens a link. Each operator has its own, so that a write is known to be its.
 *
 * @param target the API server's URL
 * @param ca what signed its certificate, PEM
 */
export async function openLink({ url: target, ca }: { readonly url: string; readonly ca: string }): Promise<Link> {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const writes: { at: number; method: string; path: string; status: number | undefined }[] = [];
  const watched: string[] = [];
  const open = new Set<{ readonly passing: PassingRequest; silence: () => void }>();
  let mute: Mute | undefined;

  function carry(request: IncomingMessage, response: ServerResponse): void {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', target);
    const method = request.method ?? '';
    const passing = { method, path, isWatch: searchParams.get('watch') !== null };
    const write = method === 'GET' ? undefined : { at: performance.now(), method, path, status: undefined };
    if (write !== undefined) writes.push(write);
    if (passing.isWatch) watched.push(path);
    const muted = mute?.matches(passing) === true ? mute.where : undefined;
    if (muted === 'request') return void request.resume();
    forward(request, response, { passing, silent: muted === 'answer' }, (status) => {
      if (write !== undefined) Object.assign(write, { status });
    });
  }

  function forward(
    request: IncomingMessage,
    response: ServerResponse,
    { passing, silent }: { readonly passing: PassingRequest; readonly silent: boolean },
    onStatus: (status: number) => void,
  ): void {
    let isSilent = silent;
    const entry = {
      passing,
      silence() {
        isSilent = true;
      },
    };
    open.add(entry);
    const headers = { ...request.headers, host: new URL(target).host };
    const upstream = httpsRequest(new URL(request.url ?? '/', target), { agent, method: request.method, headers });
    upstream.on('response', (answer) => {
      onStatus(answer.statusCode ?? 0);
      if (!isSilent) {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        response.flushHeaders();
      }
      answer.on('data', (chunk: Buffer) => void (isSilent || response.write(chunk)));
      answer.on('end', () => void (isSilent || response.end()));
      answer.on('error', () => response.destroy());
    });
    // The API server is away: so is the link, as far as the operator can see.
    upstream.on('error', () => void (isSilent || response.destroy()));
    response.on('close', () => {
      open.delete(entry);
      upstream.destroy();
    });
    request.pipe(upstream);
  }

  const server = createServer(carry);
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    writes,
    watches: (collection) => watched.filter((path) => path.endsWith(`/${collection}`)).length,
    mute(where, matches) {
      mute = { where, matches };
      for (const { passing, silence } of open) if (matches(passing)) silence();
    },
    unmute() {
      mute = undefined;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
      await once(server, 'close');
    },
  };
}
