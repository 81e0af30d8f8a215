import type { Clock } from '../../../src/runtime/clock.ts';
import type { EventMatch } from './fault.ts';
import type { Placeholders } from './match.ts';
import { matchesEvent } from './match.ts';
import type { TraceEntry } from './trace.ts';

/** An API server that is behind for a while: what lists show, and for how long watches are silent. */
export interface Travel {
  /**
   * Goes back; a travel that is under way ends. Its time begins with the first list or watch that meets it: until then
   * an operator may have to be started.
   *
   * @param signal ends it early
   */
  begin(travel: { version: string; resources: readonly string[]; ms: number; signal: AbortSignal }): void;
  /** The version that lists of a resource show; undefined in the present. */
  versionOf(resource: string): string | undefined;
  /** Waits for the present, or for the signal. */
  present(resource: string, signal: AbortSignal): Promise<void>;
}

interface Journey {
  readonly version: string;
  readonly resources: readonly string[];
  readonly ended: Promise<void>;
  /** Starts its time, once. */
  meet(): void;
  end(): void;
}

/** In the present. */
export function createTravel(clock: Clock): Travel {
  let now: Journey | undefined;

  function met(resource: string): Journey | undefined {
    if (now === undefined) return undefined;
    if (now.resources.length > 0 && !now.resources.includes(resource)) return undefined;
    now.meet();
    return now;
  }

  return {
    begin({ version, resources, ms, signal }) {
      now?.end();
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      let cancel: (() => void) | undefined;
      const journey: Journey = {
        version,
        resources,
        ended,
        meet() {
          cancel ??= clock.after(ms, journey.end);
        },
        end() {
          cancel?.();
          signal.removeEventListener('abort', journey.end);
          if (now === journey) now = undefined;
          resolve();
        },
      };
      signal.addEventListener('abort', journey.end, { once: true });
      now = journey;
    },
    versionOf: (resource) => met(resource)?.version,
    async present(resource, signal) {
      for (let journey = met(resource); journey !== undefined && !signal.aborted; journey = met(resource)) {
        const aborted = Promise.withResolvers<void>();
        const stop = () => aborted.resolve();
        signal.addEventListener('abort', stop, { once: true });
        await Promise.race([journey.ended, aborted.promise]);
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

/**
 * The version of the n-th event that matches, in a trace. An event that the API server sent twice, to two watches,
 * counts once.
 *
 * @returns undefined when there have not been so many
 */
export function versionOfEvent(
  entries: readonly TraceEntry[],
  match: EventMatch,
  nth: number,
  placeholders: Placeholders,
): string | undefined {
  const versions = new Set<string>();
  for (const entry of entries) {
    if (entry.kind !== 'event' || entry.resourceVersion === undefined) continue;
    if (matchesEvent(match, entry, placeholders)) versions.add(entry.resourceVersion);
    if (versions.size === nth) return entry.resourceVersion;
  }
  return undefined;
}

/**
 * The URL of a list as it was at a version. Only the first page needs it: a continue token knows its version.
 */
export function olderList(url: string, version: string): string {
  const [path = '', search = ''] = url.split('?');
  const query = new URLSearchParams(search);
  if (query.has('continue')) return url;
  query.set('resourceVersion', version);
  query.set('resourceVersionMatch', 'Exact');
  return `${path}?${query}`;
}
