import type { Readable } from 'node:stream';
import { type Clock, sleep, systemClock } from '../../src/runtime/clock.ts';
import { ImageError } from '../image-error.ts';
import { authorize, parseChallenge } from './authorization.ts';
import type { Credentials } from './credentials.ts';
import { type Answer, type Exchange, exchange } from './exchange.ts';

/** Where to push, and as whom. */
export interface RegistryOptions {
  /** As in a reference: `ghcr.io`, `localhost:5000`, `docker.io`. */
  readonly host: string;
  /** `team/app`. */
  readonly repository: string;
  readonly credentials: Credentials | undefined;
  /** Default: never. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** One repository of a container registry (OCI distribution-spec 1.1), to be written to. */
export interface RegistryClient {
  hasBlob(digest: string): Promise<boolean>;
  /** @param open gives the content from its start, each time: an upload may have to be tried again */
  putBlob(digest: string, size: number, open: () => Readable): Promise<void>;
  /** @param name a tag or a digest */
  putManifest(name: string, mediaType: string, bytes: Buffer): Promise<void>;
}

/** How often something that may pass is tried, and how long is waited in between, in milliseconds. */
const waitsMs = [1_000, 4_000];

/**
 * A client for one repository. Loopback registries are spoken to in plain HTTP, as Docker does; all others by HTTPS.
 *
 * @throws ImageError from its methods: `Registry` with what the registry said, `Aborted`
 */
export function registryClient(options: RegistryOptions): RegistryClient {
  const { host, repository, credentials, signal, clock = systemClock } = options;
  const base = baseOf(host);
  let authorization: string | undefined;

  async function once(request: Exchange): Promise<Answer> {
    const own = request.url.host === new URL(base).host;
    // A registry may send an upload elsewhere, to a storage service: that one gets no login.
    const headers = { ...request.headers, ...(own && authorization !== undefined && { authorization }) };
    return exchange({ ...request, headers, signal });
  }

  async function patiently(request: Exchange): Promise<Answer> {
    for (const waitMs of [...waitsMs, undefined]) {
      const answer = await once(request).catch((thrown: unknown) => {
        if (signal?.aborted) throw new ImageError('Aborted', `stopped while speaking to ${host}`, { cause: thrown });
        if (!(thrown instanceof Error)) throw thrown;
        return thrown;
      });
      const passing = answer instanceof Error || answer.status === 429 || answer.status >= 500;
      if (!passing) return answer;
      if (waitMs === undefined) throw failed(request, answer);
      await sleep(clock, waitMs, signal);
    }
    throw new ImageError('Unknown', 'there is always a last attempt');
  }

  async function send(request: Exchange): Promise<Answer> {
    const answer = await patiently(request);
    const asked = answer.headers['www-authenticate'];
    if (answer.status !== 401 || asked === undefined) return answer;
    const scope = `repository:${repository}:pull,push`;
    authorization = await authorize(parseChallenge(asked), credentials, { host, scope, signal }, patiently);
    return patiently(request);
  }

  function failed({ method, url }: Exchange, answer: Answer | Error): ImageError {
    const what = `${host} cannot be pushed to: ${method} ${url.pathname}`;
    if (answer instanceof Error) return new ImageError('Registry', `${what}: ${answer.message}`, { cause: answer });
    const denied = answer.status === 401 || answer.status === 403;
    const fix = denied ? `: does this login have the right to push to ${repository}?` : '';
    return new ImageError('Registry', `${what} answered HTTP ${answer.status}${saidIn(answer.text)}${fix}`);
  }

  const path = (rest: string) => new URL(`${base}/v2/${repository}/${rest}`);
  return {
    async hasBlob(digest) {
      const request = { method: 'HEAD', url: path(`blobs/${digest}`) };
      const answer = await send(request);
      if (answer.status === 404) return false;
      if (answer.status === 200) return true;
      throw failed(request, answer);
    },
    async putBlob(digest, size, open) {
      const begin = { method: 'POST', url: path('blobs/uploads/') };
      const begun = await send(begin);
      const { location } = begun.headers;
      if (begun.status !== 202 || location === undefined) throw failed(begin, begun);
      const url = new URL(location, begin.url);
      url.searchParams.set('digest', digest);
      const headers = { 'content-type': 'application/octet-stream' };
      const request = { method: 'PUT', url, headers, body: { size, open } };
      const answer = await send(request);
      if (answer.status !== 201) throw failed(request, answer);
    },
    async putManifest(name, mediaType, bytes) {
      const headers = { 'content-type': mediaType };
      const request = { method: 'PUT', url: path(`manifests/${name}`), headers, body: bytes };
      const answer = await send(request);
      if (answer.status !== 201) throw failed(request, answer);
    },
  };
}

function baseOf(host: string): string {
  if (host === 'docker.io') return 'https://registry-1.docker.io';
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host);
  return `${isLoopback ? 'http' : 'https'}://${host}`;
}

/** The error's code and message, in the form that the specification gives them. */
function saidIn(text: string): string {
  try {
    const { errors }: { errors?: readonly { code?: string; message?: string }[] } = JSON.parse(text);
    const said = (errors ?? []).map(({ code, message }) => [code, message].filter(Boolean).join(': '));
    return said.length === 0 ? '' : ` (${said.join('; ')})`;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return '';
  }
}
