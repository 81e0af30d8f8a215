import type { Client } from '../../src/runtime/client.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { connect } from '../../src/runtime/connect.ts';
import type { ClientOptions } from '../../src/runtime/kube-client.ts';
import { createClient } from '../../src/runtime/kube-client.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import type { Resource, Verb } from '../../src/runtime/resource.ts';

const all: readonly Verb[] = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** A ConfigMap, as far as tests read it. */
export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Resources that every API server has, with every verb: what a test may do with them is RBAC's business. */
export const configMaps: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  verbs: all,
};

export const secretMetadata: Resource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  verbs: ['get', 'list', 'watch'],
  metadataOnly: true,
};

export const namespaces: Resource = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  verbs: ['get', 'list', 'watch'],
};

export const deployments: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
  verbs: all,
  subresources: { status: ['patch'] },
};

/** A client of the real API server. Close it. */
export async function clientOf(kubeconfig: string, more: Partial<ClientOptions> = {}): Promise<Client> {
  const connection = await connect({ clock: systemClock, kubeconfig, env: {} });
  return createClient({ connection, clock: systemClock, ...more });
}

/** A ConfigMap to be applied. */
export function configMap(namespace: string, name: string, data: Readonly<Record<string, string>> = {}): ConfigMap {
  return { metadata: { namespace, name }, data };
}

/** A Deployment to be applied, with a pod template that is complete and never runs. */
export function deployment(
  namespace: string,
  name: string,
  image = 'example.test/image:1',
): KubeObject & { spec: object } {
  const labels = { app: name };
  return {
    metadata: { namespace, name },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } },
    },
  };
}
