import type { AnyObject } from '../kube/api.ts';
import type { EventType } from '../kube/follow.ts';

/** What is seen of one resource and what came of it. */
export interface Sight {
  readonly name: string;
  /** The resource as last seen; undefined when it is not there. */
  readonly object: AnyObject | undefined;
  /** Its children as last seen, in the order of the adapter. */
  readonly children: readonly (AnyObject | undefined)[];
}

/** Something that is waited for, of many resources. */
export interface Expectation {
  /** Resolves with the time, on the clock that was given, at which the last one came true. */
  readonly done: Promise<number>;
  /** For how many it has come true. */
  count(): number;
  /** The first few for which it has not, for messages. */
  missing(): readonly string[];
}

/** Sees everything that happens in a race, from its own watches: the one who is measured is not asked. */
export interface Tracker {
  /** @param child the index of the child; undefined for the resource itself */
  saw(type: EventType, object: AnyObject, child?: number): void;
  sight(name: string): Sight;
  /** Waits until something holds of each of these. At most one expectation a name. */
  expect(names: readonly string[], condition: (sight: Sight) => boolean): Expectation;
}

/**
 * @param childNames how each child of a resource is called, by the resource's name
 * @param now monotonic, in milliseconds
 */
export function createTracker(
  childNames: readonly ((name: string) => string)[],
  now: () => number = () => performance.now(),
): Tracker {
  interface Mutable {
    readonly name: string;
    object: AnyObject | undefined;
    readonly children: (AnyObject | undefined)[];
  }
  const sights = new Map<string, Mutable>();
  const owners: readonly Map<string, string>[] = childNames.map(() => new Map());
  const waiting = new Map<string, (sight: Sight) => void>();

  function sight(name: string): Mutable {
    let found = sights.get(name);
    if (found === undefined) {
      found = { name, object: undefined, children: childNames.map(() => undefined) };
      sights.set(name, found);
      for (const [index, nameOf] of childNames.entries()) owners[index]?.set(nameOf(name), name);
    }
    return found;
  }

  return {
    sight,
    saw(type, object, child) {
      const name = child === undefined ? object.metadata.name : owners[child]?.get(object.metadata.name);
      // Nobody's child that was asked for: the API server's own `kubernetes` Service is one.
      if (name === undefined) return;
      const entry = sight(name);
      const seen = type === 'DELETED' ? undefined : object;
      if (child === undefined) entry.object = seen;
      else entry.children[child] = seen;
      waiting.get(name)?.(entry);
    },
    expect(names, condition) {
      const pending = new Set(names);
      const { promise: done, resolve } = Promise.withResolvers<number>();
      const check = (entry: Sight) => {
        if (!condition(entry)) return;
        pending.delete(entry.name);
        waiting.delete(entry.name);
        if (pending.size === 0) resolve(now());
      };
      for (const name of names) waiting.set(name, check);
      for (const name of names) check(sight(name));
      if (names.length === 0) resolve(now());
      return { done, count: () => names.length - pending.size, missing: () => [...pending].slice(0, 3) };
    },
  };
}
