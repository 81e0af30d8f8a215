import type { EventAction, FaultSpec, WatchAction } from '../proxy/fault.ts';
import type { FaultKind } from './plan.ts';
import { anyRequestFaults } from './request-faults.ts';
import type { EventStep, RequestStep } from './steps.ts';

/** A kind of fault with what does it. */
export interface KindOfFault {
  readonly kind: FaultKind;
  readonly faults: readonly FaultSpec[];
}

/** How long events are held, in milliseconds: longer than a small workload's reaction to them takes. */
const HELD_MS = 2_000;

/** How long a watch is silent before it breaks. One that does not break, see `deadWatch`, takes a run of a minute. */
const BLACK_HOLE_MS = 3_000;

/** How long nothing but bookmarks comes, and how often. */
export const BOOKMARKS = { ms: 3_000, everyMs: 500 } as const;

/** How many watches in a row end after their first event: each costs the second that very short watches wait. */
const SHORT_WATCHES = 3;

/** Faults of the opening of a watch, and of all of it. */
export function watchFaults({ match: { resource, name }, nth }: RequestStep): readonly KindOfFault[] {
  const match = { resource, ...(name !== undefined && { name }) };
  const whole = (kind: FaultKind, action: WatchAction): KindOfFault => ({
    kind,
    faults: [{ on: 'watch', match, nth, action }],
  });
  return [
    ...anyRequestFaults.map(({ kind, action, times }) => ({
      kind,
      faults: [
        { on: 'request' as const, match: { ...match, verb: 'watch' as const }, nth, ...(times && { times }), action },
      ],
    })),
    whole('gone-http', { do: 'expire', how: 'http' }),
    whole('gone-in-band', { do: 'expire', how: 'in-band' }),
    whole('bookmarks-only', { do: 'bookmarks-only', ...BOOKMARKS }),
    whole('one-byte-chunks', { do: 'chop', bytes: 1 }),
  ];
}

/** Faults of one event. */
export function eventFaults({ match, nth }: EventStep): readonly KindOfFault[] {
  const one = (kind: FaultKind, action: EventAction): KindOfFault => ({
    kind,
    faults: [{ on: 'event', match, nth, action }],
  });
  return [
    one('held-events', { do: 'hold', ms: HELD_MS }),
    one('duplicated', { do: 'duplicate', copies: 2 }),
    one('gone-in-band', { do: 'error', code: 410 }),
    one('watch-black-hole', { do: 'black-hole', ms: BLACK_HOLE_MS }),
    one('watch-reset', { do: 'reset', when: 'before' }),
    one('truncated-line', { do: 'truncate' }),
    one('split-utf8', { do: 'chop', bytes: 'utf8' }),
    one('one-byte-chunks', { do: 'chop', bytes: 1 }),
  ];
}

/** Not a word from this event on, and no end: the operator's own deadline has to end it, 55 s at most. */
export function deadWatch({ match, nth }: EventStep): KindOfFault {
  return { kind: 'dead-watch', faults: [{ on: 'event', match, nth, action: { do: 'black-hole', ms: null } }] };
}

/**
 * Faults of the watch that an event comes on, from its opening or after it.
 *
 * @param watches how many watches of the resource were opened until then; there is at least the one
 */
export function wholeWatchFaults({ match, nth }: EventStep, watches: number): readonly KindOfFault[] {
  const whole = { resource: match.resource };
  return [
    {
      kind: 'gone-http',
      faults: [
        { on: 'event', match, nth, action: { do: 'close', when: 'before' } },
        { on: 'watch', match: whole, nth: watches + 1, action: { do: 'expire', how: 'http' } },
      ],
    },
    {
      kind: 'close-after-event',
      faults: [{ on: 'watch', match: whole, nth: watches, times: SHORT_WATCHES, action: { do: 'close-after-event' } }],
    },
    {
      kind: 'bookmarks-only',
      faults: [{ on: 'watch', match: whole, nth: watches, action: { do: 'bookmarks-only', ...BOOKMARKS } }],
    },
  ];
}
