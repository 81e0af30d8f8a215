import type { KubeList } from './answer.ts';
import { ANY_VERSION, acceptOf, goneEvent, pageOf, pageOfOne, parseAnswer, requireMetadataOnly } from './answer.ts';
import type { ApplyOptions, Client, PageOptions, Selection, WatchEvent, WatchOptions } from './client.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import { requireVerb } from './declared-verbs.ts';
import { ApiError } from './errors.ts';
import type { KubeObject } from './object.ts';
import { collectionPath, isByPath, watchPath, withQuery } from './request-path.ts';
import type { Resource, Verb } from './resource.ts';
import { apiVersionOf, nameOf, pathOf } from './resource.ts';
import type { RequestObserver, Transport } from './transport.ts';
import { createTransport } from './transport.ts';
import { readWatch } from './watch-stream.ts';

/** Objects in a page: parsing 500 Pods blocks the event loop for about 25 ms, 10,000 of them for 340 ms (measured). */
const PAGE_SIZE = 500;

/** A page is at most 500 objects of etcd's 1.5 MiB; real ones are a hundredth of that. */
const MAX_LIST_BYTES = 256 * 2 ** 20;

/** What a client is made of. */
export interface ClientOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  /** Name and version, for the API server's audit log. Default `smooth-operator`. */
  readonly userAgent?: string;
  /** Owner of the fields that are applied (KEP-555). Default `smooth-operator`. */
  readonly fieldManager?: string;
  /**
   * Called right before each write is sent, when its socket is ready: throws ApiError `NotLeader` when this process may
   * not write any more. Told the resource and verb, as the lease itself must be written without being held.
   * Default: everything may be written.
   */
  readonly fence?: (resource: Resource, verb: Verb) => void;
  /** Deadline of each call but a watch, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** For `rest_client_requests_total`. Default: nobody is told. */
  readonly onRequest?: RequestObserver;
}

/** A client that can also reach pods through the API server. */
export interface ProxyingClient extends Client, Pick<Transport, 'proxy'> {}

/**
 * A client of one API server: raw JSON, no models, so fields that we do not know survive.
 *
 * Writes ask for strict field validation: a field that this API server does not know (an older one, or a typing error
 * of ours) is an error that names it, never a silent loss. An apply of such a field is one in any case (see
 * `status-error.ts`); for the other writes the default is to drop it with a warning.
 */
export function createClient(options: ClientOptions): ProxyingClient {
  const { connection, clock, fence, userAgent = 'smooth-operator', fieldManager = 'smooth-operator' } = options;
  const transport = createTransport({
    connection,
    clock,
    userAgent,
    ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
    ...(options.onRequest !== undefined && { onRequest: options.onRequest }),
  });
  const writing = { fieldManager, fieldValidation: 'Strict' };

  async function write<T extends KubeObject>(
    resource: Resource<T>,
    verb: Verb,
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body: object,
    more: Pick<ApplyOptions, 'dryRun' | 'signal'> & {
      readonly contentType?: string;
      readonly subresource?: string | undefined;
    } = {},
  ): Promise<T> {
    requireVerb(resource, verb, more.subresource);
    const text = await transport.request({
      method,
      path,
      body: JSON.stringify(body),
      contentType: more.contentType,
      accept: acceptOf(resource, 'PartialObjectMetadata'),
      // What stores nothing needs no lease: every replica answers admission, and asks who wants to read its metrics.
      guard: more.dryRun || resource.isQuestion ? undefined : fence && (() => fence(resource, verb)),
      signal: more.signal,
    });
    const stored = parseAnswer<T>(text, `${method} ${path}`);
    requireMetadataOnly(resource, stored);
    return stored;
  }

  async function read<T extends { readonly kind?: string | undefined }>(
    resource: Resource,
    path: string,
    kind: 'PartialObjectMetadata' | 'PartialObjectMetadataList',
    signal?: AbortSignal,
  ): Promise<T> {
    const maxBytes = kind === 'PartialObjectMetadataList' ? MAX_LIST_BYTES : undefined;
    const text = await transport.request({ method: 'GET', path, accept: acceptOf(resource, kind), maxBytes, signal });
    const answer = parseAnswer<T>(text, `GET ${path}`);
    requireMetadataOnly(resource, answer);
    return answer;
  }

  async function get<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined, name: string) {
    requireVerb(resource, 'get');
    return read<T>(resource, pathOf(resource, namespace, name), 'PartialObjectMetadata');
  }

  /** See `isByPath`. */
  async function getOne<T extends KubeObject>(resource: Resource<T>, name: string | undefined): Promise<T | undefined> {
    try {
      return await get(resource, undefined, name ?? '');
    } catch (error) {
      if (error instanceof ApiError && error.code === 'NotFound') return undefined;
      throw error;
    }
  }

  async function* watch<T extends KubeObject>(
    resource: Resource<T>,
    selection: Selection,
    { resourceVersion, timeoutSeconds, signal, onOpen, initialEvents = false }: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    requireVerb(resource, 'watch');
    const stream = await transport.stream({
      method: 'GET',
      path: watchPath(resource, selection, {
        resourceVersion,
        timeoutSeconds,
        allowWatchBookmarks: true,
        ...(initialEvents && { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }),
      }),
      accept: acceptOf(resource, 'PartialObjectMetadata'),
      signal,
    });
    onOpen?.();
    // From version 0 a watch begins with what exists; what vanished between list and watch shows only by its absence.
    // So look again, now that the watch runs. Whatever changed since then is among the events that follow.
    if (resourceVersion === ANY_VERSION && isByPath(resource, selection)) {
      if ((await getOne(resource, selection.name)) === undefined) yield goneEvent(selection.name);
    }
    for await (const event of readWatch<T>(stream, `watch of ${nameOf(resource)}`, clock, timeoutSeconds)) {
      requireMetadataOnly(resource, event.object);
      yield event;
    }
  }

  return {
    get,
    watch,

    async list<T extends KubeObject>(resource: Resource<T>, selection: Selection, page: PageOptions = {}) {
      if (isByPath(resource, selection)) return pageOfOne(await getOne(resource, selection.name));
      requireVerb(resource, 'list');
      const path = collectionPath(resource, selection, {
        limit: page.limit ?? PAGE_SIZE,
        continue: page.continueToken,
        resourceVersion: page.resourceVersion,
      });
      const answer = await read<KubeList<T>>(resource, path, 'PartialObjectMetadataList', page.signal);
      return pageOf(answer, `GET ${path}`);
    },

    apply(resource, object, { force = false, subresource, dryRun = false, signal } = {}) {
      const { namespace, name } = object.metadata;
      const query = { ...writing, force, dryRun: dryRun ? 'All' : undefined };
      const path = withQuery(pathOf(resource, namespace, name, subresource), query);
      const contentType = 'application/apply-patch+yaml';
      const more = { contentType, subresource, dryRun, ...(signal === undefined ? {} : { signal }) };
      return write(resource, 'patch', 'PATCH', path, withType(resource, object), more);
    },

    create(resource, object) {
      const path = withQuery(pathOf(resource, object.metadata.namespace), writing);
      return write(resource, 'create', 'POST', path, withType(resource, object));
    },

    async update(resource, object) {
      const { namespace, name, resourceVersion } = object.metadata;
      if (resourceVersion === undefined) {
        throw new ApiError('BadRequest', `update of ${nameOf(resource)} ${name} without a resourceVersion to guard it`);
      }
      const path = withQuery(pathOf(resource, namespace, name), writing);
      return write(resource, 'update', 'PUT', path, withType(resource, object));
    },

    mergePatch(resource, namespace, name, patch) {
      const path = withQuery(pathOf(resource, namespace, name), writing);
      return write(resource, 'patch', 'PATCH', path, patch, { contentType: 'application/merge-patch+json' });
    },

    async delete(resource, namespace, name, preconditions) {
      await write(resource, 'delete', 'DELETE', pathOf(resource, namespace, name), {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: 'Background',
        preconditions,
      });
    },

    proxy: transport.proxy,
    close: transport.close,
  };
}

/** An object with its type, which lists leave out and the API server wants. */
function withType(resource: Resource, object: KubeObject): KubeObject {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}
