import type { TestControlPlane } from './control-plane.ts';
import { until } from './until.ts';

/** What a kubelet would report, for control planes without a node: everything else about the pods is real. */

interface PodList {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly deletionTimestamp?: string } }[];
}

/**
 * Reports every pod of a server as ready, or as not ready, and goes on until so many are.
 *
 * @param count how many pods there must be
 */
export async function reportPods(
  plane: TestControlPlane,
  namespace: string,
  server: string,
  count: number,
  ready: boolean,
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  await until(
    async () => {
      const list = await plane.send<PodList>('GET', `${path}?labelSelector=mcp.mcp.dev/server=${server}`);
      const pods = list.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      for (const { metadata } of pods) {
        await reportPod(plane, namespace, metadata.name, { phase: 'Running', conditions: conditions(ready) });
      }
      return pods.length === count;
    },
    { what: `${count} pods of ${server}` },
  );
}

/** Reports one pod's status, merged into what it has. */
export async function reportPod(
  plane: TestControlPlane,
  namespace: string,
  name: string,
  status: object,
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
  const answer = await plane.request('PATCH', path, { status }, 'application/strategic-merge-patch+json');
  // Its controller may have deleted it in the meantime.
  if (answer.status !== 200 && answer.status !== 404) throw new Error(`PATCH ${path}: ${JSON.stringify(answer.body)}`);
}

/** The names of a server's pods. */
export async function podNames(plane: TestControlPlane, namespace: string, server: string): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=mcp.mcp.dev/server=${server}`;
  return (await plane.send<PodList>('GET', path)).items.map(({ metadata }) => metadata.name);
}

function conditions(ready: boolean) {
  const status = ready ? 'True' : 'False';
  const lastTransitionTime = new Date().toISOString();
  return ['ContainersReady', 'Ready'].map((type) => ({ type, status, lastTransitionTime }));
}

/** What keeps a pod from running, as kubelet and scheduler put it into a pod's status. */
export const podTrouble = {
  crashLoop: (restarts = 3) =>
    container({
      restartCount: restarts,
      state: { waiting: { reason: 'CrashLoopBackOff', message: `back-off ${restarts}0s restarting failed container` } },
      lastState: { terminated: { exitCode: 7, reason: 'Error', message: 'no API key\n' } },
    }),
  /** Between two back-offs of a crash loop. */
  relapse: (restarts = 3) =>
    container({
      restartCount: restarts,
      state: { running: {} },
      lastState: { terminated: { exitCode: 7, reason: 'Error', message: 'no API key\n' } },
    }),
  outOfMemory: () =>
    container({
      restartCount: 1,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
    }),
  imagePull: (reason: 'ErrImagePull' | 'ImagePullBackOff' = 'ImagePullBackOff') =>
    container({ state: { waiting: { reason, message: `Back-off pulling image "example.com/weather:1.0"` } } }),
  configError: (message: string) =>
    container({ state: { waiting: { reason: 'CreateContainerConfigError', message } } }),
  unschedulable: (message: string) => ({
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
  }),
} as const;

/** Reports the same of each pod of a server, once there are so many. */
export async function reportAll(
  plane: TestControlPlane,
  namespace: string,
  server: string,
  status: object,
  count = 1,
): Promise<readonly string[]> {
  const names = await until(
    async () => {
      const found = await podNames(plane, namespace, server);
      return found.length === count && found;
    },
    { what: `${count} pods of ${server}` },
  );
  for (const name of names) await reportPod(plane, namespace, name, status);
  return names;
}

function container(status: object) {
  const common = { name: 'mcp-server', image: 'example.com/weather:1.0', imageID: '', ready: false, restartCount: 0 };
  return { phase: 'Running', conditions: conditions(false), containerStatuses: [{ ...common, ...status }] };
}
