import { ApiError } from './errors.ts';
import type { Key, KubeObject } from './object.ts';
import { keyOf } from './object.ts';
import { shared } from './share.ts';

/** The values under which an object is found; none leaves it out of that index. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** Objects by key and by index, for reading. Everything in it is frozen: share it, never copy it. */
export interface Store<T extends KubeObject> {
  readonly size: number;
  get(key: Key): T | undefined;
  has(key: Key): boolean;
  list(): readonly T[];
  keys(): IterableIterator<Key>;
  /**
   * The objects that an index has under a value, in no order.
   *
   * @throws ApiError `Unknown` for an index that was not declared: a typing error, not an empty result
   */
  byIndex(index: string, value: string): readonly T[];
}

/** The same, for the informer that fills it. */
export interface WritableStore<T extends KubeObject> extends Store<T> {
  /** Takes an object as it came. @returns it as stored: reduced and frozen */
  set(object: T): T;
  delete(key: Key): void;
}

/** How a store reduces and finds its objects. */
export interface StoreOptions<T extends KubeObject> {
  /**
   * Keeps only what is used, as every field of every object is memory. The metadata's namespace, name, uid and
   * resourceVersion must stay. Default: everything but `managedFields` stays.
   */
  readonly project?: ((object: T) => T) | undefined;
  /** Default: none. */
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>> | undefined;
}

/** An empty store. */
export function createStore<T extends KubeObject>(options: StoreOptions<T> = {}): WritableStore<T> {
  const { project, indexes = {} } = options;
  const objects = new Map<Key, T>();
  /** The object that was stored last: what is equal in the next is shared with it. */
  let latest: T | undefined;
  const indexed = new Map(Object.keys(indexes).map((name) => [name, new Map<string, Set<Key>>()]));

  function indexOf(name: string): Map<string, Set<Key>> {
    const index = indexed.get(name);
    if (index === undefined) throw new ApiError('Unknown', `there is no index ${name}: declare it with the informer`);
    return index;
  }

  function unindex(key: Key, object: T): void {
    for (const [name, valuesOf] of Object.entries(indexes)) {
      const index = indexOf(name);
      for (const value of valuesOf(object)) {
        const keys = index.get(value);
        keys?.delete(key);
        if (keys?.size === 0) index.delete(value);
      }
    }
  }

  return {
    get size() {
      return objects.size;
    },
    get: (key) => objects.get(key),
    has: (key) => objects.has(key),
    list: () => [...objects.values()],
    keys: () => objects.keys(),

    byIndex(name, value) {
      const found: T[] = [];
      for (const key of indexOf(name).get(value) ?? []) {
        const object = objects.get(key);
        if (object !== undefined) found.push(object);
      }
      return found;
    },

    set(object) {
      // Everything that is not ours runs before anything changes, so that what throws leaves the store whole.
      const reduced = reduce(object, project);
      const key = keyOf(reduced);
      const before = objects.get(key);
      const stored = freeze(shared(reduced, before ?? latest));
      const values = Object.entries(indexes).map(([name, valuesOf]) => [indexOf(name), valuesOf(stored)] as const);

      if (before !== undefined) unindex(key, before);
      objects.set(key, stored);
      latest = stored;
      for (const [index, found] of values) {
        for (const value of found) {
          const keys = index.get(value);
          if (keys === undefined) index.set(value, new Set([key]));
          else keys.add(key);
        }
      }
      return stored;
    },

    delete(key) {
      const object = objects.get(key);
      if (object === undefined) return;
      unindex(key, object);
      objects.delete(key);
    },
  };
}

/** `managedFields` is often half of an object, and only the API server reads it. */
function reduce<T extends KubeObject>(object: T, project: ((object: T) => T) | undefined): T {
  let reduced = object;
  if ('managedFields' in object.metadata) {
    // A copy without it, not `delete`: that would turn the metadata into a slow dictionary.
    const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { managedFields: unknown };
    reduced = { ...object, metadata };
  }
  if (project === undefined) return reduced;
  const projected = project(reduced);
  const { name, namespace, resourceVersion } = projected.metadata;
  const { metadata } = object;
  if (name !== metadata.name || namespace !== metadata.namespace || resourceVersion !== metadata.resourceVersion) {
    throw new ApiError('Unknown', `the projection of ${keyOf(object)} lost its name, namespace or resourceVersion`);
  }
  return projected;
}

/** Deeply: a caller that changes a cached object changes what everybody sees, and finds out at once. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
  return value;
}
