import type { Client, ListPage, PageOptions, WatchEvent, WatchOptions } from '../../src/runtime/client.ts';
import { ApiError } from '../../src/runtime/errors.ts';
import type { KubeObject } from '../../src/runtime/object.ts';

/**
 * What Kubernetes promises of list and watch, as a model: one counter of versions, a log of events that is cut off by
 * compaction, lists of a consistent snapshot in pages, watches from any version that is still in the log.
 */
export interface ModelServer extends Pick<Client, 'list' | 'watch'> {
  /** `name@version` of what exists, sorted. */
  state(): readonly string[];
  /** Creates or changes an object. */
  put(name: string): void;
  /** Deletes an object, if it exists. */
  remove(name: string): void;
  /** Forgets the log: watches from older versions and continue tokens get 410. */
  compact(): void;
  /** Breaks every open watch with an error, or ends it cleanly. */
  breakWatches(error?: ApiError): void;
  /** The next calls fail with this, one each. */
  failNext(error: ApiError): void;
  /** Sends the last event again to every open watch. */
  repeat(): void;
  /** Holds back events until `resume`: the watch is open and silent. */
  pause(): void;
  resume(): void;
  bookmark(): void;
}

interface Logged {
  readonly version: number;
  readonly event: WatchEvent<KubeObject>;
}

/** An empty server. Pages hold two objects. */
export function createModelServer(): ModelServer {
  const objects = new Map<string, KubeObject>();
  const failures: ApiError[] = [];
  const watches = new Set<(step: Logged | ApiError | 'end') => void>();
  let log: Logged[] = [];
  let held: Logged[] | undefined;
  let version = 1;
  let oldest = 1;

  function send(logged: Logged): void {
    if (held !== undefined) held.push(logged);
    else for (const watch of watches) watch(logged);
  }

  function record(type: WatchEvent<KubeObject>['type'], name: string): void {
    version++;
    const object: KubeObject = { metadata: { namespace: 'a', name, resourceVersion: String(version) } };
    if (type === 'DELETED') objects.delete(name);
    else objects.set(name, object);
    const logged = { version, event: { type, object } };
    log.push(logged);
    send(logged);
  }

  function failMaybe(): void {
    const error = failures.shift();
    if (error !== undefined) throw error;
  }

  async function list(_resource: unknown, _selection: unknown, page: PageOptions = {}): Promise<ListPage<KubeObject>> {
    await Promise.resolve();
    failMaybe();
    const token = page.continueToken?.split(' ');
    const at = token === undefined ? version : Number(token[0]);
    if (at < oldest) throw new ApiError('Gone', 'the continue token is too old');
    const snapshot = snapshotAt(at);
    const from = token === undefined ? 0 : Number(token[1]);
    const items = snapshot.slice(from, from + 2);
    const more = from + 2 < snapshot.length;
    return { items, resourceVersion: String(at), continueToken: more ? `${at} ${from + 2}` : undefined };
  }

  /** What existed at a version, by undoing what the log says happened since. */
  function snapshotAt(at: number): KubeObject[] {
    const names = new Set([...objects.keys(), ...log.map(({ event }) => event.object.metadata.name)]);
    const snapshot = new Map([...base]);
    for (const { version: then, event } of log) {
      if (then > at) break;
      if (event.type === 'DELETED') snapshot.delete(event.object.metadata.name);
      else snapshot.set(event.object.metadata.name, event.object);
    }
    return [...names]
      .sort()
      .map((name) => snapshot.get(name))
      .filter((object) => object !== undefined);
  }
  let base = new Map<string, KubeObject>();

  async function* watch(_resource: unknown, _selection: unknown, options: WatchOptions) {
    await Promise.resolve();
    failMaybe();
    const from = Number(options.resourceVersion);
    if (from < oldest) throw new ApiError('Gone', 'too old resource version');
    const queue: (Logged | ApiError | 'end')[] = log.filter((logged) => logged.version > from);
    let arrived = Promise.withResolvers<void>();
    const take = (step: Logged | ApiError | 'end') => {
      queue.push(step);
      arrived.resolve();
    };
    const abort = () => take(new ApiError('Aborted', 'stopped'));
    watches.add(take);
    options.signal.addEventListener('abort', abort);
    try {
      options.onOpen?.();
      for (;;) {
        for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
          if (step === 'end') return;
          if (step instanceof ApiError) throw step;
          yield step.event;
        }
        await arrived.promise;
        arrived = Promise.withResolvers();
      }
    } finally {
      watches.delete(take);
      options.signal.removeEventListener('abort', abort);
    }
  }

  return {
    list: list as Client['list'],
    watch: watch as Client['watch'],
    state: () => [...objects.values()].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort(),
    put: (name) => record(objects.has(name) ? 'MODIFIED' : 'ADDED', name),
    remove(name) {
      if (objects.has(name)) record('DELETED', name);
    },
    compact() {
      base = new Map(objects);
      log = [];
      oldest = version;
    },
    breakWatches(error) {
      for (const take of watches) take(error ?? 'end');
    },
    failNext: (error) => void failures.push(error),
    repeat() {
      const last = log.at(-1);
      if (last !== undefined && held === undefined) send(last);
    },
    pause() {
      held ??= [];
    },
    resume() {
      const events = held ?? [];
      held = undefined;
      for (const logged of events) send(logged);
    },
    bookmark() {
      // A bookmark promises that everything up to its version was sent: a watch that is held back gets none.
      if (held !== undefined) return;
      const object: KubeObject = { metadata: { name: '', resourceVersion: String(version) } };
      for (const take of watches) take({ version, event: { type: 'BOOKMARK', object } });
    },
  };
}
