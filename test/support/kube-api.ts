import type { IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';

/** Where an API server is, and who asks. */
export interface KubeApiOptions {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly credentials: { readonly certificate: string; readonly key: string } | { readonly token: string };
  /** Keeps connections, for programs that ask often. Default: a new connection for each request. */
  readonly agent?: Agent;
}

/** What the API server answered. */
export interface KubeAnswer {
  readonly status: number;
  /** The parsed body; its text when it is not JSON. */
  readonly body: unknown;
  /** What it warns of (RFC 7234 `Warning` headers): their texts. */
  readonly warnings: readonly string[];
}

/**
 * One request to an API server, as plain as can be: tests check the operator's client with it, so it shares none of
 * the operator's code.
 *
 * @param path e.g. `/api/v1/namespaces`
 * @param body sent as JSON
 * @param contentType default: JSON, or a JSON merge patch for PATCH
 * @throws Error when there is no answer; any status is an answer
 */
export function kubeRequest(
  options: KubeApiOptions,
  method: string,
  path: string,
  body?: unknown,
  contentType?: string,
): Promise<KubeAnswer> {
  const { url, ca, credentials, agent = false } = options;
  const headers: Record<string, string> = { accept: 'application/json' };
  if ('token' in credentials) headers.authorization = `Bearer ${credentials.token}`;
  const sent = body === undefined ? undefined : JSON.stringify(body);
  if (sent !== undefined) {
    // Node frames no body of a DELETE by itself, and on a kept connection that is the end of the next request.
    headers['content-length'] = String(Buffer.byteLength(sent));
    headers['content-type'] = contentType ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
  }
  const identity = 'token' in credentials ? {} : { cert: credentials.certificate, key: credentials.key };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(30_000);
    const call = request(new URL(path, url), { agent, method, ca, headers, signal, ...identity });
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: parsed(text), warnings: warningsIn(response) }),
      );
    });
    call.end(sent);
  });
}

function warningsIn({ headersDistinct }: IncomingMessage): readonly string[] {
  return (headersDistinct.warning ?? []).flatMap((line) =>
    [...line.matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)].map(([, quoted = '""']) => JSON.parse(quoted)),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return text;
    throw thrown;
  }
}
