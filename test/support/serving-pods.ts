import type { TestControlPlane } from './control-plane.ts';
import { reportAll, reportPod } from './pretend-kubelet.ts';

/**
 * Reports a server's pods as running at loopback addresses, where real MCP servers listen: what a kubelet would say of
 * pods whose containers are those servers. The first pod by name is at the first address.
 *
 * @param ready what the kubelet's own probes say
 */
export async function reportServing(
  plane: TestControlPlane,
  namespace: string,
  server: string,
  addresses: readonly string[],
  ready = true,
): Promise<readonly string[]> {
  const names = await reportAll(plane, namespace, server, {}, addresses.length);
  const sorted = [...names].sort();
  for (const [index, name] of sorted.entries()) {
    await reportServingPod(plane, namespace, name, addresses[index] ?? '', ready);
  }
  return sorted;
}

/** Reports one pod as running at an address. */
export async function reportServingPod(
  plane: TestControlPlane,
  namespace: string,
  name: string,
  podIP: string,
  ready = true,
): Promise<void> {
  const conditions = [
    { type: 'ContainersReady', status: ready ? 'True' : 'False', lastTransitionTime: new Date().toISOString() },
  ];
  const container = {
    name: 'mcp-server',
    image: 'example.com/weather:1.0',
    imageID: '',
    ready,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: new Date().toISOString() } },
  };
  const status = {
    phase: 'Running',
    podIP,
    podIPs: [{ $patch: 'replace' }, { ip: podIP }],
    conditions,
    containerStatuses: [container],
  };
  await reportPod(plane, namespace, name, status);
}

/** Does the last part of a kubelet's work: a pod whose containers and gates are ready is `Ready`. */
export async function completeReadiness(plane: TestControlPlane, namespace: string, server: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const list = await plane.send<PodList>('GET', `${path}?labelSelector=mcp.mcp.dev/server=${server}`);
  for (const { metadata, spec, status } of list.items) {
    const isTrue = (type: string) => status.conditions?.some((each) => each.type === type && each.status === 'True');
    const gates = (spec.readinessGates ?? []).map(({ conditionType }) => conditionType);
    const ready = ['ContainersReady', ...gates].every(isTrue) ? 'True' : 'False';
    const conditions = [{ type: 'Ready', status: ready, lastTransitionTime: new Date().toISOString() }];
    const patch = { status: { conditions } };
    await plane.request('PATCH', `${path}/${metadata.name}/status`, patch, 'application/strategic-merge-patch+json');
  }
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly readinessGates?: readonly { readonly conditionType: string }[] };
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}
