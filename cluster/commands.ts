import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { minorOf, releaseFor, releases } from './binaries/release.ts';
import { resolveBinaries } from './binaries/resolve.ts';
import { down, kubectlPath, loadImage, notRunning, status, up } from './cluster.ts';
import { ClusterError } from './cluster-error.ts';
import type { Mode } from './cluster-record.ts';
import { logFileOf } from './control-plane/settings.ts';
import { errnoOf } from './errno.ts';
import { type Layout, layoutOf } from './layout.ts';
import { tailOf } from './log-tail.ts';
import type { Report } from './progress.ts';

/** What the commands talk to. */
export interface CommandContext {
  /** Prints a line of a result. */
  readonly out: (line: string) => void;
  /** Prints a line of progress. */
  readonly report: Report;
  /** Aborts when the user has had enough. */
  readonly signal: AbortSignal;
  /** Where the cluster's files are. Default: in this checkout. */
  readonly layout?: Layout;
}

const modes: readonly Mode[] = ['full', 'kind', 'control-plane'];

const guide = `
The cluster is real: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and on Linux as root kubelet,
kube-proxy and containerd. Elsewhere it is kind, where Docker runs, or a control plane whose pods are not started.
It keeps everything in .local/cluster. There can be one on a machine.

The Kubernetes binaries are taken from the first of these that has them all:
  SMOOTH_KUBERNETES_BIN   a directory, any version
  KUBEBUILDER_ASSETS      envtest's directory, when only a control plane is needed
  PATH                    in exactly the pinned version
  the cache               $XDG_CACHE_HOME or ~/.cache, under smooth-operator/kubernetes
  a download              the official release, checksums verified
  a build                 from the Go modules that cluster/kubernetes pins; about 7 minutes, once

K8S_VERSION chooses the version: ${releases.map(minorOf).join(', ')}. Default: ${minorOf(releaseFor(undefined))}.

Examples:
  node cluster/cli.ts up
  export KUBECONFIG=$PWD/.local/cluster/kubeconfig
  node cluster/cli.ts kubectl get pods --all-namespaces
  node cluster/cli.ts logs kubelet
  node cluster/cli.ts down`;

/**
 * Adds the commands of the local cluster to a program.
 *
 * @throws ClusterError from the commands' actions
 */
export function addCommands(program: Command, context: CommandContext): void {
  const { out, report, signal, layout = layoutOf() } = context;
  program.description('A real Kubernetes on this machine, for the demo, the tests and the benchmarks.');
  // So that options after `kubectl` are kubectl's.
  program.addHelpText('after', guide).enablePositionalOptions();

  program
    .command('up')
    .description('start the cluster, or what is missing of it; prints how to use it')
    .option('--mode <mode>', `${modes.join(', ')} (default: the best that this machine can have)`, modeOf)
    .action(async ({ mode }: { mode?: Mode }) => {
      const cluster = await up({ layout, report, signal, mode });
      out(`export KUBECONFIG=${cluster.kubeconfig}`);
    });

  program
    .command('down')
    .description('end the cluster and remove every trace of it, its data too')
    .action(() => down({ layout, report, signal }));

  program
    .command('status')
    .description('say what runs; exits 1 when no cluster is up')
    .action(async () => {
      const { record, running } = await status(layout);
      if (record === undefined) throw notRunning();
      out(`Kubernetes ${record.version}, ${record.mode}`);
      out(`kubeconfig: ${layout.kubeconfig}`);
      if (record.mode !== 'kind') out(`running: ${running.join(', ') || 'nothing'}`);
    });

  program
    .command('logs')
    .description("print the last lines of a component's log, and where the rest is")
    .argument('<component>', 'e.g. kubelet, kube-apiserver, containerd')
    .option('--lines <count>', 'how many', countOf, 50)
    .action(async (component: string, { lines }: { lines: number }) => {
      const file = logFileOf({ logDirectory: layout.logs }, component);
      if (!existsSync(file)) throw await noLog(layout, component);
      for (const line of await tailOf(file, lines)) out(line);
      report(`the rest is in ${file}`);
    });

  program
    .command('kubectl')
    .description("run the cluster's own kubectl as the administrator, with any of its arguments")
    .argument('[args...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => {
      if (!existsSync(layout.kubeconfig)) throw notRunning();
      const env = { ...process.env, KUBECONFIG: layout.kubeconfig };
      const child = spawn(await kubectlPath(), args, { stdio: 'inherit', env });
      const [code]: (number | null)[] = await once(child, 'exit');
      process.exitCode = code ?? 1;
    });

  program
    .command('load-image')
    .description('put the images of a docker or OCI archive into the cluster')
    .argument('<file>', 'a tar archive, as `node images/cli.ts build` writes')
    .action(async (file: string) => {
      await loadImage(file, layout);
      report(`loaded ${file}`);
    });

  program
    .command('binaries')
    .description('find, download or build the Kubernetes binaries, and print where they are')
    .action(async () => {
      const binaries = await resolveBinaries({ report, signal });
      for (const path of binaries.paths.values()) out(path);
    });
}

function modeOf(text: string): Mode {
  const mode = modes.find((known) => known === text);
  if (mode === undefined) throw new InvalidArgumentError(`It is one of ${modes.join(', ')}.`);
  return mode;
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It is a number of lines, 1 or more.');
  return Number(text);
}

async function noLog(layout: Layout, component: string): Promise<ClusterError> {
  const files = await readdir(layout.logs).catch((thrown: unknown) => {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  });
  if (files.length === 0) return notRunning('there are no logs: no cluster was started');
  const known = files.map((file) => file.replace(/\.log$/, '')).join(', ');
  return new ClusterError('NotRunning', `there is no log of ${JSON.stringify(component)}`, {
    fix: `name one of ${known}`,
  });
}
