/** A map that forgets what was not used for the longest time once it is full. */
export interface Lru<V> {
  /** The value, which is now the most recently used one. */
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  size(): number;
}

/** @param capacity how many entries it holds at most */
export function createLru<V>(capacity: number): Lru<V> {
  // A Map iterates in the order of insertion, so inserting anew at each use keeps the oldest in front.
  const entries = new Map<string, V>();
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size <= capacity) return;
      const oldest = entries.keys().next();
      if (!oldest.done) entries.delete(oldest.value);
    },
    delete(key) {
      entries.delete(key);
    },
    size: () => entries.size,
  };
}
