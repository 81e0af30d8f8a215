import { ApiError } from './errors.ts';
import type { Resource, Verb } from './resource.ts';
import { nameOf } from './resource.ts';

/**
 * Refuses a call that the resource does not declare. The roles are generated from the declared verbs, so such a call
 * would be a 403 on somebody's cluster; here it fails in the first test that makes it.
 *
 * @throws ApiError `NotDeclared`, naming verb, resource and subresource
 */
export function requireVerb(resource: Resource, verb: Verb, subresource?: string): void {
  const declared = subresource === undefined ? resource.verbs : resource.subresources?.[subresource];
  if (declared?.includes(verb)) return;
  const name = subresource === undefined ? nameOf(resource) : `${nameOf(resource)}/${subresource}`;
  throw new ApiError('NotDeclared', `${verb} of ${name} is not declared: add it to the resource's verbs`);
}
