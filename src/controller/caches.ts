import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import type { Client, Selection } from '../runtime/client.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ApiError } from '../runtime/errors.ts';
import { createInformer, type Informer } from '../runtime/informer.ts';
import type { Logger } from '../runtime/log.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { SERVER_LABEL } from './labels.ts';
import { projectNamespace, projectPod, projectSecret } from './projections.ts';
import {
  type Deployment,
  deployments,
  mcpServers,
  namespaces,
  type Pod,
  pods,
  type Service,
  secrets,
  services,
} from './resources.ts';

/** Everything that the controller sees of the cluster. */
export interface Caches {
  readonly servers: Informer<MCPServer>;
  readonly deployments: Informer<Deployment>;
  readonly services: Informer<Service>;
  readonly pods: Informer<Pod>;
  readonly secrets: Informer<KubeObject>;
  readonly namespaces: Informer<KubeObject>;
}

/** What the caches are made of. */
export interface CacheOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  /** Watch these namespaces alone, so that Roles in them suffice. Default, and when empty: all. */
  readonly watchNamespaces: readonly string[];
  /** Told when watching fails, and with undefined when it works again. */
  readonly onTrouble: (resource: Resource, error: ApiError | undefined) => void;
}

/**
 * The caches, not yet started. Children and pods are selected by our label: a cluster's other Deployments and pods never
 * reach this process.
 */
export function createCaches(options: CacheOptions): Caches {
  const { client, clock, log, watchNamespaces, onTrouble } = options;
  const everywhere: readonly Selection[] =
    watchNamespaces.length === 0 ? [{}] : watchNamespaces.map((namespace) => ({ namespace }));
  // A Role can grant the reading of its own namespace object, but only by name.
  const ownNamespaces: readonly Selection[] =
    watchNamespaces.length === 0 ? [{}] : watchNamespaces.map((name) => ({ name }));

  function informerFor<T extends KubeObject>(resource: Resource<T>, more: Partial<Extra<T>> = {}): Informer<T> {
    return createInformer({
      client,
      resource,
      selections: everywhere,
      streams: true,
      clock,
      log,
      onTrouble: (error) => onTrouble(resource, error),
      ...more,
    });
  }

  const labelSelector = SERVER_LABEL;
  return {
    servers: informerFor(mcpServers, {
      indexes: {
        [BY_SECRET]: ({ metadata, spec }) =>
          [spec.secretName, spec.verify.auth?.secretKeyRef.name].flatMap((name) =>
            name === undefined ? [] : [`${metadata.namespace}/${name}`],
          ),
        [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace],
      },
    }),
    deployments: informerFor(deployments, { labelSelector }),
    services: informerFor(services, { labelSelector }),
    pods: informerFor(pods, {
      labelSelector,
      project: projectPod,
      indexes: { [BY_SERVER]: ({ metadata }) => [`${metadata.namespace}/${metadata.labels?.[SERVER_LABEL] ?? ''}`] },
    }),
    secrets: informerFor(secrets, { project: projectSecret }),
    namespaces: informerFor(namespaces, { selections: ownNamespaces, project: projectNamespace }),
  };
}

type Extra<T extends KubeObject> = Pick<
  Parameters<typeof createInformer<T>>[0],
  'selections' | 'labelSelector' | 'project' | 'indexes'
>;

/** Index of MCPServers by the key of the Secret that they name. */
export const BY_SECRET = 'secret';
/** Index of MCPServers by namespace. */
export const BY_NAMESPACE = 'namespace';
/** Index of pods by the key of their MCPServer. */
export const BY_SERVER = 'server';
