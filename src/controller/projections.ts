import type { ContainerStatus } from 'kubernetes-types/core/v1.js';
import type { KubeObject, ObjectMeta } from '../runtime/object.ts';
import { SERVER_LABEL } from './labels.ts';
import type { Pod } from './resources.ts';

/**
 * What the caches keep of each kind: the fields in use. A cluster has far more pods and Secrets than MCPServers, and
 * every field that is not kept is memory that ten thousand of them do not cost.
 */

/** The namespace label by which a Pod Security level is enforced (KEP-2579). */
export const POD_SECURITY_LABEL = 'pod-security.kubernetes.io/enforce';

/** A pod's name, its server, and what `pod-problem.ts` reads. */
export function projectPod(pod: Pod): Pod {
  const { status } = pod;
  return {
    metadata: slim(pod.metadata, SERVER_LABEL),
    status: {
      ...(status?.phase === undefined ? {} : { phase: status.phase }),
      ...(status?.reason === undefined ? {} : { reason: status.reason }),
      ...(status?.message === undefined ? {} : { message: status.message }),
      conditions: (status?.conditions ?? [])
        .filter(({ type }) => type === 'PodScheduled')
        .map(({ type, status, reason, message }) => ({
          type,
          status,
          ...(reason === undefined ? {} : { reason }),
          ...(message === undefined ? {} : { message }),
        })),
      containerStatuses: (status?.containerStatuses ?? []).map(projectContainer),
      initContainerStatuses: (status?.initContainerStatuses ?? []).map(projectContainer),
    },
  };
}

function projectContainer(status: ContainerStatus): ContainerStatus {
  const { name, image, imageID, ready, restartCount, state, lastState } = status;
  return {
    name,
    image,
    imageID,
    ready,
    restartCount,
    ...(state === undefined ? {} : { state }),
    ...(lastState === undefined ? {} : { lastState }),
  };
}

/** That a Secret exists. */
export function projectSecret(secret: KubeObject): KubeObject {
  return { metadata: slim(secret.metadata) };
}

/** A namespace's name and Pod Security level. */
export function projectNamespace(namespace: KubeObject): KubeObject {
  return { metadata: slim(namespace.metadata, POD_SECURITY_LABEL) };
}

/** Identity and age, and one label. */
function slim(metadata: ObjectMeta, label?: string): ObjectMeta {
  const value = label === undefined ? undefined : metadata.labels?.[label];
  return {
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
    ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
    ...(metadata.deletionTimestamp === undefined ? {} : { deletionTimestamp: metadata.deletionTimestamp }),
    ...(label === undefined || value === undefined ? {} : { labels: { [label]: value } }),
  };
}
