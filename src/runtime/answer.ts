import type { ListPage, WatchEvent } from './client.ts';
import { ApiError } from './errors.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';
import { nameOf } from './resource.ts';

/** A list, as the API server sends it. */
export interface KubeList<T> {
  readonly kind?: string;
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: readonly T[] | null;
}

/**
 * The `Accept` header of a resource.
 *
 * For `metadataOnly` there is deliberately no second choice: a server that could not answer with metadata would send
 * the whole object, values of Secrets included; a 406 is better.
 */
export function acceptOf(resource: Resource, kind: 'PartialObjectMetadata' | 'PartialObjectMetadataList'): string {
  return resource.metadataOnly ? `application/json;as=${kind};v=v1;g=meta.k8s.io` : 'application/json';
}

/**
 * An answer's JSON.
 *
 * @param what the request, for the message
 * @throws ApiError `Malformed`; the body is not quoted, as it may hold a secret
 */
export function parseAnswer<T>(text: string, what: string): T {
  try {
    const parsed: T = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // No cause: the parser's message quotes what it stumbled over.
    throw new ApiError('Malformed', `${what}: the answer is not JSON (${text.length} characters)`);
  }
  throw new ApiError('Malformed', `${what}: the answer is not an object`);
}

/**
 * Makes sure that a `metadataOnly` resource was answered with metadata, whatever sits between us and the API server.
 *
 * @throws ApiError `Malformed`; the object must then be dropped
 */
export function requireMetadataOnly(resource: Resource, object: { readonly kind?: string | undefined }): void {
  if (!resource.metadataOnly || object.kind?.startsWith('PartialObjectMetadata') || object.kind === 'Status') return;
  throw new ApiError('Malformed', `only metadata of ${nameOf(resource)} was asked for, but a ${object.kind} came`);
}

/** A list as a page. */
export function pageOf<T>(list: KubeList<T>, what: string): ListPage<T> {
  const { resourceVersion, continue: continueToken } = list.metadata ?? {};
  if (resourceVersion === undefined) throw new ApiError('Malformed', `${what}: the answer is not a list`);
  return { items: list.items ?? [], resourceVersion, continueToken: continueToken || undefined };
}

/** "Any version" of a collection: a watch from it begins with the objects that exist. */
export const ANY_VERSION = '0';

/**
 * One object, or none, as a page. An object's own version may be older than any that can be watched from, and nothing
 * tells that of its collection, so such a page can be watched from any version only.
 */
export function pageOfOne<T extends KubeObject>(object: T | undefined): ListPage<T> {
  return { items: object === undefined ? [] : [object], resourceVersion: ANY_VERSION, continueToken: undefined };
}

/** Whether an event says that what exists has been sent (KEP-3157), and from now on comes what changes. */
export function endsInitialEvents({ type, object }: WatchEvent<KubeObject>): boolean {
  return type === 'BOOKMARK' && object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true';
}

/** An event for the cluster-scoped object `name` that was found to be gone. Its version is empty: nobody told it. */
export function goneEvent<T extends KubeObject>(name = ''): WatchEvent<T> {
  const gone: KubeObject = { metadata: { name, resourceVersion: '' } };
  return { type: 'DELETED', object: gone as T };
}
