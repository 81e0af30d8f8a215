import type { Call } from './call.ts';
import type { Difference, EventMatch, RequestMatch } from './fault.ts';
import { valueAt } from './json-pointer.ts';

/** What names in a match stand for: `$namespace` → `test-4711`. */
export type Placeholders = Readonly<Record<string, string>>;

/** A request, as far as faults look at it. */
export type MatchedRequest = Pick<Call, 'verb' | 'resource' | 'namespace' | 'name' | 'subresource'> & {
  readonly instance: string;
  readonly body: unknown;
};

/** An event, as far as faults look at it. */
export interface MatchedEvent {
  readonly resource: string;
  readonly type: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly object: unknown;
}

/** True when every field of the match holds. */
export function matchesRequest(match: RequestMatch, request: MatchedRequest, placeholders: Placeholders): boolean {
  const { verb } = match;
  if (verb !== undefined && !(typeof verb === 'string' ? verb === request.verb : verb.includes(request.verb))) {
    return false;
  }
  if (match.instance !== undefined && match.instance !== request.instance) return false;
  if (match.subresource !== undefined && match.subresource !== (request.subresource ?? '')) return false;
  return matchesObject(match, request, request.body, placeholders);
}

/** True when every field of the match holds. A match without a type holds for no bookmark. */
export function matchesEvent(match: EventMatch, event: MatchedEvent, placeholders: Placeholders): boolean {
  if (match.type === undefined ? event.type === 'BOOKMARK' : match.type !== event.type) return false;
  return matchesObject(match, event, event.object, placeholders);
}

interface ObjectMatch {
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly diff?: Difference;
}

function matchesObject(
  match: ObjectMatch,
  actual: { readonly resource: string; readonly namespace: string | undefined; readonly name: string | undefined },
  content: unknown,
  placeholders: Placeholders,
): boolean {
  const isSame = (wanted: string | undefined, found: string | undefined) =>
    wanted === undefined || (placeholders[wanted] ?? wanted) === found;
  return (
    isSame(match.resource, actual.resource) &&
    isSame(match.namespace, actual.namespace) &&
    isSame(match.name, actual.name) &&
    hasDifference(match.diff, content)
  );
}

function hasDifference(diff: Difference = {}, content: unknown): boolean {
  return Object.entries(diff).every(([pointer, wanted]) => (valueAt(content, pointer) ?? null) === wanted);
}
