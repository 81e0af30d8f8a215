import { request } from 'node:https';

/** Whom to ask, and as whom. */
export interface ProbeOptions {
  /** The authority that the server's certificate must come from, PEM. */
  readonly ca: string;
  /** The caller's certificate, PEM. Default: anonymous. */
  readonly certificate?: string | undefined;
  /** The caller's key, PEM. Default: anonymous. */
  readonly key?: string | undefined;
  /** The name that the certificate must have, where it differs from the URL's host. Default: the URL's host. */
  readonly serverName?: string | undefined;
  /** Milliseconds until it is given up. Default 5,000. */
  readonly deadlineMs?: number;
}

/** What a server answered. */
export interface ProbeAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * One GET over HTTPS, on a connection of its own.
 *
 * @throws Error when there is no answer
 */
export function probe(url: string, options: ProbeOptions): Promise<ProbeAnswer> {
  const { ca, certificate, key, serverName, deadlineMs = 5_000 } = options;
  return new Promise((resolve, reject) => {
    const call = request(url, {
      agent: false,
      ca,
      cert: certificate,
      key,
      servername: serverName,
      signal: AbortSignal.timeout(deadlineMs),
    });
    call.on('error', reject);
    call.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.end();
  });
}
