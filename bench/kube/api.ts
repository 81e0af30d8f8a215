import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import type { KubeconfigContents } from '../../cluster/kubeconfig.ts';

/**
 * The least that talks to an API server: what the yardstick and the harness share. It has none of the operator's code, so
 * that what is measured does not measure itself.
 */

/** An object of Kubernetes, as far as the benchmark looks into it. */
export interface AnyObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** An answer other than success. */
export class KubeAnswerError extends Error {
  override readonly name = 'KubeAnswerError';
  /** The HTTP status. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** One API server, and one who calls it. */
export interface Api {
  /**
   * One request.
   *
   * @param body text that is sent as it is, or an object
   * @param contentType default: JSON
   * @returns the body of the answer, not parsed: most callers need nothing of it
   * @throws KubeAnswerError for an answer other than 2xx
   */
  send(method: string, path: string, body?: string | object, contentType?: string): Promise<string>;
  /** An open stream: a watch. Ends when the signal aborts. */
  stream(path: string, signal?: AbortSignal): Promise<IncomingMessage>;
  close(): void;
}

/** How many requests are under way at once, unless something else is said: as many as the operator has sockets. */
const MAX_SOCKETS = 32;

/**
 * Opens no connection yet.
 *
 * @param who where the server is, and the caller's proof
 * @param userAgent under which name the audit log has the requests
 */
export function createApi(who: KubeconfigContents, userAgent: string, maxSockets: number = MAX_SOCKETS): Api {
  const { server, ca, credentials } = who;
  const plain = server.startsWith('http:');
  const request = plain ? requestHttp : requestHttps;
  const identity = 'token' in credentials ? {} : { cert: credentials.certificate, key: credentials.key };
  const agentOf = (sockets: number) => {
    const options = { keepAlive: true, maxSockets: sockets, scheduling: 'lifo' as const };
    return plain ? new HttpAgent(options) : new HttpsAgent({ ...options, ca, ...identity });
  };
  const agents = { requests: agentOf(maxSockets), streams: agentOf(Number.POSITIVE_INFINITY) };
  const common: Readonly<Record<string, string>> = {
    accept: 'application/json',
    'user-agent': userAgent,
    ...('token' in credentials ? { authorization: `Bearer ${credentials.token}` } : {}),
  };

  function open(
    agent: HttpAgent,
    method: string,
    path: string,
    body?: string,
    contentType = 'application/json',
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const headers: Record<string, string | number> = { ...common };
    if (body !== undefined) {
      headers['content-type'] = contentType;
      headers['content-length'] = Buffer.byteLength(body);
    }
    return new Promise((resolve, reject) => {
      const call = request(`${server}${path}`, { agent, method, headers, ...(signal === undefined ? {} : { signal }) });
      call.on('error', reject);
      call.on('response', resolve);
      call.end(body);
    });
  }

  async function checked(response: IncomingMessage, what: string): Promise<IncomingMessage> {
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw new KubeAnswerError(`${what} answered ${status}: ${await textOf(response)}`, status);
  }

  return {
    async send(method, path, body, contentType) {
      const text = typeof body === 'object' ? JSON.stringify(body) : body;
      const response = await open(agents.requests, method, path, text, contentType);
      return textOf(await checked(response, `${method} ${path}`));
    },
    async stream(path, signal) {
      return checked(await open(agents.streams, 'GET', path, undefined, undefined, signal), `GET ${path}`);
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}
