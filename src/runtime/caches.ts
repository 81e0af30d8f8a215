import type { Clock } from './clock.ts';
import type { Component } from './component.ts';
import type { Check } from './health.ts';
import type { Informer } from './informer.ts';
import type { KubeObject } from './object.ts';
import { redact } from './redact.ts';
import { nameOf, type Resource } from './resource.ts';

/** The part of an informer that starting, stopping and health need, whatever its objects are. */
export type AnyInformer = Pick<Informer<KubeObject>, 'start' | 'synced' | 'hasSynced' | 'lastHeard' | 'resource'>;

/** All informers as one component: started together, up when all are synced. */
export function createCaches(informers: readonly AnyInformer[]): Component {
  const stopping = new AbortController();
  const watching: Promise<void>[] = [];
  return {
    name: 'caches',
    async start(signal) {
      signal.addEventListener('abort', () => stopping.abort(), { once: true });
      for (const informer of informers) watching.push(informer.start(stopping.signal));
      await Promise.all(informers.map((informer) => informer.synced()));
    },
    async stop() {
      stopping.abort();
      await Promise.all(watching);
    },
  };
}

/**
 * A readiness check: every cache has seen everything that existed at the start. Names those that have not.
 *
 * @param troubleOf why a resource cannot be watched, as its informer told it. Of several the first is told, as they
 *   mostly have one cause. Default: nothing is known
 */
export function checkSynced(
  informers: readonly AnyInformer[],
  troubleOf: (resource: Resource) => Error | undefined = () => undefined,
): Check {
  return () => {
    const missing = informers.filter((informer) => !informer.hasSynced()).map(({ resource }) => resource);
    if (missing.length === 0) return undefined;
    const [trouble, ...more] = missing.flatMap((resource) => troubleOf(resource) ?? []);
    const others = more.length === 0 ? '' : ` (and ${more.length} more of the like: see the log)`;
    const why = trouble === undefined ? '' : `: ${redact(trouble.message)}${others}`;
    return `waiting for the list of ${missing.map(nameOf).join(', ')}${why}`;
  };
}

/**
 * A liveness check: a watch that has heard nothing for too long, not even a bookmark, has died without noticing.
 *
 * @param limitMs default 15 minutes; a watch ends by itself after less than that. An API server that is away for longer
 *   costs one restart: after it the caches are not synced, and then this check holds its peace
 */
export function checkWatches(informers: readonly AnyInformer[], clock: Clock, limitMs = 900_000): Check {
  return () => {
    const now = clock.monotonic();
    const silent = informers.filter((informer) => informer.hasSynced() && now - informer.lastHeard() > limitMs);
    if (silent.length === 0) return undefined;
    const names = silent.map(({ resource }) => nameOf(resource)).join(', ');
    return `nothing was heard about ${names} for more than ${limitMs / 60_000} minutes`;
  };
}
