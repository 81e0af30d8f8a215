import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { startLoopbackServer } from './loopback-server.ts';

/** How a registry behaves. */
export interface FakeRegistryOptions {
  /** What it asks a client for. Default: nothing. */
  readonly login?: 'basic' | 'bearer';
  /** The login that is right. Default `robot:secret`. */
  readonly right?: string;
  /** Called before a request is answered; what it returns is the status instead, with its body. */
  readonly fail?: (request: IncomingMessage) => { readonly status: number; readonly body?: string } | undefined;
}

/** A container registry as small as the tests need it; the real one is in test/integration. */
export interface FakeRegistry {
  /** `127.0.0.1:…`, which a reference may begin with. */
  readonly host: string;
  /** Method and path of each request, without the query. */
  readonly requests: readonly string[];
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** By tag and by digest. */
  readonly manifests: ReadonlyMap<string, { readonly mediaType: string; readonly bytes: Buffer }>;
  /** The scopes that tokens were asked for. */
  readonly scopes: readonly string[];
}

const token = 'a-token-of-the-registry';

/** Starts a registry on loopback, for as long as the test or suite runs. */
export async function startFakeRegistry(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
  const requests: string[] = [];
  const scopes: string[] = [];
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, { mediaType: string; bytes: Buffer }>();
  const right = `Basic ${Buffer.from(options.right ?? 'robot:secret').toString('base64')}`;
  let host = '';

  function isAllowed({ headers }: IncomingMessage): boolean {
    if (options.login === undefined) return true;
    return headers.authorization === (options.login === 'basic' ? right : `Bearer ${token}`);
  }

  function giveToken(request: IncomingMessage, url: URL, body: Buffer, response: ServerResponse): void {
    const form = new URLSearchParams(body.toString());
    scopes.push(url.searchParams.get('scope') ?? form.get('scope') ?? '');
    const known = request.headers.authorization === right || form.get('refresh_token') === 'an-identity-token';
    response.writeHead(known ? 200 : 401).end(JSON.stringify(known ? { token } : {}));
  }

  function answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', `http://${host}`);
    requests.push(`${request.method} ${url.pathname}`);
    const failure = options.fail?.(request);
    if (failure !== undefined) return void response.writeHead(failure.status).end(failure.body);
    if (url.pathname === '/token') return void giveToken(request, url, body, response);
    if (!isAllowed(request)) {
      const bearer = `Bearer realm="http://${host}/token",service="fake"`;
      const asks = options.login === 'basic' ? 'Basic realm="fake"' : bearer;
      return void response.writeHead(401, { 'www-authenticate': asks }).end();
    }
    const [, kind, name = ''] = /\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
    if (request.method === 'HEAD') return void response.writeHead(blobs.has(name) ? 200 : 404).end();
    if (request.method === 'POST') {
      // Relative, and with a query of its own, as real ones have it.
      return void response.writeHead(202, { location: `/v2/up/blobs/uploads/1?state=x` }).end();
    }
    const digest = url.searchParams.get('digest') ?? name;
    if (request.headers['content-length'] === undefined) return void response.writeHead(411).end();
    if (kind === 'blobs') {
      const actual = `sha256:${createHash('sha256').update(body).digest('hex')}`;
      if (actual !== digest || url.searchParams.get('state') !== 'x') return void response.writeHead(400).end();
      blobs.set(digest, body);
    } else {
      manifests.set(name, { mediaType: request.headers['content-type'] ?? '', bytes: body });
    }
    response.writeHead(201).end();
  }

  const server = await startLoopbackServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, Buffer.concat(chunks), response));
  });
  host = `127.0.0.1:${server.port}`;
  return { host, requests, blobs, manifests, scopes };
}
