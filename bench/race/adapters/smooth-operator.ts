import { join } from 'node:path';
import type { Adapter } from '../adapter.ts';

const root = join(import.meta.dirname, '..', '..', '..');

const counts = (replicas: number) => ({
  replicas,
  updatedReplicas: replicas,
  readyReplicas: replicas,
  availableReplicas: replicas,
});

/** A time that is always the same: nobody looks at it, and equal runs are easier to compare. */
const time = '2026-01-01T00:00:00Z';
const condition = (type: string, reason: string) => ({
  type,
  status: 'True',
  reason,
  message: `${reason} (written by bench/race)`,
  lastTransitionTime: time,
  lastUpdateTime: time,
});

/**
 * This project's operator.
 *
 * @param args what follows `node`: its options, and the bundle
 */
export function smoothOperator(args: readonly string[]): Adapter {
  return {
    name: 'operator',
    command: [
      '{node}',
      ...args,
      '--kubeconfig={kubeconfig}',
      '--health-probe-bind-address=127.0.0.1:{healthPort}',
      '--metrics-bind-address=127.0.0.1:{metricsPort}',
    ],
    env: { NODE_ENV: 'production' },
    node: true,
    ready: { url: 'http://127.0.0.1:{healthPort}/readyz' },
    manifests: [join(root, 'config', 'crd', 'bases', 'mcp.mcp.dev_mcpservers.yaml')],
    resource: { api: '/apis/mcp.mcp.dev/v1alpha1', plural: 'mcpservers' },
    template: {
      apiVersion: 'mcp.mcp.dev/v1alpha1',
      kind: 'MCPServer',
      metadata: { name: '{name}' },
      // No pods exist, so nothing could be verified.
      spec: { image: 'example.com/weather:1.0', replicas: 1, verify: { disabled: true } },
    },
    children: [
      { api: '/apis/apps/v1', plural: 'deployments', name: '{name}' },
      { api: '/api/v1', plural: 'services', name: '{name}' },
    ],
    created: [{ path: 'status.observedGeneration', equals: '{generation}' }],
    available: {
      status: {
        observedGeneration: '{generation}',
        ...counts(1),
        conditions: [
          condition('Available', 'MinimumReplicasAvailable'),
          condition('Progressing', 'NewReplicaSetAvailable'),
        ],
      },
      checks: [{ path: 'status.phase', equals: 'Running' }],
    },
    scale: {
      patch: { spec: { replicas: 2 } },
      workload: [{ path: 'spec.replicas', equals: 2 }],
      checks: [{ path: 'status.observedGeneration', equals: '{generation}' }],
    },
    recreated: [
      { path: 'status.observedGeneration', equals: '{generation}' },
      { path: 'status.availableReplicas', equals: 0 },
    ],
  };
}
