import { HASH_ANNOTATION } from '../../../src/controller/labels.ts';
import type { Plane } from './plane.ts';

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json };

/** What is in a namespace in the end, by `Kind/name`, without what differs from run to run by its nature. */
export type EndState = Readonly<Record<string, Json>>;

/** An object as the API server lists it. */
export interface StoredObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  };
  readonly [field: string]: unknown;
}

/** All objects of the kinds that matter, as stored. */
export type Objects = Readonly<Record<ObjectKind, readonly StoredObject[]>>;

/** What a run leaves behind is looked for among these. */
export type ObjectKind = 'MCPServer' | 'Deployment' | 'Service' | 'Pod';

const collections: Readonly<Record<ObjectKind, (namespace: string) => string>> = {
  MCPServer: (namespace) => `/apis/mcp.mcp.dev/v1alpha1/namespaces/${namespace}/mcpservers`,
  Deployment: (namespace) => `/apis/apps/v1/namespaces/${namespace}/deployments`,
  Service: (namespace) => `/api/v1/namespaces/${namespace}/services`,
  Pod: (namespace) => `/api/v1/namespaces/${namespace}/pods`,
};

/** The servers by which a stage finds out whether an operator is awake: they belong to no workload. */
export const CANARY = 'canary-';

/** Reads everything there is in a namespace, canaries left out. */
export async function readObjects(plane: Plane, namespace: string): Promise<Objects> {
  const entries = await Promise.all(
    Object.entries(collections).map(async ([kind, path]) => {
      const { items } = await plane.send<{ readonly items: readonly StoredObject[] }>('GET', path(namespace));
      return [kind, items.filter(({ metadata }) => !metadata.name.startsWith(CANARY))] as const;
    }),
  );
  return Object.fromEntries(entries) as unknown as Objects;
}

/**
 * The end state of some objects. Left out: uids, versions, times, addresses that are handed out, who wrote which field.
 * Kept in another form: an owner is named, and marked when it is not there any more; generations are counted from the one
 * that was observed; pods are told apart by what they are, as their names are random.
 */
export function endStateOf(objects: Objects, namespace: string): EndState {
  const uids = new Map(
    Object.entries(objects).flatMap(([kind, all]) =>
      all.map(({ metadata }) => [metadata.uid, `${kind}/${metadata.name}`] as const),
    ),
  );
  const state: Record<string, Json> = {};
  for (const kind of ['MCPServer', 'Deployment', 'Service'] as const) {
    for (const object of objects[kind]) state[`${kind}/${object.metadata.name}`] = plain(object, uids);
  }
  const pods = objects.Pod.map((pod) => JSON.stringify(podOf(pod))).sort();
  if (pods.length > 0) state.pods = pods.map((pod) => JSON.parse(pod) as Json);
  if (pods.length > 0) state.templates = templatesOf(objects.Pod).length;
  return JSON.parse(withoutNames(JSON.stringify(state), namespace, objects)) as EndState;
}

/**
 * A Deployment's condition names the ReplicaSet that was there when it was written, which may have no pods any more.
 * As it stands in JSON: with a backslash before the quotes.
 */
const namedReplicaSet = /(ReplicaSet \\"[a-z0-9-]+)-[a-z0-9]+(\\")/g;

/** Messages name pods, ReplicaSets and the namespace. */
function withoutNames(text: string, namespace: string, { Pod }: Objects): string {
  const named = Pod.reduce((all, { metadata }) => all.replaceAll(metadata.name, '$pod'), text);
  const hashed = templatesOf(Pod).reduce((all, hash) => all.replaceAll(`-${hash}`, '-$template'), named);
  return hashed.replaceAll(namedReplicaSet, '$1-$$template$2').replaceAll(namespace, '$namespace');
}

/**
 * The hashes of the pods' templates. The Deployment controller takes another one when it meets the ReplicaSet of a
 * Deployment that is just being collected (`status.collisionCount`), so how many there are counts, not which.
 */
function templatesOf(pods: readonly StoredObject[]): readonly string[] {
  const hashes = pods.map(({ metadata }) => metadata.labels?.['pod-template-hash'] ?? '');
  return [...new Set(hashes)].filter((hash) => hash !== '');
}

/** Random, or of the moment, in every object. (The hash of what was applied is kept as such: a uid is part of it.) */
const moving: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'managedFields',
  'lastTransitionTime',
  'lastUpdateTime',
  'lastProbeTime',
  'clusterIP',
  'clusterIPs',
  'selfLink',
  'collisionCount',
]);

function plain(object: StoredObject, uids: ReadonlyMap<string, string>): Json {
  const { generation = 0, ownerReferences } = object.metadata;
  const owners = ownerReferences?.map(({ kind, name, uid }) => ({
    owner: uids.get(uid) ?? `${kind}/${name} of the past`,
  }));
  const strip = (value: unknown): Json => {
    // Conditions are a map by their type: their order is that of the writes that came first.
    if (Array.isArray(value)) return value.map(strip).sort(byType);
    if (typeof value !== 'object' || value === null) return value as Json;
    const kept = Object.entries(value).filter(([field]) => !moving.has(field));
    return Object.fromEntries(
      kept.map(([field, inner]) => {
        if (field === 'observedGeneration') return [field, generation - Number(inner)];
        return [field, field === HASH_ANNOTATION ? 'a hash' : strip(inner)];
      }),
    );
  };
  const { metadata, ...rest } = object;
  const { generation: _, ownerReferences: __, ...others } = metadata;
  return { ...(strip(rest) as object), metadata: { ...(strip(others) as object), ...(owners && { owners }) } } as Json;
}

function byType(one: Json, other: Json): number {
  const [a, b] = [one, other].map((each) => (each as { readonly type?: unknown } | null)?.type);
  return typeof a === 'string' && typeof b === 'string' ? a.localeCompare(b) : 0;
}

interface PodObject extends StoredObject {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

function podOf(pod: StoredObject): Json {
  const { metadata, spec, status } = pod as PodObject;
  const conditions = (status.conditions ?? []).map(({ type, status: is }) => `${type}=${is}`).sort();
  return {
    server: metadata.labels?.['mcp.mcp.dev/server'] ?? '',
    image: spec.containers[0]?.image ?? '',
    isLeaving: metadata.deletionTimestamp !== undefined,
    conditions,
  };
}
