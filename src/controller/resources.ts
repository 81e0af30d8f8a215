import type { DeploymentSpec, DeploymentStatus } from 'kubernetes-types/apps/v1.js';
import type { PodSpec, PodStatus, ServiceSpec } from 'kubernetes-types/core/v1.js';
import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import { group, kind, plural, version } from '../api/v1alpha1/names.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';

/**
 * Every kind of object that the controller touches, with the verbs that it uses. RBAC is generated from this table
 * (`npm run manifests`), and the client refuses whatever is not in it.
 */

export type Deployment = KubeObject & { readonly spec: DeploymentSpec; readonly status?: DeploymentStatus };
export type Service = KubeObject & { readonly spec: ServiceSpec };
export type Pod = KubeObject & { readonly spec?: Partial<PodSpec>; readonly status?: PodStatus };
/** The kinds of child, by their Kubernetes kind. */
export type ChildKind = 'Deployment' | 'Service';
export type SecretValues = KubeObject & { readonly data?: Readonly<Record<string, string>> };

export const mcpServers: Resource<MCPServer> = {
  group,
  version,
  kind,
  plural,
  namespaced: true,
  verbs: ['list', 'watch'],
  // `finalizers`: the OwnerReferencesPermissionEnforcement admission plugin asks for it before it lets us set
  // `blockOwnerDeletion` on a child.
  subresources: { status: ['patch'], finalizers: ['update'] },
};

/** `create` beside `patch`: an apply that creates needs both. `get`: to see who is in the way of a create. */
export const deployments: Resource<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  verbs: ['get', 'list', 'watch', 'create', 'patch'],
};

/** `delete`: a Service is taken back when the Deployment that it was made for is refused. */
export const services: Resource<Service> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  namespaced: true,
  verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
};

/** `status`: the readiness gate. */
export const pods: Resource<Pod> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  verbs: ['list', 'watch'],
  subresources: { status: ['patch'] },
};

/** One Secret with its values, by name: the token of `spec.verify.auth`, and no other. Never cached. */
export const secretValues: Resource<SecretValues> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  verbs: ['get'],
};

/** Metadata only: whether a Secret exists, and whether it has changed, is all that is watched. */
export const secrets: Resource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  verbs: ['list', 'watch'],
  metadataOnly: true,
};

/** Metadata only: for the Pod Security level that a namespace enforces. `get`: how a namespaced Role reads it. */
export const namespaces: Resource = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  verbs: ['get', 'list', 'watch'],
  metadataOnly: true,
};

/** What the RBAC generator reads. Events and Leases are the runtime's own and declared there. */
export const controllerResources: readonly Resource[] = [
  mcpServers,
  deployments,
  services,
  pods,
  secrets,
  secretValues,
  namespaces,
];
