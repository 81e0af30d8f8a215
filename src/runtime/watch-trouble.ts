import type { Selection } from './client.ts';
import { ApiError } from './errors.ts';
import type { Resource } from './resource.ts';
import { apiVersionOf, nameOf } from './resource.ts';

/**
 * Why a resource cannot be watched, in words that tell what to do about it.
 *
 * @param error what the list or the watch failed with
 * @returns an error of the same code, with the original as its cause
 */
export function watchTrouble(resource: Resource, selection: Selection, error: ApiError): ApiError {
  const { status, reason, retryAfterMs } = error;
  return new ApiError(
    error.code,
    `cannot watch ${placeOf(resource, selection)}: ${explain(resource, selection, error)}`,
    {
      cause: error,
      ...(status !== undefined && { status }),
      ...(reason !== undefined && { reason }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  );
}

/** A resource and the part of it that is watched: `pods in namespace x`. */
export function placeOf(resource: Resource, selection: Selection): string {
  if (selection.name !== undefined) {
    const where = selection.namespace === undefined ? '' : `${selection.namespace}/`;
    return `${nameOf(resource)} ${where}${selection.name}`;
  }
  return selection.namespace === undefined
    ? nameOf(resource)
    : `${nameOf(resource)} in namespace ${selection.namespace}`;
}

function explain(resource: Resource, selection: Selection, error: ApiError): string {
  switch (error.code) {
    case 'NotFound':
      return resource.group === ''
        ? `the API server does not serve ${apiVersionOf(resource)} (${error.message})`
        : `the API server does not serve ${nameOf(resource)} in ${apiVersionOf(resource)}: install its CustomResourceDefinition; watching begins by itself`;
    case 'Forbidden': {
      const kind = selection.namespace === undefined && selection.name === undefined ? 'ClusterRole' : 'Role';
      return `${error.message}; grant ${resource.verbs.join(', ')} on ${nameOf(resource)} in a ${kind}; watching begins by itself`;
    }
    case 'Unauthorized':
      return `the API server does not accept the credentials (${error.message}); they are read again before each attempt`;
    default:
      return error.message;
  }
}
