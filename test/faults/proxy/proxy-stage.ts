import type { IncomingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import { Agent, request as httpsRequest } from 'node:https';
import { after } from 'node:test';
import { createAuthority, issue } from '../../../src/runtime/certificates/certificate.ts';
import type { FaultHandler, FaultServer } from '../../support/fault-server.ts';
import { startFaultServer } from '../../support/fault-server.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { FaultProxy, FaultProxyOptions } from './proxy-contract.ts';

/** What came back of one request. */
export interface SeenAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Each piece as it arrived. */
  readonly chunks: readonly Buffer[];
}

/** One request of a plain client. */
export interface PlainRequest {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Told of each piece as it arrives. */
  readonly onChunk?: (chunk: Buffer) => void;
}

/** A proxy before a scripted server, and a client that is as plain as can be. */
export interface ProxyStage {
  readonly server: FaultServer;
  readonly proxy: FaultProxy;
  /** @throws the socket's error (`code`: ECONNRESET …) when no answer comes, or only a part of one */
  ask(path: string, request?: PlainRequest): Promise<SeenAnswer>;
}

/** Starts both; they are closed after the test. */
export async function createProxyStage(
  handler: FaultHandler,
  options: Partial<FaultProxyOptions> = {},
): Promise<ProxyStage> {
  const { server, ca } = await startSecureServer(handler);
  const proxy = await startFaultProxy({ target: { url: server.url.origin, ca }, ...options });
  after(() => proxy.close());
  const agent = new Agent({ keepAlive: true });
  after(() => agent.destroy());
  return {
    server,
    proxy,
    ask: (path, request) => ask({ agent, ca: proxy.ca }, new URL(path, proxy.url), request),
  };
}

/** A scripted server with a certificate. */
export async function startSecureServer(handler: FaultHandler): Promise<{ server: FaultServer; ca: string }> {
  const now = Date.now();
  const authority = createAuthority('server-ca', now);
  const { certificate: cert, key } = issue(authority, { commonName: 'server', addresses: ['127.0.0.1'] }, now);
  return { server: await startFaultServer({ handler, tls: { cert, key } }), ca: authority.certificate };
}

function ask(
  tls: RequestOptions,
  url: URL,
  { method = 'GET', body, headers, signal, onChunk }: PlainRequest = {},
): Promise<SeenAnswer> {
  return new Promise((resolve, reject) => {
    const call = httpsRequest(url, { ...tls, method, headers: { ...headers }, signal });
    call.on('error', reject);
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        onChunk?.(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text, chunks });
      });
    });
    call.end(body);
  });
}
