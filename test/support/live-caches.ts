import { type CacheOptions, type Caches, createCaches } from '../../src/controller/caches.ts';
import type { Client } from '../../src/runtime/client.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createLiveCollections, type LiveCollections } from './live-collections.ts';
import { createRecordedLog } from './recorded-log.ts';

/** The controller's real caches, synced, on collections that a test changes. */
export interface LiveCaches {
  readonly caches: Caches;
  readonly collections: LiveCollections;
  readonly clock: FakeClock;
  stop(): Promise<void>;
}

/** Caches that have seen these objects. */
export async function startCaches(
  initial: readonly (readonly [Resource, KubeObject])[] = [],
  options: Partial<CacheOptions> = {},
): Promise<LiveCaches> {
  const collections = createLiveCollections(initial);
  const clock = createFakeClock();
  const caches = createCaches({
    client: collections.client as Client,
    clock,
    log: createRecordedLog(),
    watchNamespaces: [],
    onTrouble: () => undefined,
    ...options,
  });
  const stopping = new AbortController();
  const all = Object.values(caches);
  const running = all.map((informer) => informer.start(stopping.signal));
  await Promise.all(all.map((informer) => informer.synced()));
  return {
    caches,
    collections,
    clock,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
