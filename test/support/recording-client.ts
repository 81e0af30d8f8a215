import type { Client } from '../../src/runtime/client.ts';
import { ApiError } from '../../src/runtime/errors.ts';
import { type KubeObject, keyOf } from '../../src/runtime/object.ts';
import { nameOf, type Resource } from '../../src/runtime/resource.ts';

/**
 * What happens to one request instead of success: an error that is thrown before anything is stored, or a change that
 * an admission webhook makes to what is stored.
 */
export type Answer = ApiError | ((object: KubeObject) => KubeObject);

/** A client that writes down every request, and plays just enough API server to answer it. */
export interface RecordingClient extends Client {
  /** `verb Kind: guards`, in order. */
  readonly requests: readonly string[];
  /** The requests since the last call of this. */
  taken(): readonly string[];
  /** The object as stored. */
  stored<T extends KubeObject>(resource: Resource<T>, key: string): T | undefined;
  /** Somebody else creates, changes or (undefined) deletes an object. */
  put(resource: Resource, key: string, object: KubeObject | undefined): void;
}

/** What is there, and how requests are answered. */
export interface RecordingClientOptions {
  readonly objects?: readonly (readonly [Resource, KubeObject])[];
  /** By the request as it is written down: what happens to the first of it, the second, and so on. Default: success. */
  readonly answers?: Readonly<Record<string, readonly Answer[]>>;
}

/**
 * The decisions of a reconcile are tested against this, request by request; that the requests do to a cluster what they
 * are meant to is tested on a real API server.
 */
export function createRecordingClient({ objects = [], answers = {} }: RecordingClientOptions = {}): RecordingClient {
  const requests: string[] = [];
  const store = new Map<string, KubeObject>();
  const asked = new Map<string, number>();
  let version = 1_000;
  let seen = 0;

  const placeOf = (resource: Resource, key: string) => `${nameOf(resource)} ${key}`;
  for (const [resource, object] of objects) store.set(placeOf(resource, keyOf(object)), object);

  /** Writes a request down, and throws its error or gives its change. */
  function record(request: string): (object: KubeObject) => KubeObject {
    requests.push(request);
    const times = asked.get(request) ?? 0;
    asked.set(request, times + 1);
    const answer = answers[request]?.[times] ?? ((object) => object);
    if (answer instanceof ApiError) throw answer;
    return answer;
  }

  function keep<T extends KubeObject>(place: string, object: KubeObject, uid: string): T {
    version += 1;
    const { resourceVersion: _, ...metadata } = object.metadata;
    const kept = { ...object, metadata: { uid, ...metadata, resourceVersion: String(version) } };
    store.set(place, kept);
    return kept as unknown as T;
  }

  return {
    requests,
    taken() {
      const fresh = requests.slice(seen);
      seen = requests.length;
      return fresh;
    },
    stored: <T extends KubeObject>(resource: Resource<T>, key: string) =>
      store.get(placeOf(resource, key)) as T | undefined,
    put(resource, key, object) {
      const place = placeOf(resource, key);
      if (object === undefined) store.delete(place);
      else keep(place, object, object.metadata.uid ?? 'uid-somebody');
    },

    async get<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined, name: string) {
      record(`get ${resource.kind}`);
      const found = store.get(placeOf(resource, `${namespace}/${name}`));
      if (found === undefined) throw new ApiError('NotFound', `${nameOf(resource)} "${name}" not found`);
      return found as T;
    },

    async apply<T extends KubeObject>(
      resource: Resource<T>,
      object: KubeObject,
      { force = false, subresource }: { readonly force?: boolean; readonly subresource?: string } = {},
    ) {
      const { uid, resourceVersion } = object.metadata;
      const guards = [
        ...(resourceVersion === undefined ? [] : [resourceVersion === '1' ? 'only version 1' : 'only as seen']),
        ...(uid === undefined ? [] : [`only ${uid}`]),
        ...(force ? ['force'] : []),
      ];
      const target = subresource === undefined ? resource.kind : `${resource.kind}/${subresource}`;
      const admit = record(`apply ${target}: ${guards.join(', ')}`);
      const place = placeOf(resource, keyOf(object));
      const before = store.get(place);
      // The status of a custom resource is not bound by its uid; see writeStatus.
      const isBound = uid !== undefined && !(subresource === 'status' && resource.group === 'mcp.mcp.dev');
      const isOther = before !== undefined && isBound && before.metadata.uid !== uid;
      const isOld =
        before !== undefined && resourceVersion !== undefined && before.metadata.resourceVersion !== resourceVersion;
      if (isOther || isOld || (before === undefined && uid !== undefined)) {
        throw new ApiError('Conflict', `Operation cannot be fulfilled on ${nameOf(resource)}`, { status: 409 });
      }
      const merged = { ...before, ...object, metadata: { ...before?.metadata, ...object.metadata } };
      return keep<T>(place, admit(merged), `uid-${resource.kind.toLowerCase()}`);
    },

    async delete(resource, namespace, name, { uid, resourceVersion }) {
      record(`delete ${resource.kind}: only ${uid}, only version ${resourceVersion}`);
      if (!store.delete(placeOf(resource, `${namespace}/${name}`))) {
        throw new ApiError('NotFound', `${nameOf(resource)} "${name}" not found`);
      }
    },

    async mergePatch<T extends KubeObject>(
      resource: Resource<T>,
      namespace: string | undefined,
      name: string,
      patch: object,
    ) {
      const { metadata = {} } = patch as {
        readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string };
      };
      const admit = record(`patch ${resource.kind}: only ${metadata.uid}, only version ${metadata.resourceVersion}`);
      const place = placeOf(resource, `${namespace}/${name}`);
      const before = store.get(place);
      if (before === undefined) throw new ApiError('NotFound', `${nameOf(resource)} "${name}" not found`);
      return keep<T>(place, admit(merged(before, patch) as KubeObject), before.metadata.uid ?? '');
    },

    list: () => unexpected('list'),
    watch: () => unexpected('watch'),
    create: () => unexpected('create'),
    update: () => unexpected('update'),
    close: () => unexpected('close'),
  };
}

/** RFC 7386. */
function merged(target: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const base: Record<string, unknown> = target !== null && typeof target === 'object' ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete base[field];
    else base[field] = merged(base[field], value);
  }
  return base;
}

/** A reconcile reads from caches, and writes by apply alone. */
function unexpected(call: string): never {
  throw new Error(`a reconcile must not ${call}`);
}
