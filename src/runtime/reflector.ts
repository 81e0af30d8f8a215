import { ANY_VERSION, endsInitialEvents } from './answer.ts';
import { createBackoff } from './backoff.ts';
import type { Client, Selection, WatchEvent } from './client.ts';
import type { Clock } from './clock.ts';
import { sleep } from './clock.ts';
import type { ApiErrorCode } from './errors.ts';
import { ApiError } from './errors.ts';
import type { Key, KubeObject } from './object.ts';
import { keyOf } from './object.ts';
import type { Resource } from './resource.ts';
import { compareVersions } from './resource-version.ts';

/**
 * How long a watch lasts, in seconds, plus a random part.
 *
 * A watch whose connection has died without a word (a firewall that forgot it, a proxy that hangs) is noticed when the
 * server fails to end it: at most 40 + 10 + 5 s later. Waiting for missing bookmarks would not do, as they come once a
 * minute, if at all; and TCP keepalive (on, see socket-pools.ts) sees the next hop only.
 * The price is one request per watch every 45 s or so, on a connection that is kept. No object is read again: about
 * 2 s before it ends a watch the API server sends a bookmark, so the next one begins from a fresh version; where nothing
 * has changed it sends none, and the version is still the newest (tried on 1.36).
 */
export const WATCH_SECONDS = { least: 40, jitter: 10 } as const;

/** A stream of all objects that takes longer than this, in seconds, is given up for pages, whose token lives for 5 min. */
const STREAM_SECONDS = 60;

/**
 * Objects in the first page of a list that is streamed when it has more. They come twice then: with whole pages, a start with
 * 1,000 servers took 16 MB more (see docs/performance.md).
 */
const FIRST_PAGE = 100;

/** A watch that the server ends sooner than this waits for the rest of it: client-go's "very short watch". */
const SHORTEST_WATCH_MS = 1_000;

/** Waits between attempts, in milliseconds, as client-go's reflector and kube-rs have them. */
const BACKOFF = { baseMs: 800, maxMs: 30_000 } as const;

/** What a person is likely mending right now (a CRD, a Role) is tried more often: it costs the server nothing. */
const BACKOFF_WAITING = { baseMs: 800, maxMs: 5_000 } as const;

/** After this long without a failure the next one waits the least again. client-go's figure. */
const HEALTHY_MS = 120_000;

/** No Retry-After is obeyed for longer than this. */
const LONGEST_RETRY_AFTER_MS = 300_000;

/** How long lists that are older than what was seen already are refused. */
const REWIND_PATIENCE_MS = 120_000;

/** Failures that the same watch again will not mend: the second in a row lists anew. */
const doubtful: ReadonlySet<ApiErrorCode> = new Set(['Malformed', 'BadRequest', 'Invalid', 'Unknown', 'NotFound']);

const waitingForPeople: ReadonlySet<ApiErrorCode> = new Set(['NotFound', 'Forbidden']);

/** Where a reflector puts what it sees. Everything here is synchronous. */
export interface ReflectorSink<T extends KubeObject> {
  /** Takes an object; one that is older than what is there is ignored, unless `rewound`. */
  put(object: T, rewound: boolean): void;
  /** Takes an object away; `version` is that of its deletion, undefined when it is found missing from a list. */
  remove(key: Key, version: string | undefined): void;
  /** The keys that are there and belong to the reflector's selection. */
  keys(): Iterable<Key>;
  /** A list is complete: from now on everything is a change. */
  listed(): void;
  /** The server said something. */
  heard(): void;
  /** An attempt failed, or the first after failures did not. */
  failed(error: ApiError): void;
  healed(): void;
}

/** What a reflector is made of. */
export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Pick<Client, 'list' | 'watch'>;
  readonly resource: Resource<T>;
  readonly selection: Selection;
  readonly sink: ReflectorSink<T>;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /**
   * A list that does not fit in one page is streamed, object by object, where the API server can (KEP-3157): 10,000 objects
   * are two requests then, not twenty, and nothing large is parsed at once. Default false: page by page.
   */
  readonly streams?: boolean;
}

/** Mirrors one selection of one resource into a sink. */
export interface Reflector {
  /** Runs until the signal. Never rejects: every failure is told to the sink and tried again. */
  run(signal: AbortSignal): Promise<void>;
  /** The newest version that was listed or watched. */
  version(): string | undefined;
  /** How often the server's state was accepted to have gone back, as after a restore from a backup. */
  epoch(): number;
}

/** A list, then watches from its version for as long as the server lets us; see the rules at each step. */
export function createReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector {
  const { client, resource, selection, sink, clock, random } = options;
  const patient = createBackoff({ ...BACKOFF, random });
  const eager = createBackoff({ ...BACKOFF_WAITING, random });
  /** Where the next watch begins; undefined: list first. */
  let next: string | undefined;
  let newest: string | undefined;
  let epoch = 0;
  let staleSince: number | undefined;
  /** The last attempt did not reach the API server. */
  let wasAway = false;
  /** The server's state went back, and the list that replaces ours is not complete yet. */
  let rewinding = false;
  let streams = options.streams ?? false;
  let failedAt = Number.NEGATIVE_INFINITY;
  let lastCode: ApiErrorCode | undefined;

  function advance(version: string): void {
    if (version === '' || version === ANY_VERSION) return;
    newest = version;
    next = version;
  }

  function isOlder(version: string): boolean {
    return newest !== undefined && (compareVersions(version, newest) ?? 0) < 0;
  }

  /**
   * After the API server was away it may be back with an older state, restored from a backup. It would accept a watch
   * from our version and stay silent until it gets there (seen on 1.36), so ask for its version first: one small list.
   */
  async function checkHistory(signal: AbortSignal): Promise<void> {
    const page = await client.list(resource, selection, { limit: 1, signal });
    wasAway = false;
    if (isOlder(page.resourceVersion)) next = undefined;
  }

  /**
   * Refuses a list that is older than what was seen, for as long as it may be a lagging replica's; then believes it.
   *
   * @throws ApiError `ServerError`
   */
  function requireNewer(version: string): void {
    if (!isOlder(version)) {
      staleSince = undefined;
      return;
    }
    staleSince ??= clock.monotonic();
    if (clock.monotonic() - staleSince < REWIND_PATIENCE_MS) {
      throw new ApiError('ServerError', `the API server answered with version ${version} after ${newest}: refused`);
    }
    staleSince = undefined;
    newest = undefined;
    rewinding = true;
    epoch++;
  }

  /**
   * What a list of several pages has, as one stream.
   *
   * @param version of the first page
   * @returns the version of it all, and its keys; undefined from a server that does not do that
   */
  async function stream(
    version: string,
    signal: AbortSignal,
  ): Promise<{ readonly version: string; readonly seen: Set<Key> } | undefined> {
    const seen = new Set<Key>();
    const wanted = { resourceVersion: version, timeoutSeconds: STREAM_SECONDS, signal, initialEvents: true };
    try {
      for await (const event of client.watch(resource, selection, wanted)) {
        sink.heard();
        const { type, object } = event;
        const key = keyOf(object);
        if (endsInitialEvents(event)) return { version: object.metadata.resourceVersion ?? '', seen };
        if (type === 'BOOKMARK') continue;
        // What changes while the stream is on its way may be among it.
        if (type === 'DELETED') {
          seen.delete(key);
          sink.remove(key, object.metadata.resourceVersion);
        } else {
          seen.add(key);
          sink.put(object, rewinding);
        }
      }
    } catch (thrown) {
      const error = ApiError.from(thrown);
      if (error.code !== 'Invalid' && error.code !== 'BadRequest') throw error;
    }
    streams = false;
    return undefined;
  }

  /** See `FIRST_PAGE`. */
  function sizeOf(continueToken: string | undefined): { readonly limit?: number } {
    return streams && continueToken === undefined ? { limit: FIRST_PAGE } : {};
  }

  async function list(signal: AbortSignal): Promise<void> {
    let seen = new Set<Key>();
    let continueToken: string | undefined;
    let version = '';
    do {
      const page = await client.list(resource, selection, { continueToken, ...sizeOf(continueToken), signal });
      sink.heard();
      if (continueToken === undefined) requireNewer(page.resourceVersion);
      // Page by page: what is parsed and stored at once is what blocks the event loop.
      for (const object of page.items) {
        seen.add(keyOf(object));
        sink.put(object, rewinding);
      }
      version = page.resourceVersion;
      continueToken = page.continueToken;
      const whole = streams && continueToken !== undefined ? await stream(version, signal) : undefined;
      if (whole === undefined) continue;
      ({ version, seen } = whole);
      continueToken = undefined;
    } while (continueToken !== undefined);
    for (const key of [...sink.keys()]) if (!seen.has(key)) sink.remove(key, undefined);
    rewinding = false;
    wasAway = false;
    next = version;
    advance(version);
    sink.listed();
    sink.healed();
  }

  /** A continue token lives for some five minutes: a list that is slower than that begins again, once. */
  async function listAgainWhenExpired(signal: AbortSignal): Promise<void> {
    try {
      await list(signal);
    } catch (error) {
      if (ApiError.from(error).code !== 'Gone') throw error;
      await list(signal);
    }
  }

  /** @param fromAny the watch began from any version */
  function apply(event: WatchEvent<T>, fromAny: boolean): void {
    sink.heard();
    // Such a watch begins with what exists. The versions of those objects may be older than any to watch from.
    if (fromAny && event.type === 'ADDED') {
      sink.put(event.object, false);
      return;
    }
    const version = event.object.metadata.resourceVersion ?? '';
    // The events of a collection come in the order of their versions. One from before is told twice, and an ADDED that
    // is repeated after its DELETED would bring a ghost into the cache.
    if (newest !== undefined && (compareVersions(version, newest) ?? 1) <= 0) return;
    if (event.type === 'DELETED') sink.remove(keyOf(event.object), version || undefined);
    else if (event.type !== 'BOOKMARK') sink.put(event.object, false);
    advance(version);
  }

  async function watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const startedAt = clock.monotonic();
    const timeoutSeconds = WATCH_SECONDS.least + Math.floor(random() * WATCH_SECONDS.jitter);
    wasAway = true;
    const onOpen = () => {
      wasAway = false;
      sink.heard();
      sink.healed();
    };
    for await (const event of client.watch(resource, selection, { resourceVersion, timeoutSeconds, signal, onOpen })) {
      apply(event, resourceVersion === ANY_VERSION);
      // Only what was received, not what was opened, shows that the next attempt is worth the same again.
      lastCode = undefined;
    }
    lastCode = undefined;
    const lived = clock.monotonic() - startedAt;
    if (lived < SHORTEST_WATCH_MS) await sleep(clock, SHORTEST_WATCH_MS - lived, signal);
  }

  /** @returns how long to wait before the next attempt, in milliseconds */
  function afterFailure(error: ApiError): number {
    const now = clock.monotonic();
    const first = now - failedAt > HEALTHY_MS;
    if (first) {
      patient.forget('');
      eager.forget('');
    }
    failedAt = now;
    wasAway &&= error.status === undefined && (error.code === 'Network' || error.code === 'Timeout');
    if (mustList(error)) next = undefined;
    lastCode = error.code;
    sink.failed(error);
    const wait = (waitingForPeople.has(error.code) ? eager : patient).next('');
    // An expired version is no fault: list at once, unless it keeps happening.
    if (error.code === 'Gone' && first) return 0;
    return Math.max(wait, Math.min(error.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS));
  }

  function mustList(error: ApiError): boolean {
    if (error.code === 'Gone') return true;
    // The server's state is older than ours: a list tells whether it lags or was restored.
    if (error.causes.some((cause) => cause.reason === 'ResourceVersionTooLarge')) return true;
    return doubtful.has(error.code) && lastCode === error.code;
  }

  return {
    version: () => newest,
    epoch: () => epoch,
    async run(signal) {
      while (!signal.aborted) {
        try {
          if (next !== undefined && wasAway) await checkHistory(signal);
          if (next === undefined) await listAgainWhenExpired(signal);
          else await watch(next, signal);
        } catch (thrown) {
          if (signal.aborted) return;
          const wait = afterFailure(ApiError.from(thrown));
          if (wait > 0) await sleep(clock, wait, signal);
        }
      }
    },
  };
}
