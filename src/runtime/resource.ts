import type { KubeObject } from './object.ts';

/** The verbs of RBAC that this runtime has a call for. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

/**
 * A kind of object on the API server, and what this process may do with it.
 *
 * The verbs are the single source of RBAC: the generated roles grant exactly these, and the client refuses every
 * other call before it is sent. So a missing right is found by the first test that needs it, not by a user.
 *
 * @typeParam T the object's type, carried for the client's and the informer's signatures
 */
export interface Resource<T extends KubeObject = KubeObject> {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Lower-case plural, as in URLs and RBAC rules. */
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** Subresources in use and their verbs, e.g. `{ status: ['patch'] }`. */
  readonly subresources?: Readonly<Record<string, readonly Verb[]>>;
  /**
   * Read only `metadata` (`PartialObjectMetadata`). Default false.
   * For Secrets this keeps every value out of the process.
   */
  readonly metadataOnly?: boolean;
  /** The only objects that are touched, by name, so that RBAC grants no others. Default: any. */
  readonly names?: readonly string[];
  /**
   * A question put as a create, such as a TokenReview: nothing is stored, so the fence lets it pass and every replica
   * may ask. Default false.
   */
  readonly isQuestion?: boolean;
  /** Carries T; never set. */
  readonly type?: T;
}

/** `group/version`, or `version` alone for the core group. */
export function apiVersionOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `plural.group`, as kubectl and RBAC messages name a resource; `plural` alone for the core group. */
export function nameOf(resource: Pick<Resource, 'group' | 'plural'>): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/**
 * The URL path of a collection or of one object.
 *
 * @param namespace undefined for all namespaces, or for a cluster-scoped resource
 * @param name undefined for the collection
 */
export function pathOf(
  resource: Pick<Resource, 'group' | 'version' | 'plural'>,
  namespace?: string,
  name?: string,
  subresource?: string,
): string {
  const root = resource.group === '' ? '/api' : `/apis/${resource.group}`;
  const parts = [root, resource.version];
  if (namespace !== undefined) parts.push('namespaces', encodeURIComponent(namespace));
  parts.push(resource.plural);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource !== undefined) parts.push(subresource);
  return parts.join('/');
}
