import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { ProxyTarget } from './proxy-contract.ts';

/** A request to be passed on. */
export interface Outgoing {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A whole answer of the API server. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The side of a proxy that the API server sees. */
export interface Upstream {
  /** @throws Error when there is no answer, or half of one */
  send(request: Outgoing): Promise<WholeAnswer>;
  /** As `send`, for an answer that goes on. Destroy it in the end. */
  open(request: Outgoing, signal: AbortSignal): Promise<IncomingMessage>;
  retarget(target: ProxyTarget): void;
  close(): void;
}

/** Headers about one connection, and those that would pack an answer that is to be read here. */
const own: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'accept-encoding',
]);

/** The headers of a request or an answer that are passed on. */
export function passedHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && !own.has(name)) passed[name] = value;
  return passed;
}

/** Opens no connection yet. Connections are kept, and trusted by the target's CA alone. */
export function createUpstream(first: ProxyTarget): Upstream {
  let target = first;
  let agent = new Agent({ keepAlive: true, ca: target.ca });

  function open({ method, url, headers, body }: Outgoing, signal?: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const call = httpsRequest(new URL(url, target.url), {
        agent,
        method,
        signal,
        headers: { ...passedHeaders(headers), ...(body.length > 0 && { 'content-length': body.length }) },
      });
      call.on('error', reject);
      call.on('response', resolve);
      call.end(body.length > 0 ? body : undefined);
    });
  }

  return {
    open,
    async send(request) {
      const answer = await open(request);
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) };
    },
    retarget(next) {
      target = next;
      agent.destroy();
      agent = new Agent({ keepAlive: true, ca: target.ca });
    },
    close: () => agent.destroy(),
  };
}
