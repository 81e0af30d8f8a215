import type { EventAction, FaultSpec, RequestAction, WatchAction } from './fault.ts';
import type { MatchedEvent, MatchedRequest, Placeholders } from './match.ts';
import { matchesEvent, matchesRequest } from './match.ts';
import type { InjectedFault } from './proxy-contract.ts';

/** A fault whose moment has come. */
export interface Armed<Action> {
  /** In the order of `inject`, from 1. */
  readonly number: number;
  readonly spec: FaultSpec;
  readonly action: Action;
  /** Aborted when the fault is removed: what it holds then goes on. */
  readonly removed: AbortSignal;
  /** To be called when it is done. */
  fire(): void;
}

/** What a request may be met with. A watch can be met as a request or as a watch. */
export type ArmedRequest =
  | { readonly on: 'request'; readonly armed: Armed<RequestAction> }
  | { readonly on: 'watch'; readonly armed: Armed<WatchAction> };

/** The faults of a proxy, and how often each has met what it waits for. */
export interface Armory {
  inject(spec: FaultSpec): InjectedFault;
  clear(): void;
  /** Counts the request for every fault. @returns the first fault whose turn it is */
  request(request: MatchedRequest): ArmedRequest | undefined;
  /** As `request`, for a watch event. */
  event(event: MatchedEvent): Armed<EventAction> | undefined;
}

interface Waiting {
  readonly number: number;
  readonly spec: FaultSpec;
  readonly removal: AbortController;
  readonly fire: () => void;
  met: number;
}

/**
 * No faults yet.
 *
 * @throws RangeError from `inject` when `nth` or `times` is not a whole number from 1: such a fault never comes
 */
export function createArmory(placeholders: Placeholders): Armory {
  const waiting = new Set<Waiting>();
  let injected = 0;

  function inject(spec: FaultSpec): InjectedFault {
    requireCount('nth', spec.nth);
    if (spec.times !== undefined && spec.times !== null) requireCount('times', spec.times);
    const { promise, resolve } = Promise.withResolvers<void>();
    let fired = 0;
    const fire = () => {
      fired++;
      resolve();
    };
    const one: Waiting = { number: ++injected, spec, removal: new AbortController(), fire, met: 0 };
    waiting.add(one);
    return {
      spec,
      get fired() {
        return fired;
      },
      firstFired: promise,
      remove: () => remove(one),
    };
  }

  function remove(one: Waiting): void {
    waiting.delete(one);
    one.removal.abort();
  }

  /** Counts for every fault that matches, and gives those whose turn it is. */
  function meet(matches: (spec: FaultSpec) => boolean): Waiting | undefined {
    const due = [...waiting].filter((one) => {
      if (!matches(one.spec)) return false;
      one.met++;
      const { nth, times = 1 } = one.spec;
      return one.met >= nth && (times === null || one.met < nth + times);
    });
    return due[0];
  }

  return {
    inject,
    clear() {
      for (const one of [...waiting]) remove(one);
    },
    request(request) {
      const one = meet((spec) => {
        if (spec.on === 'event') return false;
        const match = spec.on === 'watch' ? { ...spec.match, verb: 'watch' as const } : spec.match;
        return matchesRequest(match, request, placeholders);
      });
      if (one === undefined || one.spec.on === 'event') return undefined;
      return one.spec.on === 'request'
        ? { on: 'request', armed: armed(one, one.spec.action) }
        : { on: 'watch', armed: armed(one, one.spec.action) };
    },
    event(event) {
      const one = meet((spec) => spec.on === 'event' && matchesEvent(spec.match, event, placeholders));
      return one?.spec.on === 'event' ? armed(one, one.spec.action) : undefined;
    },
  };
}

function armed<Action>({ number, spec, removal, fire }: Waiting, action: Action): Armed<Action> {
  return { number, spec, action, removed: removal.signal, fire };
}

function requireCount(field: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new RangeError(`a fault's ${field} is ${value}: count from 1`);
}
