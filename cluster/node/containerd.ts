import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { logFileOf, pidFileOf } from '../control-plane/settings.ts';
import { waitHealthy } from '../control-plane/wait-healthy.ts';
import { type Layout, nodeAddress, podRange } from '../layout.ts';
import { runningDaemon, startDaemon } from '../process/daemon.ts';
import { run, runOrThrow } from '../process/run.ts';
import { duration, type Report } from '../progress.ts';
import type { ContainerRuntime } from './packages.ts';

/** containerd's directory of images and layers, its socket, and what else it is told. */
export function containerdFiles(layout: Layout) {
  return {
    root: join(layout.state, 'containerd'),
    state: join(layout.run, 'containerd'),
    socket: join(layout.run, 'containerd.sock'),
    config: join(layout.state, 'containerd.toml'),
    cni: join(layout.state, 'cni'),
    addresses: join(layout.state, 'cni-addresses'),
  };
}

/** containerd's namespace of everything that the kubelet sees. */
const kubernetesNamespace = 'k8s.io';

/**
 * Starts our own containerd, beside any other that the machine runs.
 *
 * @param pauseImage the image of each pod's first container
 * @returns true when it was started, false when it ran already
 */
export async function startContainerd(
  layout: Layout,
  runtime: ContainerRuntime,
  pauseImage: string,
  report: Report,
  signal?: AbortSignal,
): Promise<boolean> {
  const start = performance.now();
  const files = containerdFiles(layout);
  const settings = { runDirectory: layout.run, logDirectory: layout.logs };
  const pidFile = pidFileOf(settings, 'containerd');
  const logFile = logFileOf(settings, 'containerd');
  let identity = await runningDaemon(pidFile);
  const running = identity !== undefined;
  if (identity === undefined) {
    await Promise.all([files.root, files.cni].map((directory) => mkdir(directory, { recursive: true })));
    const snapshotter = (await canOverlay(layout.state)) ? 'overlayfs' : 'native';
    await writeFile(files.config, containerdConfig({ layout, runtime, pauseImage, snapshotter }));
    await writeFile(
      join(files.cni, '10-smooth-operator.conflist'),
      JSON.stringify(cniConfig(files.addresses), undefined, 2),
    );
    identity = await startDaemon({
      name: 'containerd',
      program: runtime.containerd,
      args: ['--config', files.config],
      env: { PATH: runtime.path },
      logFile,
      pidFile,
    });
  }
  const plugins = ['--address', files.socket, 'plugins', 'list'];
  const isHealthy = async () => criIsLoaded((await run(runtime.ctr, plugins, { deadlineMs: 10_000 })).stdout);
  await waitHealthy('containerd', identity, logFile, isHealthy, signal);
  report(running ? 'containerd: already running' : `containerd: healthy after ${duration(performance.now() - start)}`);
  return !running;
}

/**
 * Puts the images of a docker or OCI archive into the cluster.
 *
 * @param archive a path
 */
export async function importImages(layout: Layout, ctr: string, archive: string): Promise<void> {
  const { socket } = containerdFiles(layout);
  const args = ['--address', socket, '--namespace', kubernetesNamespace, 'images', 'import', '--no-unpack', archive];
  await runOrThrow(ctr, args, { deadlineMs: 600_000 });
}

/** The names of the images that the cluster has. */
export async function listImages(layout: Layout, ctr: string): Promise<string[]> {
  const { socket } = containerdFiles(layout);
  const output = await runOrThrow(ctr, [
    '--address',
    socket,
    '--namespace',
    kubernetesNamespace,
    'images',
    'list',
    '--quiet',
  ]);
  return output.split('\n').filter((line) => line !== '');
}

/** @param list what `ctr plugins list` prints: type, id, platforms, status */
export function criIsLoaded(list: string): boolean {
  return list.split('\n').some((line) => /^io\.containerd\.grpc\.v1\s+cri\s.*\bok\s*$/.test(line));
}

/** Overlays do not stack on every file system, a container's own for one. */
async function canOverlay(directory: string): Promise<boolean> {
  const base = await mkdtemp(join(directory, 'overlay-'));
  try {
    const [lower = '', upper = '', work = '', merged = ''] = ['lower', 'upper', 'work', 'merged'].map((name) =>
      join(base, name),
    );
    await Promise.all([lower, upper, work, merged].map((name) => mkdir(name)));
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const { code } = await run('mount', ['-t', 'overlay', 'overlay', '-o', options, merged]);
    if (code === 0) await runOrThrow('umount', [merged]);
    return code === 0;
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

/** What containerd is told, as TOML. */
export function containerdConfig(given: {
  readonly layout: Layout;
  readonly runtime: ContainerRuntime;
  readonly pauseImage: string;
  readonly snapshotter: 'overlayfs' | 'native';
}): string {
  const files = containerdFiles(given.layout);
  const text = JSON.stringify;
  return `version = 2
root = ${text(files.root)}
state = ${text(files.state)}
oom_score = 0
# What is not used, and what would keep files outside this checkout.
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
  address = ${text(files.socket)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(given.pauseImage)}
  stream_server_address = ${text(nodeAddress)}
  # Without CAP_SYS_RESOURCE runc may not lower a score, and dies.
  restrict_oom_score_adj = true
  # Network namespaces go when this cluster goes.
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(given.runtime.pluginDirectory)}
    conf_dir = ${text(files.cni)}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = ${text(given.snapshotter)}

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        Root = ${text(join(given.layout.run, 'runc'))}
`;
}

/**
 * How pods are wired: each with a cable of its own to the machine (`ptp`), which routes. A bridge would need the
 * br_netfilter module and a kernel setting for pods that call each other through a Service.
 *
 * @param addresses where the addresses given out are written down
 */
export function cniConfig(addresses: string) {
  return {
    // The newest that Debian 12's plugins know.
    cniVersion: '0.4.0',
    name: 'smooth-operator',
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: podRange, gateway: nodeAddress }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: addresses,
        },
      },
    ],
  };
}
