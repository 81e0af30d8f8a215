import type { Snapshot } from './snapshot.ts';

/**
 * A function of a snapshot, computed once for each: a snapshot never changes, and every condition asks the same questions
 * of it. Nothing is kept for longer than the snapshot is.
 *
 * @param derive pure
 */
export function oncePerSnapshot<T>(derive: (snapshot: Snapshot) => T): (snapshot: Snapshot) => T {
  const known = new WeakMap<Snapshot, { readonly value: T }>();
  return (snapshot) => {
    const found = known.get(snapshot);
    if (found !== undefined) return found.value;
    const value = derive(snapshot);
    known.set(snapshot, { value });
    return value;
  };
}
