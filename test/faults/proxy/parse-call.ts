import type { Call, Verb } from './call.ts';

/** What a request looks like on the wire. */
export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly contentType?: string | undefined;
  /** Parsed, for the name of what is created. */
  readonly body?: unknown;
}

/** Subresources behind which somebody else answers. */
const passedOn: ReadonlySet<string> = new Set(['proxy', 'exec', 'attach', 'portforward', 'log']);

const verbOf: Readonly<Record<string, Verb>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/**
 * Reads a request as the API server does (its RequestInfo): `/api/v1/...` and `/apis/GROUP/VERSION/...`, then
 * `namespaces/NS` unless the Namespace itself is meant, then plural, name and subresource. A field selector on
 * `metadata.name` names the object, as it does for RBAC, and so does the `/watch/` path of old.
 */
export function parseCall(request: RawRequest): Call {
  const url = new URL(request.url, 'https://server');
  const query = Object.fromEntries(url.searchParams);
  const [group, rest] = groupAndRest(
    url.pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent),
  );
  const old = rest[0] === 'watch';
  const parts = old ? rest.slice(1) : rest;
  const [first, second, third] = parts;
  if (group === undefined || first === undefined) {
    const none = { resource: '', namespace: undefined, name: undefined, subresource: undefined };
    return { verb: 'other', ...none, path: url.pathname, query };
  }
  const isNested = first === 'namespaces' && second !== undefined && third !== undefined && !isOfNamespace(third);
  const [plural = '', name, subresource] = isNested ? parts.slice(2) : parts;
  const namespace = isNested ? second : undefined;
  const selected = /(?:^|,)metadata\.name=([^,]+)/.exec(query.fieldSelector ?? '')?.[1];
  const verb = verbFor(request, { name, subresource, watch: old || isTrue(query.watch) });
  return {
    verb,
    resource: group === '' ? plural : `${plural}.${group}`,
    namespace,
    name: name ?? selected ?? (verb === 'create' ? nameIn(request.body) : undefined),
    subresource,
    path: url.pathname,
    query,
  };
}

function groupAndRest(parts: readonly string[]): readonly [group: string | undefined, rest: readonly string[]] {
  if (parts[0] === 'api') return ['', parts.slice(2)];
  if (parts[0] === 'apis') return [parts[1], parts.slice(3)];
  return [undefined, []];
}

/** `/api/v1/namespaces/x/finalize` is about the Namespace, `/api/v1/namespaces/x/pods` about what is in it. */
function isOfNamespace(part: string): boolean {
  return part === 'status' || part === 'finalize';
}

function verbFor(
  { method, contentType = '' }: RawRequest,
  at: { readonly name: string | undefined; readonly subresource: string | undefined; readonly watch: boolean },
): Verb {
  if (at.subresource !== undefined && passedOn.has(at.subresource)) return 'other';
  if (method === 'GET') return at.watch ? 'watch' : at.name === undefined ? 'list' : 'get';
  if (method === 'PATCH' && contentType.startsWith('application/apply-patch')) return 'apply';
  if (method === 'DELETE' && at.name === undefined) return 'deletecollection';
  return verbOf[method] ?? 'other';
}

function isTrue(value: string | undefined): boolean {
  return value === 'true' || value === '1';
}

function nameIn(body: unknown): string | undefined {
  const metadata = fieldOf(body, 'metadata');
  const name = fieldOf(metadata, 'name');
  return typeof name === 'string' ? name : undefined;
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
}
