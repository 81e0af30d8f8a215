import { group, plural } from '../src/api/v1alpha1/names.ts';
import type { Resource, Verb } from '../src/runtime/resource.ts';

/**
 * RBAC, made from what the code declares (src/runtime/resource.ts): the client refuses every other call, so these are
 * exactly the rights that the operator uses.
 */

/** One rule of a Role or a ClusterRole. */
export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  /** The only objects that it is about. Default: any. */
  readonly resourceNames?: readonly string[];
  /** Paths that are no objects, such as `/metrics`. Default: none. */
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** A Role (with a namespace) or a ClusterRole (without). */
export interface RoleObject {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1';
  readonly kind: 'Role' | 'ClusterRole';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly rules: readonly PolicyRule[];
}

/** A RoleBinding (with a namespace) or a ClusterRoleBinding (without). */
export interface BindingObject {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1';
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects: readonly [ServiceAccountSubject];
}

/** Who is given the rights. */
export interface ServiceAccountSubject {
  readonly kind: 'ServiceAccount';
  readonly name: string;
  readonly namespace: string;
}

const rbacVersion = 'rbac.authorization.k8s.io/v1';
const labels = {
  'app.kubernetes.io/name': 'smooth-operator',
  'app.kubernetes.io/managed-by': 'kustomize',
};

/** In the order in which RBAC is usually read. */
const verbOrder: readonly Verb[] = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/**
 * The rules that allow exactly what some resources declare. One rule for each API group, set of verbs and set of names.
 *
 * @param resources the declared resources; the same one twice adds up
 */
export function rulesFor(resources: readonly Resource[]): readonly PolicyRule[] {
  const verbsOf = new Map<string, { group: string; name: string; names: readonly string[]; verbs: Set<Verb> }>();
  const add = (apiGroup: string, name: string, names: readonly string[], verbs: readonly Verb[]) => {
    const key = `${apiGroup}/${name} ${names.join()}`;
    const entry = verbsOf.get(key) ?? { group: apiGroup, name, names, verbs: new Set<Verb>() };
    for (const verb of verbs) entry.verbs.add(verb);
    verbsOf.set(key, entry);
  };
  for (const { group: apiGroup, plural: name, names = [], verbs, subresources = {} } of resources) {
    add(apiGroup, name, names, verbs);
    for (const [sub, subVerbs] of Object.entries(subresources)) add(apiGroup, `${name}/${sub}`, names, subVerbs);
  }
  const rules = new Map<
    string,
    { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: Verb[] }
  >();
  for (const { group: apiGroup, name, names, verbs } of verbsOf.values()) {
    const sorted = verbOrder.filter((verb) => verbs.has(verb));
    if (sorted.length === 0) continue;
    const key = `${apiGroup} ${sorted.join()} ${names.join()}`;
    const bound = names.length === 0 ? {} : { resourceNames: [...names] };
    const rule = rules.get(key) ?? { apiGroups: [apiGroup], resources: [], ...bound, verbs: sorted };
    rule.resources.push(name);
    rules.set(key, rule);
  }
  return [...rules.values()]
    .map((rule) => ({ ...rule, resources: rule.resources.sort() }))
    .sort((a, b) => compare(a.apiGroups.join(), b.apiGroups.join()) || compare(a.resources.join(), b.resources.join()));
}

/**
 * A ClusterRole with what the operator needs to watch every namespace.
 *
 * @param name the role's name, without the prefix that kustomize adds
 */
export function clusterRoleFor(name: string, resources: readonly Resource[]): RoleObject {
  return { apiVersion: rbacVersion, kind: 'ClusterRole', metadata: { name, labels }, rules: rulesFor(resources) };
}

/**
 * A Role with what the operator needs in its own namespace.
 *
 * @param name the role's name, without the prefix that kustomize adds
 * @param namespace the operator's own
 * @throws Error for a cluster-scoped resource that no Role can grant
 */
export function roleFor(name: string, namespace: string, resources: readonly Resource[]): RoleObject {
  return {
    apiVersion: rbacVersion,
    kind: 'Role',
    metadata: { name, namespace, labels },
    rules: rulesFor(resources.map(withinNamespace)),
  };
}

/**
 * The Roles and RoleBindings that `--watch-namespaces` needs: in those namespaces only, nothing cluster-wide.
 *
 * @param namespaces the watched namespaces
 * @param options `name`: of each Role and RoleBinding; `subject`: the operator's ServiceAccount; `resources`: what is
 *   declared
 * @throws Error for a cluster-scoped resource that no Role can grant
 */
export function rolesFor(
  namespaces: readonly string[],
  options: { readonly name: string; readonly subject: ServiceAccountSubject; readonly resources: readonly Resource[] },
): readonly (RoleObject | BindingObject)[] {
  const { name, subject, resources } = options;
  return namespaces.flatMap((namespace) => [
    roleFor(name, namespace, resources),
    bindingFor({ name, namespace, role: { kind: 'Role', name }, subject }),
  ]);
}

/**
 * A binding of a role to the operator's ServiceAccount.
 *
 * @param options `namespace`: where it holds; undefined for the whole cluster
 */
export function bindingFor(options: {
  readonly name: string;
  readonly namespace?: string;
  readonly role: { readonly kind: 'Role' | 'ClusterRole'; readonly name: string };
  readonly subject: ServiceAccountSubject;
}): BindingObject {
  const { name, namespace, role, subject } = options;
  return {
    apiVersion: rbacVersion,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', ...role },
    subjects: [subject],
  };
}

/**
 * What a Role in a namespace can grant of a resource. Of cluster-scoped objects that is only the Namespace itself, by
 * its own path, where the API server takes the namespace from the URL: `get`, and `watch` by the path of old
 * (`isByPath` in src/runtime/request-path.ts). A list of the collection it can never grant.
 */
function withinNamespace(resource: Resource): Resource {
  if (resource.namespaced) return resource;
  if (resource.group === '' && resource.plural === 'namespaces') {
    return { ...resource, verbs: resource.verbs.filter((verb) => verb === 'get' || verb === 'watch') };
  }
  throw new Error(`${resource.plural} is cluster-scoped: no Role can grant it, so --watch-namespaces cannot use it`);
}

/** For whoever scrapes metrics that are served with `--metrics-secure`. Bound to nobody: that is the cluster's to say. */
export function metricsReaderRole(): RoleObject {
  return {
    apiVersion: rbacVersion,
    kind: 'ClusterRole',
    metadata: { name: 'metrics-reader', labels },
    rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }],
  };
}

/** Roles for people, added to the cluster's own `admin`, `edit` and `view` by aggregation. */
export function userRoles(): Readonly<Record<'admin' | 'editor' | 'viewer', RoleObject>> {
  const read = ['get', 'list', 'watch'];
  const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];
  const role = (name: string, aggregateTo: string, verbs: readonly string[], scale: readonly string[]): RoleObject => ({
    apiVersion: rbacVersion,
    kind: 'ClusterRole',
    metadata: {
      name: `mcpserver-${name}-role`,
      labels: { ...labels, [`rbac.authorization.k8s.io/aggregate-to-${aggregateTo}`]: 'true' },
    },
    rules: [
      { apiGroups: [group], resources: [plural], verbs },
      { apiGroups: [group], resources: [`${plural}/scale`], verbs: scale },
      { apiGroups: [group], resources: [`${plural}/status`], verbs: ['get'] },
    ],
  });
  return {
    admin: role('admin', 'admin', ['*'], ['*']),
    editor: role('editor', 'edit', [...read, ...write].sort(), ['get', 'patch', 'update']),
    viewer: role('viewer', 'view', read, ['get']),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
