import type { Clock } from './clock.ts';
import type { ObservedVersion } from './informer.ts';
import type { Key } from './object.ts';
import { compareVersions } from './resource-version.ts';

/**
 * How long to wait for a write whose version cannot be compared, in milliseconds. Its event may have come and been
 * replaced by a newer one before the answer to the write did: nothing would ever equal it.
 */
const INCOMPARABLE_WAIT_MS = 30_000;

/** Remembers what was written, until the caches have it. */
export interface Consistency {
  /**
   * A write has been answered.
   *
   * @param owner the key that is being reconciled
   * @param resource the written object's resource, as the lookup knows it (`nameOf`)
   * @param key the written object
   * @param resourceVersion the version that the API server answered with
   */
  wrote(owner: Key, resource: string, key: Key, resourceVersion: string): void;
  /** True when every write for this owner is in the caches: only then may it be decided upon from them. */
  isCurrent(owner: Key): boolean;
  /** The owner is gone. */
  forget(owner: Key): void;
  /** Owners with writes that the caches had not shown when last looked. */
  readonly size: number;
}

/** One write that the cache may not have yet. */
interface Write {
  readonly resource: string;
  readonly key: Key;
  readonly version: string;
  /** What was cached when the write was answered, for versions that cannot be compared. */
  readonly cachedThen: string | undefined;
  readonly epoch: number;
  readonly at: number;
}

/**
 * Read your own writes (the idea of KEP-5647): a cache is behind the API server by the time that an event takes, and a
 * decision from it would do again, or undo, what was just done.
 *
 * A write is seen when the cache's collection has come to its version or a newer one (KEP-5504), be it by the event
 * itself, by that of a later change or by a bookmark, so it does not matter what else happened to the object. Where
 * versions cannot be compared: when the cached object has exactly the written version, or has changed since.
 *
 * @param observed asks an informer how far it has seen; undefined when the resource is not cached, which nothing can
 *   be waited for
 */
export function createConsistency(
  clock: Clock,
  observed: (resource: string, key: Key) => ObservedVersion | undefined,
): Consistency {
  const writes = new Map<Key, Map<string, Write>>();

  function seen(write: Write): boolean {
    const now = observed(write.resource, write.key);
    if (now === undefined) return true;
    // The API server's state went back: what was written may be gone, and its version is of another history.
    if (now.epoch !== write.epoch) return true;
    if (now.object === write.version) return true;
    const order = now.collection === undefined ? undefined : compareVersions(now.collection, write.version);
    if (order !== undefined) return order >= 0;
    if (now.collection === undefined) return false;
    return now.object !== write.cachedThen || clock.monotonic() - write.at > INCOMPARABLE_WAIT_MS;
  }

  return {
    wrote(owner, resource, key, version) {
      const now = observed(resource, key);
      if (now === undefined) return;
      const write = { resource, key, version, cachedThen: now.object, epoch: now.epoch, at: clock.monotonic() };
      if (seen(write)) return;
      const mine = writes.get(owner) ?? new Map<string, Write>();
      // A later write of the same object is the newer one: it implies the earlier.
      writes.set(owner, mine.set(`${resource} ${key}`, write));
    },

    isCurrent(owner) {
      const mine = writes.get(owner);
      if (mine === undefined) return true;
      for (const [id, write] of mine) if (seen(write)) mine.delete(id);
      if (mine.size > 0) return false;
      writes.delete(owner);
      return true;
    },

    forget(owner) {
      writes.delete(owner);
    },

    get size() {
      return writes.size;
    },
  };
}
