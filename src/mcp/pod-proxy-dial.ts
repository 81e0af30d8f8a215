import { requireVerb } from '../runtime/declared-verbs.ts';
import { ApiError } from '../runtime/errors.ts';
import type { Resource, Verb } from '../runtime/resource.ts';
import { pathOf } from '../runtime/resource.ts';
import { statusError } from '../runtime/status-error.ts';
import type { ProxyAnswer, Transport } from '../runtime/transport.ts';
import type { Dial, DialRequest, DialResponse, Line } from './dial.ts';
import { excerpt } from './display-text.ts';
import { incomingResponse } from './incoming-response.ts';
import { isObject, parseJson } from './json-value.ts';
import { McpError } from './mcp-error.ts';

/**
 * The rights that the way through the API server takes. Only an operator outside the cluster goes that way, so the roles
 * of one inside need not have them: `pods/proxy` reaches every port of every pod.
 */
export const podProxies: Resource = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  verbs: [],
  subresources: { proxy: ['get', 'create', 'delete'] },
};

/** Which pod. */
export interface PodProxyTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
  /** The `Host` header: see `DirectTarget.host`. The API server passes it on. */
  readonly host: string;
}

/** RBAC's names for HTTP methods on a `proxy` subresource. */
const verbs: Readonly<Record<DialRequest['method'], Verb>> = { GET: 'get', POST: 'create', DELETE: 'delete' };

/** A Status of the API server is far smaller: more than that is the pod's. */
const STATUS_BYTES = 64 * 2 ** 10;

/**
 * Reaches a pod through the API server's pod proxy, for an operator outside the cluster. It carries MCP's headers and
 * streams answers as they come; credentials for the pod it does not carry.
 *
 * What the API server itself refuses is `ProbeError`, as it says nothing about the pod; that it cannot reach the pod is
 * `Unreachable`.
 */
export function podProxyDial(transport: Pick<Transport, 'proxy'>, target: PodProxyTarget): Dial {
  return { carriesCredentials: false, open: () => openLine(transport, target) };
}

function openLine(transport: Pick<Transport, 'proxy'>, target: PodProxyTarget): Line {
  const base = `${pathOf(podProxies, target.namespace, `${target.pod}:${target.port}`)}/proxy`;
  const open = new Set<() => void>();

  async function send(path: string, request: DialRequest, refresh = false): Promise<DialResponse> {
    const { signal } = request;
    const { response, destroy, failure } = await exchange(`${base}${path}`, request, refresh);
    open.add(destroy);
    response.once('close', () => open.delete(destroy));
    const answer = incomingResponse(response, destroy, signal, failure);
    if (!maybeStatus(answer)) return answer;

    const { bytes, complete, chunks } = await start(answer);
    const error = complete ? apiServersOwn(answer.status, bytes) : undefined;
    if (error === undefined) return { ...answer, chunks };
    if (error.code === 'Unauthorized' && !refresh) return send(path, request, true);
    throw proxyError(error);
  }

  async function exchange(path: string, request: DialRequest, refresh: boolean): Promise<ProxyAnswer> {
    const { method, body, signal, onConnect } = request;
    try {
      requireVerb(podProxies, verbs[method], 'proxy');
      const headers = { ...request.headers, host: target.host };
      return await transport.proxy({ method, path, headers, body, signal, onSend: onConnect, refresh });
    } catch (thrown) {
      signal.throwIfAborted();
      throw proxyError(ApiError.from(thrown));
    }
  }

  return {
    send: (path, request) => send(path, request),
    close() {
      for (const destroy of open) destroy();
    },
  };
}

/** Its errors are Status objects in JSON. */
function maybeStatus({ status, headers }: DialResponse): boolean {
  return status >= 400 && (headers['content-type']?.startsWith('application/json') ?? false);
}

/** A body of which the start has been read. */
interface Started {
  readonly bytes: Buffer;
  readonly complete: boolean;
  /** All of it, from the first byte. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

async function start(answer: DialResponse): Promise<Started> {
  const chunks: Uint8Array[] = [];
  const rest = answer.chunks[Symbol.asyncIterator]();
  let length = 0;
  let complete = false;
  while (!complete && length <= STATUS_BYTES) {
    const next = await rest.next();
    complete = next.done === true;
    if (next.done === true) break;
    chunks.push(next.value);
    length += next.value.length;
  }
  const bytes = Buffer.concat(chunks);
  return { bytes, complete, chunks: replay(bytes, rest) };
}

async function* replay(bytes: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield bytes;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/**
 * The error in an answer of the API server itself; undefined for a pod's. A pod that imitates one is left unjudged, which
 * gains it nothing: it could as well answer right.
 */
function apiServersOwn(status: number, body: Buffer): ApiError | undefined {
  const text = body.toString('utf8');
  const answer = parseJson(text);
  if (!isObject(answer) || answer.kind !== 'Status' || answer.apiVersion !== 'v1') return undefined;
  return statusError('the pod proxy', status, text);
}

/** How the API server begins, when the pod is at fault. What follows is Go's error. */
const TRYING = 'error trying to reach service: ';

function proxyError(error: ApiError): McpError {
  const options = { cause: error };
  const said = excerpt(error.message);
  if (!said.startsWith(TRYING)) {
    const next =
      error.code === 'Forbidden' ? 'grant get, create and delete on pods/proxy to who runs the operator' : undefined;
    return new McpError('ProbeError', `the API server's pod proxy failed: ${said}`, { ...options, next });
  }
  const why = said.slice(TRYING.length);
  if (/EOF|reset by peer|broken pipe|server closed/.test(why)) {
    return new McpError('ConnectionLost', `the connection was closed without an answer (${why})`, options);
  }
  if (/malformed HTTP/.test(why)) return new McpError('NotMCP', `something that is not HTTP (${why})`, options);
  if (/headers exceeded/.test(why)) return new McpError('TooLarge', 'headers larger than a probe accepts', options);
  return new McpError('Unreachable', why, options);
}
