import type { ContainerStatus } from 'kubernetes-types/core/v1.js';
import { controllerOf, type KubeObject, type ObjectMeta } from '../runtime/object.ts';
import { CONTAINER_NAME, SERVER_LABEL, VERIFIED_GATE } from './labels.ts';
import type { Pod } from './resources.ts';

/**
 * What the caches keep of each kind: the fields in use. A cluster has far more pods and Secrets than MCPServers, and
 * every field that is not kept is memory that ten thousand of them do not cost.
 */

/** The namespace label by which a Pod Security level is enforced (KEP-2579). */
export const POD_SECURITY_LABEL = 'pod-security.kubernetes.io/enforce';

/** What a ReplicaSet calls the pod template that it makes pods from. */
export const TEMPLATE_LABEL = 'pod-template-hash';

const podConditions = new Set(['PodScheduled', 'ContainersReady', VERIFIED_GATE]);

/**
 * A pod's name, its server, and what `pod-problem.ts` and verification read.
 *
 * A pod that only says that it is a server's, by the label, is nobody's here: whoever may create pods could otherwise
 * have the operator speak to it, and show it the server's token. And a pod of the node's network is no address of its
 * own: behind it are the node's services.
 */
export function projectPod(pod: Pod): Pod {
  const { status, spec } = pod;
  const labels = isOfADeployment(pod) ? [SERVER_LABEL, TEMPLATE_LABEL] : [TEMPLATE_LABEL];
  const creationTimestamp = pod.metadata.creationTimestamp;
  return {
    metadata: {
      ...slim(pod.metadata, ...labels),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: {
      ...(spec?.readinessGates === undefined ? {} : { readinessGates: spec.readinessGates }),
      containers: (spec?.containers ?? [])
        .filter(({ name }) => name === CONTAINER_NAME)
        .map(({ name, image, ports }) => ({
          name,
          ...(image === undefined ? {} : { image }),
          ...(ports === undefined ? {} : { ports }),
        })),
    },
    status: {
      ...(status?.phase === undefined ? {} : { phase: status.phase }),
      ...(status?.podIP === undefined || spec?.hostNetwork === true ? {} : { podIP: status.podIP }),
      ...(status?.reason === undefined ? {} : { reason: status.reason }),
      ...(status?.message === undefined ? {} : { message: status.message }),
      conditions: (status?.conditions ?? [])
        .filter(({ type }) => podConditions.has(type))
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

/**
 * True for a pod of the ReplicaSet that the server's Deployment has for its template. A pod that names it wrongly as its
 * owner is collected as garbage; one that names it rightly is the ReplicaSet's to count, and to delete.
 */
function isOfADeployment(pod: Pod): boolean {
  const owner = controllerOf(pod);
  const { [SERVER_LABEL]: server, [TEMPLATE_LABEL]: template } = pod.metadata.labels ?? {};
  return owner?.kind === 'ReplicaSet' && owner.apiVersion.startsWith('apps/') && owner.name === `${server}-${template}`;
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

/** Identity and age, and some labels. */
function slim(metadata: ObjectMeta, ...labels: readonly string[]): ObjectMeta {
  const kept = Object.fromEntries(
    labels.flatMap((label) => {
      const value = metadata.labels?.[label];
      return value === undefined ? [] : [[label, value]];
    }),
  );
  return {
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
    ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
    ...(metadata.deletionTimestamp === undefined ? {} : { deletionTimestamp: metadata.deletionTimestamp }),
    ...(Object.keys(kept).length === 0 ? {} : { labels: kept }),
  };
}
