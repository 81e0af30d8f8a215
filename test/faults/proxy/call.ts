/** What a request asks of the API server, as RBAC and audit name it; `apply` is a patch of its own kind. */
export const verbs = [
  'get',
  'list',
  'watch',
  'create',
  'apply',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'other',
] as const;

/** One of them. `other`: no request for an object, such as `/version`, or what goes on to a pod (`pods/proxy`). */
export type Verb = (typeof verbs)[number];

/** A request, parsed. */
export interface Call {
  readonly verb: Verb;
  /** Plural and group: `deployments.apps`, `services`. Empty for what is no resource. */
  readonly resource: string;
  /** Undefined for a cluster-scoped object, or for all namespaces. */
  readonly namespace: string | undefined;
  /** Undefined for a collection. Of a create, the name in the body. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** The path as it was sent, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

const writing: ReadonlySet<Verb> = new Set(['create', 'apply', 'update', 'patch', 'delete', 'deletecollection']);

/** True for what changes something, or tries to. */
export function isWrite(verb: Verb): boolean {
  return writing.has(verb);
}
