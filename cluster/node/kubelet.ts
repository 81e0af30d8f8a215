import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from '../binaries/resolve.ts';
import { giveKubeconfig, withoutProxy } from '../control-plane/launch.ts';
import { type ControlPlaneSettings, flags, kubeconfigOf, logFileOf, pidFileOf } from '../control-plane/settings.ts';
import { waitHealthy } from '../control-plane/wait-healthy.ts';
import { type Layout, nodeAddress, nodeName, podRange } from '../layout.ts';
import type { Pki } from '../pki/cluster-pki.ts';
import { runningDaemon, startDaemon } from '../process/daemon.ts';
import { duration, type Report } from '../progress.ts';
import { containerdFiles } from './containerd.ts';

/** What the node's two Kubernetes processes are started with. */
export interface NodeLaunch {
  readonly layout: Layout;
  readonly settings: ControlPlaneSettings;
  readonly binaries: Binaries;
  readonly pki: Pki;
  /** PATH, with the directories of system programs. */
  readonly path: string;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/** The kubelet's ports and kube-proxy's, all on the node's own address: Kubernetes' usual ones. */
const ports = { kubelet: 10250, kubeletHealth: 10248, proxyHealth: 10256, proxyMetrics: 10249 };

/** Starts the kubelet, unless it runs. Returns when it is healthy; the node is Ready a moment later. */
export async function startKubelet(launch: NodeLaunch): Promise<boolean> {
  const { layout } = launch;
  const configFile = join(layout.state, 'kubelet.json');
  return startNodeProcess('kubelet', `http://${nodeAddress}:${ports.kubeletHealth}/healthz`, launch, async () => {
    await mkdir(layout.kubelet, { recursive: true });
    await writeFile(configFile, JSON.stringify(kubeletConfig(layout, launch.pki), undefined, 2));
    return flags({
      config: configFile,
      kubeconfig: kubeconfigOf(launch.settings, 'kubelet'),
      'hostname-override': nodeName,
      'node-ip': nodeAddress,
      'root-dir': layout.kubelet,
      'cert-dir': join(layout.state, 'pki'),
    });
  });
}

/** Starts kube-proxy, unless it runs. Returns when it is healthy: then Services work. */
export async function startKubeProxy(launch: NodeLaunch): Promise<boolean> {
  const configFile = join(launch.layout.state, 'kube-proxy.json');
  return startNodeProcess('kube-proxy', `http://${nodeAddress}:${ports.proxyHealth}/healthz`, launch, async () => {
    const kubeconfig = kubeconfigOf(launch.settings, 'kube-proxy');
    await writeFile(configFile, JSON.stringify(kubeProxyConfig(kubeconfig), undefined, 2));
    return flags({ config: configFile, 'hostname-override': nodeName });
  });
}

async function startNodeProcess(
  name: 'kubelet' | 'kube-proxy',
  healthUrl: string,
  launch: NodeLaunch,
  prepare: () => Promise<string[]>,
): Promise<boolean> {
  const { settings, binaries, pki, path, report, signal } = launch;
  const start = performance.now();
  const pidFile = pidFileOf(settings, name);
  const logFile = logFileOf(settings, name);
  let identity = await runningDaemon(pidFile);
  const running = identity !== undefined;
  if (identity === undefined) {
    await giveKubeconfig(name, name, settings, pki);
    const args = await prepare();
    const env = { ...withoutProxy, PATH: path };
    identity = await startDaemon({ name, program: binaries.path(name), args, env, logFile, pidFile });
  }
  const isHealthy = async () => (await fetch(healthUrl, { signal: AbortSignal.timeout(5_000) })).ok;
  await waitHealthy(name, identity, logFile, isHealthy, signal);
  report(running ? `${name}: already running` : `${name}: healthy after ${duration(performance.now() - start)}`);
  return !running;
}

/** What the kubelet is told (kubelet.config.k8s.io/v1beta1). */
export function kubeletConfig(layout: Layout, pki: Pki) {
  const systemdResolv = '/run/systemd/resolve/resolv.conf';
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: nodeAddress,
    port: ports.kubelet,
    healthzBindAddress: nodeAddress,
    healthzPort: ports.kubeletHealth,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki.certificate('ca') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: pki.certificate('kubelet'),
    tlsPrivateKeyFile: pki.key('kubelet'),
    containerRuntimeEndpoint: `unix://${containerdFiles(layout).socket}`,
    podLogsDir: join(layout.state, 'pod-logs'),
    volumePluginDir: join(layout.state, 'volume-plugins'),
    // systemd-resolved's stub listens on loopback, which is another one inside a pod.
    ...(existsSync(systemdResolv) ? { resolvConf: systemdResolv } : {}),
    // Works on both versions of cgroups, with and without systemd.
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    oomScoreAdj: 0,
    makeIPTablesUtilChains: false,
    // The images were made here and no registry has them: an image that is removed does not come back.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    // A developer's disk is full most of the time; evicting the demo does not help.
    evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    serializeImagePulls: false,
    maxPods: 500,
  };
}

/** What kube-proxy is told (kubeproxy.config.k8s.io/v1alpha1). */
export function kubeProxyConfig(kubeconfig: string) {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    bindAddress: nodeAddress,
    healthzBindAddress: `${nodeAddress}:${ports.proxyHealth}`,
    metricsBindAddress: `${nodeAddress}:${ports.proxyMetrics}`,
    clientConnection: { kubeconfig },
    clusterCIDR: podRange,
    // `nftables` needs the `nft` program.
    mode: 'iptables',
    iptables: { localhostNodePorts: false, minSyncPeriod: '100ms' },
    // Node ports on the node's own address only, not on the machine's.
    nodePortAddresses: ['primary'],
    // Zero leaves the kernel's own settings alone.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    oomScoreAdj: 0,
  };
}
