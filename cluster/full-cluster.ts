import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildImage } from '../images/build.ts';
import { type Binaries, resolveBinaries } from './binaries/resolve.ts';
import { ClusterError } from './cluster-error.ts';
import { type ClusterRecord, readRecord, refuseOtherVersion, writeRecord } from './cluster-record.ts';
import { giveKubeconfig, launchComponent } from './control-plane/launch.ts';
import { type ControlPlaneSettings, componentNames, logFileOf } from './control-plane/settings.ts';
import { adviceFor } from './control-plane/wait-healthy.ts';
import { kubernetesServiceAddress, type Layout, nodeAddress, nodeName, serviceRange } from './layout.ts';
import { tailOf } from './log-tail.ts';
import { importImages, listImages, startContainerd } from './node/containerd.ts';
import { hasKubernetesRules, saveRules } from './node/iptables.ts';
import { type NodeLaunch, startKubelet, startKubeProxy } from './node/kubelet.ts';
import { setUpNetwork } from './node/network.ts';
import { claim, disown, isRunning, readOwner } from './node/owner.ts';
import { type ContainerRuntime, resolveRuntime } from './node/packages.ts';
import { removeFromMachine, removeTraces } from './node/remove.ts';
import { ensurePki } from './pki/cluster-pki.ts';
import { runOrThrow } from './process/run.ts';
import type { Report } from './progress.ts';
import { waitFor } from './wait.ts';

/** What starting a cluster takes. */
export interface UpOptions {
  readonly layout: Layout;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/** Kubernetes' usual ports, on an address that is ours alone. */
const ports = { 'kube-apiserver': 6443, 'kube-controller-manager': 10257, 'kube-scheduler': 10259 };

/**
 * Starts a whole cluster on this machine, or what is missing of it: after this a pod can be created and is started.
 *
 * @throws ClusterError that names the component that failed, with its last lines
 */
export async function upFull({ layout, report, signal }: UpOptions): Promise<void> {
  const binaries = await resolveBinaries({ report, signal });
  const runtime = await resolveRuntime({ env: process.env, report, signal });
  await refuseOthers(layout, runtime, report);
  await refuseOrForget(layout, binaries, report);
  await claim(layout);
  await Promise.all(
    [layout.run, layout.state, layout.logs].map((path) => mkdir(path, { recursive: true, mode: 0o700 })),
  );
  const record: ClusterRecord = { mode: 'full', version: binaries.release.version, ports };
  await writeRecord(layout.record, record);
  await setUpNetwork({ env: { ...process.env, PATH: runtime.path } });

  const settings = fullSettings(layout);
  const pki = await ensurePki(join(layout.state, 'pki'), {
    addresses: [nodeAddress, kubernetesServiceAddress],
    node: { name: nodeName, address: nodeAddress },
    nowMs: Date.now(),
  });
  const launch: NodeLaunch = { layout, settings, binaries, pki, path: runtime.path, report, signal };
  // Two processors: the API server and the images have nothing to do with each other.
  await all<void>([startControlPlaneParts(launch), startRuntime(layout, runtime, report, signal)]);
  await giveKubeconfig('admin', layout.kubeconfig, settings, pki);
  const before = Date.now();
  const [startedKubelet] = await all([startKubelet(launch), startKubeProxy(launch)]);
  await waitUntilUsable(launch, startedKubelet ? before : 0);
}

/** The settings of a full cluster's control plane. */
export function fullSettings(layout: Layout): ControlPlaneSettings {
  return {
    directory: layout.state,
    runDirectory: layout.run,
    logDirectory: layout.logs,
    address: nodeAddress,
    ports,
    serviceRange,
    kubernetesServiceAddress,
    hasNodes: true,
    unsafeNoFsync: false,
  };
}

async function startControlPlaneParts(launch: NodeLaunch): Promise<void> {
  for (const component of componentNames) await launchComponent(component, launch);
}

async function startRuntime(
  layout: Layout,
  runtime: ContainerRuntime,
  report: Report,
  signal: AbortSignal | undefined,
): Promise<void> {
  const pause = await buildImage('pause', { progress: (line) => report(`pause image: ${line}`), signal });
  await startContainerd(layout, runtime, pause.canonicalRef, report, signal);
  const present = await listImages(layout, runtime.ctr);
  if (!present.includes(pause.canonicalRef)) await importImages(layout, runtime.ctr, pause.archivePath);
}

/** The node is Ready, and a pod that is created now is not refused for want of its ServiceAccount. */
async function waitUntilUsable({ layout, binaries, report, signal }: NodeLaunch, sinceMs: number): Promise<void> {
  const kubectl = (...args: string[]) =>
    runOrThrow(binaries.path('kubectl'), ['--kubeconfig', layout.kubeconfig, ...args], { deadlineMs: 15_000 });
  const logFile = logFileOf({ logDirectory: layout.logs }, 'kubelet');
  await waitFor(
    async () => {
      const node = await ready(kubectl('get', 'node', nodeName, '-o', nodeReadiness));
      const account = await ready(kubectl('-n', 'default', 'get', 'serviceaccount', 'default', '-o', 'name'));
      return isReady(node, sinceMs) && account !== '';
    },
    {
      what: `the node ${nodeName} to be Ready`,
      deadlineMs: 120_000,
      intervalMs: 200,
      signal,
      onDeadline: async (message) => {
        const tail = await tailOf(logFile);
        return new ClusterError('ComponentFailed', message, {
          component: 'kubelet',
          tail,
          logFile,
          fix: adviceFor(tail),
        });
      },
    },
  );
  report(`node ${nodeName}: Ready`);
}

const nodeReadiness = 'jsonpath={range .status.conditions[?(@.type=="Ready")]}{.status} {.lastHeartbeatTime}{end}';

/**
 * Whether a node is Ready, as said by a kubelet that lives: after a `kill -9` the API server still has the old word.
 *
 * @param readiness status and heartbeat: `True 2026-01-01T00:00:00Z`
 * @param sinceMs the oldest heartbeat that counts, in milliseconds since the epoch
 */
export function isReady(readiness: string, sinceMs: number): boolean {
  const [status, heartbeat = ''] = readiness.split(' ');
  // Heartbeats are whole seconds, rounded down.
  return status === 'True' && Date.parse(heartbeat) >= Math.floor(sinceMs / 1000) * 1000;
}

/** kubectl's failures are "not yet" here: the node is not registered, the account not made. */
async function ready(answer: Promise<string>): Promise<string> {
  return (
    await answer.catch((thrown: unknown) => {
      if (thrown instanceof ClusterError && thrown.code === 'CommandFailed') return '';
      throw thrown;
    })
  ).trim();
}

/** Waits for all, also when one fails: what is under way must not go on behind the error's back. */
async function all<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/**
 * What was started from these files goes on with them; what was not is ended first.
 *
 * @throws ClusterError `OtherVersion` when another version of Kubernetes is there
 */
async function refuseOrForget(layout: Layout, binaries: Binaries, report: Report): Promise<void> {
  const [owner, record] = await Promise.all([readOwner(layout), readRecord(layout.record)]);
  refuseOtherVersion(record, binaries);
  if (owner?.checkout !== layout.checkout || record !== undefined) return;
  // Somebody removed `.local`, keys and all: what runs cannot be talked to any more.
  report('the files of the cluster are gone, what is left of it is ended');
  await removeTraces(owner, { env: process.env });
}

/**
 * One cluster on a machine: the interface, the addresses and kube-proxy's chains are there once.
 *
 * @throws ClusterError `OtherCheckout` or `OtherKubernetes`
 */
async function refuseOthers(layout: Layout, runtime: ContainerRuntime, report: Report): Promise<void> {
  const owner = await readOwner(layout);
  if (owner?.checkout === layout.checkout) return;
  const options = { env: { ...process.env, PATH: runtime.path } };
  if (owner !== undefined && (await isRunning(owner))) {
    throw new ClusterError(
      'OtherCheckout',
      `the checkout ${owner.checkout} runs its cluster on this machine, which can have one`,
      {
        fix: `use it (KUBECONFIG=${join(owner.state, 'kubeconfig')}), or end it: npm --prefix ${owner.checkout} run cluster-down`,
      },
    );
  }
  if (owner !== undefined) {
    report(`cleaning up after the cluster of ${owner.checkout}, which is no longer running`);
    await removeFromMachine(owner, options);
    await disown(layout);
    return;
  }
  if (hasKubernetesRules(await saveRules('iptables', options))) {
    throw new ClusterError(
      'OtherKubernetes',
      'this machine is already a node of a Kubernetes that is not ours (iptables has KUBE-SERVICES)',
      {
        fix: 'use that one: set KUBECONFIG to its kubeconfig, and `make run` works against it',
      },
    );
  }
}

/** Ends a full cluster and removes every trace of it. May be called twice, and when nothing is there. */
export async function downFull({ layout }: UpOptions): Promise<void> {
  const owner = await readOwner(layout);
  if (owner?.checkout === layout.checkout) {
    await removeTraces(owner, { env: process.env });
    await disown(layout);
  }
}
