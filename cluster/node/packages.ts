import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { type Environment, findProgram, searchPath } from '../binaries/find.ts';
import { ClusterError } from '../cluster-error.ts';
import { errnoOf } from '../errno.ts';
import { run, runOrThrow } from '../process/run.ts';
import { type Report, withHeartbeat } from '../progress.ts';

/** What running containers takes, beside Kubernetes: a program or CNI plugin, and the Debian package that has it. */
const tools = {
  containerd: 'containerd',
  ctr: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  'iptables-save': 'iptables',
  'iptables-restore': 'iptables',
  ip: 'iproute2',
  mount: 'mount',
  umount: 'mount',
} as const;

const plugins = {
  ptp: 'containernetworking-plugins',
  'host-local': 'containernetworking-plugins',
  loopback: 'containernetworking-plugins',
} as const;

/** Where distributions and the CNI project put plugins. */
const pluginDirectories = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];

/** The container runtime, found. */
export interface ContainerRuntime {
  /** PATH for everything that runs containers: with the directories of system programs. */
  readonly path: string;
  readonly containerd: string;
  readonly ctr: string;
  /** The directory with the CNI plugins. */
  readonly pluginDirectory: string;
}

/** How the container runtime is looked for. */
export interface RuntimeOptions {
  readonly env: Environment;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
  /** Installs Debian packages. Default: apt-get. */
  readonly install?: typeof aptInstall;
  /** Where CNI plugins are looked for. Default: where distributions put them. */
  readonly pluginDirectories?: readonly string[];
}

/**
 * Finds containerd, runc, the CNI plugins and iptables, or installs them where there is apt-get.
 *
 * @throws ClusterError `ToolMissing` that lists what is missing and how to get it
 */
export async function resolveRuntime(options: RuntimeOptions): Promise<ContainerRuntime> {
  const { env, report, signal, install = aptInstall } = options;
  const before = await missingPackages(env, options.pluginDirectories);
  if (before.size > 0) {
    report(`container runtime: ${[...before].join(', ')} to be installed`);
    await install([...before], { env, report, signal });
    const after = await missingPackages(env, options.pluginDirectories);
    if (after.size > 0) throw missing(after, 'they were installed, but are still not there');
  }
  const [containerd, ctr] = await Promise.all(['containerd', 'ctr'].map((name) => findProgram(name, searchPath(env))));
  const plugin = await findProgram('ptp', options.pluginDirectories ?? pluginDirectories);
  if (containerd === undefined || ctr === undefined || plugin === undefined) throw missing(before, 'not found');
  const runtime = {
    path: searchPath(env).join(':'),
    containerd,
    ctr,
    pluginDirectory: plugin.slice(0, -'/ptp'.length),
  };
  report(`container runtime: ${containerd}${before.size === 0 ? ', already installed' : ''}`);
  return runtime;
}

/** The packages of what is not there. */
async function missingPackages(env: Environment, cni: readonly string[] = pluginDirectories): Promise<Set<string>> {
  const packages = new Set<string>();
  for (const [name, from] of Object.entries(tools)) {
    if ((await findProgram(name, searchPath(env))) === undefined) packages.add(from);
  }
  for (const [name, from] of Object.entries(plugins)) {
    if ((await findProgram(name, cni)) === undefined) packages.add(from);
  }
  return packages;
}

function missing(packages: Iterable<string>, why: string): ClusterError {
  const names = [...packages].join(' ');
  return new ClusterError('ToolMissing', `containers cannot run here without ${names}: ${why}`, {
    fix: `install ${names} with the system's package manager, and run it again`,
  });
}

const policy = '#!/bin/sh\n# Put here by smooth-operator while it installs packages: start nothing.\nexit 101\n';

/**
 * Installs Debian packages, and starts none of their services: the cluster runs its own containerd, and another one
 * that is suddenly there is nothing that anybody asked for.
 *
 * @param policyFile where Debian asks whether it may start a service. One that is there is the administrator's
 * @throws ClusterError `ToolMissing` where there is no apt-get, `CommandFailed` with its last lines
 */
export async function aptInstall(
  packages: readonly string[],
  options: Omit<RuntimeOptions, 'install'>,
  policyFile: string = '/usr/sbin/policy-rc.d',
): Promise<void> {
  const { env, report, signal } = options;
  if ((await findProgram('apt-get', searchPath(env))) === undefined)
    throw missing(packages, 'there is no apt-get to install them');
  const settings = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }, signal, deadlineMs: 900_000 };
  const ownPolicy = !existsSync(policyFile);
  if (ownPolicy) await writeFile(policyFile, policy, { mode: 0o755 });
  try {
    // Another apt at work is waited for, up to five minutes.
    const apt = (args: readonly string[]) =>
      runOrThrow('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-qq', ...args], settings);
    await withHeartbeat(report, 'reading the package lists (apt-get update)', () => apt(['update']));
    await withHeartbeat(report, `installing ${packages.join(' ')}`, () =>
      apt(['install', '--yes', '--no-install-recommends', ...packages]),
    );
    // It was not there before, so nobody wants it at the next boot either.
    if (packages.includes('containerd') && existsSync('/run/systemd/system')) {
      await run('systemctl', ['disable', '--now', 'containerd.service'], settings);
    }
  } finally {
    if (ownPolicy && (await isOwnPolicy(policyFile))) await rm(policyFile, { force: true });
  }
}

async function isOwnPolicy(policyFile: string): Promise<boolean> {
  try {
    return (await readFile(policyFile, 'utf8')) === policy;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}
