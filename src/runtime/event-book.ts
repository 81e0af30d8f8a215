import type { Clock } from './clock.ts';
import { type EventSubject, eventMessage, type Happening } from './event-object.ts';
import { createLru } from './lru.ts';

/** What is told about events. */
export interface EventBookOptions {
  readonly clock: Clock;
  /** Events about one object that may come at once. Default 25, as client-go has it. */
  readonly burst?: number;
  /** After those, one in this many milliseconds. Default 5 minutes, as client-go has it. */
  readonly refillMs?: number;
  /** How long after its last time the same event is counted rather than told anew. Default 10 minutes. */
  readonly sameWithinMs?: number;
  /** How many events, and how many objects, are remembered. Default 4,096. */
  readonly memory?: number;
}

/** One event that was told, and how far the API server knows it. */
export interface Told {
  readonly subject: EventSubject;
  readonly happening: Happening;
  /** How often it happened. */
  count: number;
  /** Monotonic time of the last time. */
  lastAt: number;
  /** Where it is stored, once it is. */
  stored: { readonly namespace: string | undefined; readonly name: string } | undefined;
  /** It waits to be sent, or is being sent. */
  queued: boolean;
}

/** What happened, so far as it is remembered. */
export interface EventBook {
  /**
   * Notes that something happened.
   *
   * @returns the event, counted up when it is the same as before; undefined when there were too many about this object
   */
  note(subject: EventSubject, happening: Happening): Told | undefined;
}

/**
 * Puts equal events together and bounds what one object can cause, as client-go's correlator does. Its memory is
 * bounded too: what is forgotten is told anew.
 */
export function createEventBook(options: EventBookOptions): EventBook {
  const { clock, burst = 25, refillMs = 300_000, sameWithinMs = 600_000, memory = 4_096 } = options;
  const told = createLru<Told>(memory);
  const buckets = createLru<{ readonly tokens: number; readonly at: number }>(memory);

  /** A token bucket for each object. */
  function mayTell(object: string): boolean {
    const now = clock.monotonic();
    const bucket = buckets.get(object) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refillMs);
    buckets.set(object, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
    return tokens >= 1;
  }

  return {
    note(subject, original) {
      const { namespace, name, uid } = subject.metadata;
      const object = JSON.stringify([subject.resource.group, subject.resource.kind, namespace, name, uid]);
      if (!mayTell(object)) return undefined;
      const happening = { ...original, message: eventMessage(original.message) };
      const key = JSON.stringify([object, happening.type, happening.reason, happening.message]);
      const known = told.get(key);
      const lastAt = clock.monotonic();
      if (known !== undefined && lastAt - known.lastAt < sameWithinMs) {
        known.count += 1;
        known.lastAt = lastAt;
        return known;
      }
      const event = { subject, happening, count: 1, lastAt, stored: undefined, queued: false };
      told.set(key, event);
      return event;
    },
  };
}
