import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClusterError } from '../cluster-error.ts';
import { errnoOf } from '../errno.ts';
import type { Layout } from '../layout.ts';
import { runningDaemon } from '../process/daemon.ts';

/**
 * Which checkout's cluster this machine runs, and how the machine was before it. Outside the checkout, so that a second
 * checkout finds it, and a deleted one leaves behind how to clean up.
 */
export interface Owner {
  readonly checkout: string;
  readonly state: string;
  readonly run: string;
  readonly kubelet: string;
  /** Kernel settings that the cluster changes, as they were. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Directories that its programs create on their own, and that were not there. */
  readonly newDirectories: readonly string[];
}

/** What containerd, the kubelet and the CNI plugins create at fixed paths, whatever they are told. */
const fixedDirectories = [
  '/var/lib/cni',
  '/var/lib/kubelet',
  '/var/log/containers',
  '/var/log/pods',
  '/usr/libexec/kubernetes',
  '/opt/containerd',
];

/** What the kubelet and the CNI plugins set, whatever they are told. */
const changedSysctls = [
  'kernel/keys/root_maxbytes',
  'kernel/keys/root_maxkeys',
  'kernel/panic',
  'kernel/panic_on_oops',
  'net/ipv4/ip_forward',
  'net/ipv4/conf/all/route_localnet',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
];

/**
 * Who owns the machine's cluster.
 *
 * @returns undefined when nobody does
 */
export async function readOwner(layout: Layout): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(layout.owner, 'utf8')) as Owner;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw ClusterError.from(thrown);
  }
}

/**
 * Makes this checkout the owner, and remembers how the machine is now. An owner stays as it is: what it remembers is
 * the machine before the first start.
 */
export async function claim(layout: Layout): Promise<Owner> {
  const present = await readOwner(layout);
  if (present?.checkout === layout.checkout) return present;
  const owner: Owner = {
    checkout: layout.checkout,
    state: layout.state,
    run: layout.run,
    kubelet: layout.kubelet,
    sysctls: await readSysctls(changedSysctls),
    newDirectories: fixedDirectories.filter((directory) => !existsSync(directory)),
  };
  await writeFile(`${layout.owner}.new`, `${JSON.stringify(owner, undefined, 2)}\n`);
  await rename(`${layout.owner}.new`, layout.owner);
  return owner;
}

/** Gives the machine up. The last step of taking a cluster down. */
export async function disown(layout: Layout): Promise<void> {
  await rm(layout.owner, { force: true });
}

/** True while any process of an owner's cluster runs. */
export async function isRunning(owner: Pick<Owner, 'run'>): Promise<boolean> {
  return (await runningComponents(owner)).length > 0;
}

/** The names of an owner's processes that run. */
export async function runningComponents(owner: Pick<Owner, 'run'>): Promise<string[]> {
  const running: string[] = [];
  for (const file of await filesIn(owner.run)) {
    if (file.endsWith('.pid') && (await runningDaemon(join(owner.run, file)))) running.push(file.slice(0, -4));
  }
  return running.sort();
}

async function filesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

/** Kernel settings by their path under /proc/sys. Those that this kernel does not have are left out. */
export async function readSysctls(names: readonly string[]): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const name of names) {
    try {
      values[name] = (await readFile(join('/proc/sys', name), 'utf8')).trim();
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') throw thrown;
    }
  }
  return values;
}

/** Sets kernel settings to these values, where they differ. */
export async function writeSysctls(values: Readonly<Record<string, string>>): Promise<void> {
  const current = await readSysctls(Object.keys(values));
  for (const [name, value] of Object.entries(values)) {
    if (current[name] !== undefined && current[name] !== value) await writeFile(join('/proc/sys', name), value);
  }
}
