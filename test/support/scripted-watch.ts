import type { Client, ListPage, PageOptions, Selection, WatchEvent, WatchOptions } from '../../src/runtime/client.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { ApiError } from '../../src/runtime/errors.ts';
import type { KubeObject } from '../../src/runtime/object.ts';

/** A list or a watch that an informer asked for. */
export interface Asked {
  readonly what: 'list' | 'watch';
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly selection: Selection;
  /** Of a watch: the version that it begins from. */
  readonly from: string | undefined;
  /** Of a list: how many objects were asked for; undefined for the client's own page. */
  readonly limit: number | undefined;
}

/**
 * One answer: a page of a list, or the life of a watch. Errors are thrown where they stand: as the first step instead
 * of opening, after anything else (`open`, if nothing better) from an open watch.
 */
export type ScriptedList = ListPage<KubeObject> | ApiError;
export type ScriptedWatch = readonly (WatchEvent<KubeObject> | ApiError | 'open' | 'hang')[];

/** A client that answers as scripted. When a script has ended, lists fail with `Network` and watches hang. */
export interface ScriptedClient extends Pick<Client, 'list' | 'watch'> {
  readonly asked: readonly Asked[];
  /** What was asked, in short: `list 0`, `watch@5 800`. */
  readonly log: readonly string[];
  readonly timeouts: readonly number[];
  readonly lists: ScriptedList[];
  readonly watches: ScriptedWatch[];
  /** Sends an event to every watch that hangs. */
  send(event: WatchEvent<KubeObject>): void;
  /** Breaks every watch that hangs. */
  break(error: ApiError): void;
}

/** For what happens when, with a fake clock: sockets have no part in that. */
export function createScriptedClient(clock: Clock): ScriptedClient {
  const asked: Asked[] = [];
  const timeouts: number[] = [];
  const lists: ScriptedList[] = [];
  const watches: ScriptedWatch[] = [];
  const hanging = new Set<(event: WatchEvent<KubeObject> | ApiError) => void>();

  function note(what: Asked['what'], selection: Selection, from?: string, limit?: number): void {
    asked.push({ what, at: clock.monotonic(), selection, from, limit });
  }

  async function list(_resource: unknown, selection: Selection, page?: PageOptions): Promise<ListPage<KubeObject>> {
    note('list', selection, undefined, page?.limit);
    const answer = lists.shift() ?? new ApiError('Network', 'the script has ended');
    if (answer instanceof ApiError) throw answer;
    return answer;
  }

  async function* watch(_resource: unknown, selection: Selection, options: WatchOptions) {
    note('watch', selection, options.resourceVersion);
    timeouts.push(options.timeoutSeconds);
    const script = watches.shift() ?? ['hang'];
    if (!(script[0] instanceof ApiError)) options.onOpen?.();
    for (const step of script) {
      if (step instanceof ApiError) throw step;
      if (step === 'hang') yield* hang(options.signal);
      else if (step !== 'open') yield step;
    }
  }

  async function* hang(signal: AbortSignal): AsyncGenerator<WatchEvent<KubeObject>> {
    const queue: (WatchEvent<KubeObject> | ApiError)[] = [];
    let arrived = Promise.withResolvers<void>();
    const take = (next: WatchEvent<KubeObject> | ApiError) => {
      queue.push(next);
      arrived.resolve();
    };
    const abort = () => take(new ApiError('Aborted', 'stopped'));
    hanging.add(take);
    signal.addEventListener('abort', abort);
    try {
      for (;;) {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          if (next instanceof ApiError) throw next;
          yield next;
        }
        await arrived.promise;
        arrived = Promise.withResolvers();
      }
    } finally {
      hanging.delete(take);
      signal.removeEventListener('abort', abort);
    }
  }

  return {
    // The script holds plain objects; what they are of is the test's business.
    list: list as Client['list'],
    watch: watch as Client['watch'],
    asked,
    get log() {
      return asked.map(({ what, from, at }) => `${what}${from === undefined ? '' : `@${from}`} ${Math.round(at)}`);
    },
    timeouts,
    lists,
    watches,
    send(event) {
      for (const take of hanging) take(event);
    },
    break(error) {
      for (const take of hanging) take(error);
    },
  };
}

/** A page that is the last. */
export function pageWith(resourceVersion: string, items: readonly KubeObject[] = [], continueToken?: string) {
  return { items, resourceVersion, continueToken };
}
