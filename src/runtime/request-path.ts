import type { Selection } from './client.ts';
import type { Resource } from './resource.ts';
import { apiVersionOf, pathOf } from './resource.ts';

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** A path with its query. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

/**
 * True for one object of a cluster-scoped resource, such as a process's own Namespace.
 *
 * A Role in a namespace can grant `get` and `watch` on that Namespace object, as the API server takes the namespace of
 * the request from its path (`/api/v1/namespaces/NAME`). It can grant neither a list nor a watch of the collection
 * with a field selector: those carry no namespace, and need a ClusterRole. So such an object is read by its own path.
 */
export function isByPath(resource: Resource, selection: Selection): boolean {
  return !resource.namespaced && selection.name !== undefined;
}

/**
 * The path and query of a collection.
 *
 * @param selection its name becomes a field selector
 */
export function collectionPath(resource: Resource, selection: Selection, query: Query): string {
  return withQuery(pathOf(resource, selection.namespace), { ...selectors(selection), ...query });
}

/**
 * The path and query of a watch.
 *
 * One cluster-scoped object has the `/watch/` path of old. It is deprecated in favour of a field selector, but the only
 * one that a Role can authorise (see `isByPath`; tried on 1.36).
 */
export function watchPath(resource: Resource, selection: Selection, query: Query): string {
  if (!isByPath(resource, selection)) return collectionPath(resource, selection, { watch: true, ...query });
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${apiVersionOf(resource)}`;
  return withQuery(`${root}/watch/${resource.plural}/${encodeURIComponent(selection.name ?? '')}`, query);
}

function selectors(selection: Selection): Query {
  return {
    labelSelector: selection.labelSelector,
    fieldSelector: selection.name === undefined ? undefined : `metadata.name=${selection.name}`,
  };
}
