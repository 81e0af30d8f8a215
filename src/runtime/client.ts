import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

/** Which objects a list or a watch is about. */
export interface Selection {
  /** One namespace; undefined for all of them, or for a cluster-scoped resource. */
  readonly namespace?: string | undefined;
  /** One object by name, for a process that may only `get` that one. Default: the whole collection. */
  readonly name?: string | undefined;
  readonly labelSelector?: string | undefined;
}

/** Which page of a list. */
export interface PageOptions {
  /** Objects in it. Default 500. */
  readonly limit?: number;
  /** What the page before gave. Default: the first page. */
  readonly continueToken?: string | undefined;
  /** See the Kubernetes API concepts, "Resource versions". Default: the newest state. */
  readonly resourceVersion?: string;
  /** Gives up early, as `Aborted`. Default: only the deadline does. */
  readonly signal?: AbortSignal;
}

/** One page of a list. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Token of the next page; undefined on the last. */
  readonly continueToken: string | undefined;
}

/** One event of a watch. `ERROR` never reaches the caller: it is thrown as an ApiError. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/** How a watch is opened. */
export interface WatchOptions {
  /** Events after this version are sent. */
  readonly resourceVersion: string;
  /** When the server ends the watch, in seconds; ours gives up 5 s later. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /**
   * Has everything that exists sent first, at least as new as the version, and then a bookmark for which `endsInitialEvents`
   * is true (KEP-3157). An API server that does not do that answers `Invalid`, or sends no such bookmark. Default false.
   */
  readonly initialEvents?: boolean;
  /** Called when the server has accepted the watch, which on a quiet collection is long before its first event. */
  readonly onOpen?: (() => void) | undefined;
}

/** How an object is applied. */
export interface ApplyOptions {
  /** Takes over fields that another manager owns. Default false. */
  readonly force?: boolean;
  /** Default: the object itself. */
  readonly subresource?: string;
  /**
   * Goes through everything but the storing (Kubernetes API concepts, "Dry-run"). It changes nothing, so it needs no
   * lease. Default false.
   */
  readonly dryRun?: boolean;
  /** Gives up early, as `Aborted`. Default: only the deadline does. */
  readonly signal?: AbortSignal;
}

/**
 * The calls of this process to the API server, in raw JSON. Every call has a deadline, every failure is an ApiError,
 * every write first passes the fence (`assertLeader`), and a verb that the resource does not declare is `NotDeclared`.
 */
export interface Client {
  get<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined, name: string): Promise<T>;

  /** One page, 500 objects unless told. */
  list<T extends KubeObject>(resource: Resource<T>, selection: Selection, page?: PageOptions): Promise<ListPage<T>>;

  /**
   * Opens a watch from a resourceVersion, with bookmarks. Ends when the server ends it; throws ApiError `Gone` when the
   * version is too old (HTTP 410 or an in-band ERROR), `Timeout` when nothing is heard until after the server's own limit.
   */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    selection: Selection,
    options: WatchOptions,
  ): AsyncIterable<WatchEvent<T>>;

  /**
   * Server-side apply (KEP-555).
   *
   * @returns the object as stored, or as it would be
   */
  apply<T extends KubeObject>(resource: Resource<T>, object: KubeObject, options?: ApplyOptions): Promise<T>;

  create<T extends KubeObject>(resource: Resource<T>, object: KubeObject): Promise<T>;

  /** PUT of the whole object, guarded by its resourceVersion: for objects that are wholly ours, such as a Lease. */
  update<T extends KubeObject>(resource: Resource<T>, object: KubeObject): Promise<T>;

  /** JSON merge patch (RFC 7386). */
  mergePatch<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    name: string,
    patch: object,
  ): Promise<T>;

  /** Deletes in the background, only if the preconditions hold: else ApiError `Conflict`. */
  delete(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    preconditions: { readonly uid: string; readonly resourceVersion?: string },
  ): Promise<void>;

  /** Closes the pools; calls under way end as `Aborted`. */
  close(): void;
}
