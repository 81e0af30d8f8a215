import type { MCPServer, MCPServerSpec } from '../../src/api/v1alpha1/mcp-server.ts';
import { deploymentFor } from '../../src/controller/objects/deployment.ts';
import { serviceFor } from '../../src/controller/objects/service.ts';
import type { Deployment, Pod, Service } from '../../src/controller/resources.ts';
import type { Rollout } from '../../src/controller/rollout.ts';
import type { Snapshot } from '../../src/controller/snapshot.ts';

/** Snapshots for table tests: each starts from a sound one and says only what is different. */

/** 2026-01-02T03:04:05Z: any fixed time does. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

/** An MCPServer as the API server returns it, defaults included. */
export function aServer(spec: Partial<MCPServerSpec> = {}, extra: Partial<MCPServer> = {}): MCPServer {
  return {
    apiVersion: 'mcp.mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: {
      name: 'weather',
      namespace: 'team-a',
      uid: 'uid-1',
      resourceVersion: '100',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      image: 'example.com/weather:1.0',
      replicas: 2,
      port: 8080,
      path: '/mcp',
      transport: 'StreamableHTTP',
      // What verification adds has tests of its own, which turn it on.
      verify: { interval: '30s', timeout: '5s', disabled: true },
      sessionAffinity: 'Auto',
      health: {
        type: 'HTTP',
        path: '/health',
        initialDelaySeconds: 0,
        periodSeconds: 10,
        timeoutSeconds: 5,
        failureThreshold: 3,
      },
      ...spec,
    },
    ...extra,
  };
}

/** A new server with nothing beside it. */
export function aSnapshot(fields: Partial<Snapshot> = {}): Snapshot {
  return {
    now: NOW,
    server: aServer(),
    children: { Deployment: undefined, Service: undefined },
    pods: [],
    reports: [],
    tokenExists: true,
    secretExists: true,
    restricted: false,
    refusals: {},
    ...fields,
  };
}

/** The Deployment of a server as it lives in the cluster, its status as its controller would write it. */
export function aLiveDeployment(
  server: MCPServer = aServer(),
  status: Deployment['status'] = {},
  metadata: Partial<Deployment['metadata']> = {},
): Deployment {
  const wish = deploymentFor(server, { restricted: false, healthType: 'HTTP' });
  return {
    ...wish,
    metadata: { ...wish.metadata, uid: 'uid-deployment', resourceVersion: '200', generation: 1, ...metadata },
    status: { observedGeneration: 1, ...status },
  };
}

/** The Service of a server as it lives in the cluster. */
export function aLiveService(server: MCPServer = aServer(), metadata: Partial<Service['metadata']> = {}): Service {
  const wish = serviceFor(server, 'None');
  return {
    ...wish,
    metadata: { ...wish.metadata, uid: 'uid-service', resourceVersion: '201', ...metadata },
    spec: { ...wish.spec, clusterIP: '198.19.0.7' },
  };
}

/** A server whose pods all run. */
export function aRunningSnapshot(fields: Partial<Snapshot> = {}): Snapshot {
  const server = fields.server ?? aServer();
  const { replicas } = server.spec;
  const status = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
  return aSnapshot({
    server,
    children: { Deployment: aLiveDeployment(server, status), Service: aLiveService(server) },
    ...fields,
  });
}

/** A pod of the server, waiting for a reason. */
export function aWaitingPod(name: string, reason: string, message?: string): Pod {
  return aPod(name, { waiting: { reason, ...(message === undefined ? {} : { message }) } });
}

/** A pod of the server whose one container is in a state. */
export function aPod(
  name: string,
  state: object,
  container: { readonly ready?: boolean; readonly restartCount?: number; readonly lastState?: object } = {},
): Pod {
  return {
    metadata: { name, namespace: 'team-a' },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'mcp-server',
          image: 'example.com/weather:1.0',
          imageID: '',
          ready: false,
          restartCount: 0,
          state,
          ...container,
        },
      ],
    },
  };
}

/** A rollout that is complete. */
export function aRollout(fields: Partial<Rollout> = {}): Rollout {
  return {
    name: 'weather',
    namespace: 'team-a',
    exists: true,
    isApplied: true,
    paused: false,
    wanted: 2,
    awaited: 'GET /health on port 8080 answers',
    available: 2,
    replicas: 2,
    isComplete: true,
    deadlineExceeded: false,
    podsRefused: undefined,
    problem: undefined,
    unverified: undefined,
    ...fields,
  };
}

/**
 * What makes a pod one of a server's: the labels, and the ReplicaSet that the server's Deployment has for the template.
 *
 * @param template the hash of the pod template
 */
export function replicaOf(server: string, template = '5d4f8c'): Pick<Pod['metadata'], 'labels' | 'ownerReferences'> {
  const name = `${server}-${template}`;
  return {
    labels: { 'mcp.mcp.dev/server': server, 'pod-template-hash': template },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: `uid-${name}`, controller: true }],
  };
}
