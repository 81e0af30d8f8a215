import type { Client, Selection, WatchEvent, WatchOptions } from '../../src/runtime/client.ts';
import { type KubeObject, keyOf } from '../../src/runtime/object.ts';
import { nameOf, type Resource } from '../../src/runtime/resource.ts';

/** Objects that informers list and watch, and that a test changes. */
export interface LiveCollections {
  readonly client: Pick<Client, 'list' | 'watch'>;
  /** Every list: `resource {selection}`. */
  readonly lists: readonly string[];
  /** Adds or changes an object (a new version is given to it), and lets the watches see it. */
  put(resource: Resource, object: KubeObject): Promise<void>;
  /** Deletes it, and lets the watches see it. */
  remove(resource: Resource, key: string): Promise<void>;
}

interface Watch {
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly events: WatchEvent<KubeObject>[];
  wake: () => void;
}

/** Collections that hold these objects at first. A namespace is the only part of a selection that counts here. */
export function createLiveCollections(initial: readonly (readonly [Resource, KubeObject])[] = []): LiveCollections {
  const objects = new Map<string, KubeObject>();
  const watches = new Set<Watch>();
  const lists: string[] = [];
  let version = 100;

  const placeOf = (resource: Resource, key: string) => `${nameOf(resource)} ${key}`;
  const keep = (resource: Resource, object: KubeObject): KubeObject => {
    version += 1;
    const kept = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    objects.set(placeOf(resource, keyOf(object)), kept);
    return kept;
  };
  for (const [resource, object] of initial) keep(resource, object);

  async function tell(resource: Resource, event: WatchEvent<KubeObject>): Promise<void> {
    for (const watch of watches) {
      const { namespace } = event.object.metadata;
      if (watch.resource !== nameOf(resource) || (watch.namespace ?? namespace) !== namespace) continue;
      watch.events.push(event);
      watch.wake();
    }
    await settled();
  }

  async function* follow(watch: Watch, signal: AbortSignal): AsyncGenerator<WatchEvent<KubeObject>> {
    watches.add(watch);
    signal.addEventListener('abort', () => watch.wake(), { once: true });
    while (!signal.aborted) {
      const event = watch.events.shift();
      if (event !== undefined) yield event;
      else await new Promise<void>((resolve) => (watch.wake = resolve));
    }
    watches.delete(watch);
  }

  return {
    lists,
    client: {
      async list<T extends KubeObject>(resource: Resource<T>, selection: Selection) {
        lists.push(`${nameOf(resource)} ${JSON.stringify(selection)}`);
        const items = [...objects]
          .filter(([place]) => place.startsWith(`${nameOf(resource)} `))
          .map(([, object]) => object as T)
          .filter(({ metadata }) => (selection.namespace ?? metadata.namespace) === metadata.namespace);
        return { items, resourceVersion: String(version), continueToken: undefined };
      },
      watch<T extends KubeObject>(resource: Resource<T>, selection: Selection, { signal, onOpen }: WatchOptions) {
        onOpen?.();
        const { namespace } = selection;
        const watch: Watch = { resource: nameOf(resource), namespace, events: [], wake: () => undefined };
        return follow(watch, signal) as AsyncIterable<WatchEvent<T>>;
      },
    },
    put(resource, object) {
      const isNew = !objects.has(placeOf(resource, keyOf(object)));
      return tell(resource, { type: isNew ? 'ADDED' : 'MODIFIED', object: keep(resource, object) });
    },
    remove(resource, key) {
      const place = placeOf(resource, key);
      const object = objects.get(place);
      if (object === undefined) throw new Error(`there is no ${place}`);
      const last = keep(resource, object);
      objects.delete(place);
      return tell(resource, { type: 'DELETED', object: last });
    },
  };
}

/** Everything that is ready has run: one turn of the event loop. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
