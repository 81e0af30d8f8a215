import type { Client, Selection } from './client.ts';
import type { Clock } from './clock.ts';
import { ApiError } from './errors.ts';
import type { Logger } from './log.ts';
import type { Fields } from './log-fields.ts';
import type { Key, KubeObject } from './object.ts';
import { keyOf, splitKey } from './object.ts';
import type { Reflector, ReflectorSink } from './reflector.ts';
import { createReflector } from './reflector.ts';
import type { Resource } from './resource.ts';
import { nameOf } from './resource.ts';
import { supersedes } from './resource-version.ts';
import type { IndexFunction, Store } from './store.ts';
import { createStore } from './store.ts';
import { placeOf, watchTrouble } from './watch-trouble.ts';

/**
 * What happened to an object. `sync`: it was there when the informer started, or when the listener joined; the other
 * three are changes since.
 */
export type ChangeKind = 'sync' | 'add' | 'update' | 'delete';

/** Told of every change, after the cache has it. `before` is undefined for `sync` and `add`, `after` for `delete`. */
export type ChangeListener<T> = (key: Key, before: T | undefined, after: T | undefined, kind: ChangeKind) => void;

/** How far an informer has seen, for read-your-writes. */
export interface ObservedVersion {
  /** Version of the cached object; undefined when it is not in the cache. */
  readonly object: string | undefined;
  /** The newest version that was seen of the collection which the object belongs to; undefined before the first list. */
  readonly collection: string | undefined;
  /** Changes when versions began anew (the API server's state went back): older ones then mean nothing. */
  readonly epoch: number;
}

/** What an informer is made of. */
export interface InformerOptions<T extends KubeObject> {
  readonly client: Pick<Client, 'list' | 'watch'>;
  readonly resource: Resource<T>;
  /** One watch each; they must not overlap. Default: one for everything. */
  readonly selections?: readonly Selection[];
  /** Applies to every selection that has none of its own. Default: none. */
  readonly labelSelector?: string;
  /** See `StoreOptions.project`. */
  readonly project?: (object: T) => T;
  /** See `Store.byIndex`. Default: none. */
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** See `ReflectorOptions.streams`. Default false. */
  readonly streams?: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  /** Uniform in [0, 1), for jitter. Default Math.random. */
  readonly random?: () => number;
  /**
   * Told when watching fails, in words for people, and with undefined when it works again. One failure that the next
   * attempt mends is not told. Default: only the log knows.
   */
  readonly onTrouble?: (error: ApiError | undefined) => void;
}

/** A cache of a resource that follows the API server. */
export interface Informer<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly store: Store<T>;
  /** Begins to list and watch; to be called once. @returns when everything has ended after the signal; never rejects */
  start(signal: AbortSignal): Promise<void>;
  /** True when everything that existed at the start is in the cache. Stays true. */
  hasSynced(): boolean;
  /** Waits for it. @throws ApiError `Aborted` when the informer is stopped before */
  synced(): Promise<void>;
  /**
   * Adds a listener; it is at once told of what is in the cache, as `sync`. It must be quick: it is called from the
   * watch. What it throws is logged and goes no further.
   *
   * @returns a function that removes it
   */
  onChange(listener: ChangeListener<T>): () => void;
  /** When the server last said something on the quietest of the watches, in monotonic milliseconds. */
  lastHeard(): number;
  observedVersion(key: Key): ObservedVersion;
}

/** A second failure within this many milliseconds is no coincidence. */
const AGAIN_MS = 60_000;

const NEVER = Number.NEGATIVE_INFINITY;

/** Sends nothing before `start`. */
export function createInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  const { client, resource, clock, random = Math.random, onTrouble, streams = false } = options;
  const log = options.log.with({ resource: nameOf(resource) });
  const store = createStore<T>(options);
  const listeners = new Set<ChangeListener<T>>();
  const waiting = new Set<{ readonly resolve: () => void; readonly reject: (error: ApiError) => void }>();
  const troubles = new Map<Loop, ApiError>();
  const loops = (options.selections ?? [{}]).map((selection) =>
    createLoop({ ...selection, labelSelector: selection.labelSelector ?? options.labelSelector }),
  );

  function createLoop(selection: Selection): Loop {
    const loop: Loop = { selection, reflector: undefined, listed: false, heardAt: clock.monotonic(), failedAt: NEVER };
    loop.reflector = createReflector({ client, resource, selection, clock, random, streams, sink: sinkOf(loop) });
    return loop;
  }

  function sinkOf(loop: Loop): ReflectorSink<T> {
    return {
      put(object, rewound) {
        const before = store.get(keyOf(object));
        const isNew = supersedes(object.metadata.resourceVersion, before?.metadata.resourceVersion);
        if (before !== undefined && !isNew && !rewound) return;
        const after = store.set(object);
        notify(keyOf(after), before, after, before !== undefined ? 'update' : loop.listed ? 'add' : 'sync');
      },
      remove(key, version) {
        const before = store.get(key);
        if (before === undefined || !supersedes(version, before.metadata.resourceVersion)) return;
        store.delete(key);
        notify(key, before, undefined, 'delete');
      },
      *keys() {
        for (const key of store.keys()) if (covers(loop.selection, key)) yield key;
      },
      listed() {
        if (loop.listed) return;
        loop.listed = true;
        if (!hasSynced()) return;
        for (const waiter of waiting) waiter.resolve();
        waiting.clear();
      },
      heard() {
        loop.heardAt = clock.monotonic();
      },
      failed: (error) => failed(loop, error),
      healed: () => healed(loop),
    };
  }

  function notify(key: Key, before: T | undefined, after: T | undefined, kind: ChangeKind): void {
    for (const listener of listeners) tell(listener, key, before, after, kind);
  }

  function tell(listener: ChangeListener<T>, ...change: Parameters<ChangeListener<T>>): void {
    contain('A listener threw', { key: change[0], change: change[3] }, () => listener(...change));
  }

  /** Foreign code runs in the middle of a watch: what it throws must not end that. */
  function contain(message: string, fields: Fields, call: () => void): void {
    try {
      call();
    } catch (error) {
      log.error(message, { ...fields, error });
    }
  }

  /** A failure of a running watch that the next attempt mends is everyday life; all others are trouble. */
  function failed(loop: Loop, error: ApiError): void {
    const now = clock.monotonic();
    const again = now - loop.failedAt < AGAIN_MS;
    loop.failedAt = now;
    const place = placeOf(resource, loop.selection);
    const serious = again || !loop.listed || error.code === 'Forbidden' || error.code === 'NotFound';
    if (!serious || error.code === 'Gone' || troubles.get(loop)?.code === error.code) {
      log.debug('Watching failed, trying again', { place, error });
      return;
    }
    const trouble = watchTrouble(resource, loop.selection, error);
    troubles.set(loop, trouble);
    log.warn('Watching failed, trying again', { place, error: trouble });
    contain('The trouble hook threw', {}, () => onTrouble?.(trouble));
  }

  function healed(loop: Loop): void {
    if (!troubles.delete(loop)) return;
    log.info('Watching works again', { place: placeOf(resource, loop.selection) });
    contain('The trouble hook threw', {}, () => onTrouble?.([...troubles.values()][0]));
  }

  function hasSynced(): boolean {
    return loops.every((loop) => loop.listed);
  }

  return {
    resource,
    store,
    hasSynced,
    async start(signal) {
      const now = clock.monotonic();
      for (const loop of loops) loop.heardAt = now;
      await Promise.all(loops.map((loop) => loop.reflector?.run(signal)));
      for (const waiter of waiting)
        waiter.reject(new ApiError('Aborted', `${nameOf(resource)}: stopped before synced`));
      waiting.clear();
    },
    synced() {
      if (hasSynced()) return Promise.resolve();
      return new Promise((resolve, reject) => waiting.add({ resolve, reject }));
    },
    onChange(listener) {
      listeners.add(listener);
      for (const object of store.list()) tell(listener, keyOf(object), undefined, object, 'sync');
      return () => {
        listeners.delete(listener);
      };
    },
    lastHeard: () => Math.min(...loops.map((loop) => loop.heardAt)),
    observedVersion(key) {
      const reflector = loops.find((loop) => covers(loop.selection, key))?.reflector;
      return {
        object: store.get(key)?.metadata.resourceVersion,
        collection: reflector?.version(),
        epoch: reflector?.epoch() ?? 0,
      };
    },
  };
}

/** One selection and how its watch is doing. */
interface Loop {
  readonly selection: Selection;
  reflector: Reflector | undefined;
  listed: boolean;
  heardAt: number;
  failedAt: number;
}

function covers(selection: Selection, key: Key): boolean {
  const { namespace, name } = splitKey(key);
  if (selection.namespace !== undefined && selection.namespace !== namespace) return false;
  return selection.name === undefined || selection.name === name;
}
