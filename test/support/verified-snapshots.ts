import type { MCPServer, MCPServerSpec, MCPServerStatus } from '../../src/api/v1alpha1/mcp-server.ts';
import type { Pod } from '../../src/controller/resources.ts';
import type { Snapshot } from '../../src/controller/snapshot.ts';
import type { PodReport } from '../../src/mcp/verify/report.ts';
import { podReport } from './probe-results.ts';
import { aRunningSnapshot, aServer } from './snapshots.ts';

/** Snapshots of servers that are verified: pods as the caches hold them, and what was found of them. */

export const GATE = 'mcp.mcp.dev/verified';

/** A server that is verified, with two pods. */
export function aVerifiedServer(spec: Partial<MCPServerSpec> = {}, status?: Partial<MCPServerStatus>): MCPServer {
  const verify = { interval: '30s', timeout: '5s' };
  return aServer({ verify, ...spec }, status === undefined ? {} : { status: status as MCPServerStatus });
}

/** What is different of one pod. */
export interface ServingPodOptions {
  /** What the kubelet's probes say. Default: true. */
  readonly ready?: boolean;
  /** The state of its gate; `unset` for a gate that nobody has set. Default: it has none. */
  readonly gate?: 'True' | 'False' | 'unset';
  readonly deleted?: boolean;
  /** Default 2026-01-01T00:00:00Z. */
  readonly born?: string;
  readonly template?: string;
  readonly image?: string;
  /** Default 8080. */
  readonly port?: number;
  /** Default: it has one. Null: it has none yet. */
  readonly address?: string | null;
  /** Default: its container runs. */
  readonly waiting?: boolean;
}

/** A pod of the server `weather`, as the cache holds it. Its uid is `uid-` and its name. */
export function aServingPod(name: string, options: ServingPodOptions = {}): Pod {
  const { ready = true, gate, deleted = false, template = 'abc', port = 8080, address = '10.0.0.7' } = options;
  const state = options.waiting ? { waiting: { reason: 'ContainerCreating' } } : { running: {} };
  return {
    metadata: {
      name,
      namespace: 'team-a',
      uid: `uid-${name}`,
      creationTimestamp: options.born ?? '2026-01-01T00:00:00Z',
      labels: { 'mcp.mcp.dev/server': 'weather', 'pod-template-hash': template },
      ...(deleted ? { deletionTimestamp: '2026-01-02T00:00:00Z' } : {}),
    },
    spec: {
      ...(gate === undefined ? {} : { readinessGates: [{ conditionType: GATE }] }),
      containers: [
        {
          name: 'mcp-server',
          image: options.image ?? 'example.com/weather:1.0',
          ports: [{ name: 'http', containerPort: port }],
        },
      ],
    },
    status: {
      phase: 'Running',
      ...(address === null ? {} : { podIP: address }),
      conditions: [
        { type: 'ContainersReady', status: ready ? 'True' : 'False' },
        ...(gate === undefined || gate === 'unset' ? [] : [{ type: GATE, status: gate }]),
      ],
      containerStatuses: [{ name: 'mcp-server', image: '', imageID: '', ready, restartCount: 0, state }],
    },
  };
}

/** What was found of a pod of this name. */
export function reportOn(pod: string, more: Partial<PodReport> = {}): PodReport {
  return podReport({ podUid: `uid-${pod}`, pod, message: `pod ${pod} speaks MCP`, ...more });
}

/** A pod of this name that failed. */
export function failureOf(pod: string, more: Partial<PodReport> = {}): PodReport {
  return reportOn(pod, {
    verdict: 'HandshakeTimeout',
    standing: 'Failed',
    message: `pod ${pod}: POST /mcp got no answer; look at the pod's log`,
    server: undefined,
    ...more,
  });
}

/** A running server with two pods that pass. */
export function aVerifiedSnapshot(fields: Partial<Snapshot> = {}): Snapshot {
  return aRunningSnapshot({
    server: aVerifiedServer(),
    pods: [aServingPod('a'), aServingPod('b')],
    reports: [reportOn('a'), reportOn('b')],
    ...fields,
  });
}
