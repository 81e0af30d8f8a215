import type { Difference, EventMatch, RequestMatch } from '../proxy/fault.ts';
import { valueAt } from '../proxy/json-pointer.ts';
import type { EventEntry, Recording, RequestEntry } from '../proxy/trace.ts';
import type { Reference } from './reference.ts';

/** One thing that happens in both runs of a reference, in a form that finds it again in a third. */
interface Step<Entry, Match> {
  /** With `nth`: the trigger of a fault. */
  readonly match: Match;
  /** Which of those that match, from 1. */
  readonly nth: number;
  /** How it went in the first run. */
  readonly entry: Entry;
}

export type RequestStep = Step<
  RequestEntry,
  RequestMatch & { readonly verb: RequestEntry['verb']; readonly resource: string }
>;
export type EventStep = Step<EventEntry, EventMatch & { readonly type: NonNullable<EventMatch['type']> }>;

/** What happens in the runs of a workload, in the order of the first run. */
export interface Steps {
  readonly requests: readonly RequestStep[];
  readonly events: readonly EventStep[];
}

/** Counts the changes of an object's spec. */
export const GENERATION = '/metadata/generation';

/** Not the workload's: a lease is renewed by time, and what goes on to pods is not for the API server. */
const ignored: ReadonlySet<string> = new Set(['leases.coordination.k8s.io', '']);

/**
 * Finds what two runs have in common. A resource whose objects are named by chance, such as pods, is matched without
 * names; what happens more often in one run than in the other counts as often as in both. Changes of an object are
 * counted for each of its generations: how often its status changes depends on the time that things take.
 */
export function commonSteps({ runs }: Reference): Steps {
  const [first, second] = bothSteps(runs);
  return { requests: inBoth(first.requests, second.requests), events: inBoth(first.events, second.events) };
}

/** As `commonSteps`, with the requests that only one of the runs has. */
export function allSteps({ runs }: Reference): Steps {
  const [first, second] = bothSteps(runs);
  const common = new Set(inBoth(second.requests, first.requests));
  const requests = [...first.requests, ...second.requests.filter((step) => !common.has(step))];
  return { requests, events: inBoth(first.events, second.events) };
}

/**
 * True for what is the same in every run: of changes the first in each generation, and all of an object that has no
 * generations and no status that moves, such as a Service.
 */
export function isSteady({ match, nth }: EventStep): boolean {
  if (match.type !== 'MODIFIED' || nth === 1) return true;
  return match.name !== undefined && match.diff === undefined;
}

function bothSteps(runs: Reference['runs']): readonly [Steps, Steps] {
  const masked = namedByChance(runs);
  return [stepsOf(runs[0], masked), stepsOf(runs[1], masked)];
}

/** How often each request of one run was made; see `RequestStep.nth`. */
export function countOf(recording: Recording, matches: (entry: RequestEntry) => boolean): number {
  return recording.entries.filter((entry) => entry.kind === 'request' && matches(entry)).length;
}

function stepsOf({ entries, placeholders }: Recording, masked: ReadonlySet<string>): Steps {
  const counts = new Map<string, number>();
  const next = (match: object) => {
    const key = JSON.stringify(match);
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    return nth;
  };
  const nameOf = (entry: RequestEntry | EventEntry) => {
    const name = masked.has(entry.resource) ? undefined : entry.name;
    return name === undefined ? {} : { name: placeholderOf(name, placeholders) };
  };
  const requests: RequestStep[] = [];
  const events: EventStep[] = [];
  for (const entry of entries) {
    if (entry.kind !== 'request' && entry.kind !== 'event') continue;
    if (ignored.has(entry.resource)) continue;
    if (entry.kind === 'request') {
      if (entry.verb === 'other') continue;
      const { verb, resource, subresource = '' } = entry;
      const match = { verb, resource, subresource, ...nameOf(entry) };
      requests.push({ match, nth: next(match), entry });
    } else if (isChange(entry.type)) {
      const named = nameOf(entry);
      const generation = 'name' in named && entry.type === 'MODIFIED' ? generationOf(entry.object) : {};
      const match = { type: entry.type, resource: entry.resource, ...named, ...generation };
      events.push({ match, nth: next(match), entry });
    }
  }
  return { requests, events };
}

function generationOf(object: unknown): { readonly diff?: Difference } {
  const generation = valueAt(object, GENERATION);
  return typeof generation === 'number' ? { diff: { [GENERATION]: generation } } : {};
}

function isChange(type: string): type is 'ADDED' | 'MODIFIED' | 'DELETED' {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED';
}

function inBoth<S extends { readonly match: object; readonly nth: number }>(
  first: readonly S[],
  second: readonly S[],
): S[] {
  const keyOf = ({ match, nth }: S) => JSON.stringify([match, nth]);
  const there = new Set(second.map(keyOf));
  return first.filter((step) => there.has(keyOf(step)));
}

/** Resources of which one run names an object that the other does not. */
function namedByChance(runs: readonly Recording[]): ReadonlySet<string> {
  const named = runs.map(({ entries, placeholders }) => {
    const names = new Map<string, Set<string>>();
    for (const entry of entries) {
      if ((entry.kind !== 'request' && entry.kind !== 'event') || entry.name === undefined) continue;
      const known = names.get(entry.resource) ?? new Set();
      names.set(entry.resource, known.add(placeholderOf(entry.name, placeholders)));
    }
    return names;
  });
  const resources = new Set(named.flatMap((names) => [...names.keys()]));
  return new Set([...resources].filter((resource) => differ(named.map((names) => names.get(resource)))));
}

function differ([a = new Set(), b = new Set()]: readonly (ReadonlySet<string> | undefined)[]): boolean {
  return a.symmetricDifference(b).size > 0;
}

function placeholderOf(name: string, placeholders: Readonly<Record<string, string>>): string {
  return Object.keys(placeholders).find((placeholder) => placeholders[placeholder] === name) ?? name;
}
