import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { searchPath } from '../binaries/find.ts';
import { errnoOf } from '../cluster-error.ts';
import { pidFileOf } from '../control-plane/settings.ts';
import { stopDaemon } from '../process/daemon.ts';
import type { RunOptions } from '../process/run.ts';
import { removePodCgroups } from './cgroups.ts';
import { killContainers } from './container-processes.ts';
import { unmountUnder } from './mounts.ts';
import { removeNetwork } from './network.ts';
import { type Owner, writeSysctls } from './owner.ts';

/** In the order of their end: first those that would start containers again, or complain. */
const order = [
  'kubelet',
  'kube-proxy',
  'kube-scheduler',
  'kube-controller-manager',
  'containerd',
  'kube-apiserver',
  'etcd',
];

/** Every containerd on a machine uses this one, whatever it is told. */
const shared = '/run/containerd';

/**
 * Removes every trace of an owner's cluster from the machine: processes, containers, mounts, interfaces, routes,
 * packet filter rules, cgroups, kernel settings, sockets, data. Each step does nothing when there is nothing to do, so it
 * works after a `kill -9` of everything, and twice.
 *
 * Nothing is asked to end nicely: the data goes too.
 */
export async function removeTraces(owner: Owner, options: RunOptions): Promise<void> {
  const environment = options.env ?? process.env;
  const tools: RunOptions = { env: { ...environment, PATH: searchPath(environment).join(':') } };
  for (const component of order) await stopDaemon(pidFileOf({ runDirectory: owner.run }, component), 0);
  await killContainers(join(owner.run, 'containerd.sock'));
  const sockets = await shimSockets(join(owner.run, 'containerd'));
  await unmountUnder([owner.run, owner.state, owner.kubelet]);
  await removeNetwork(tools);
  await removePodCgroups();
  await writeSysctls(owner.sysctls);
  for (const path of [...sockets, owner.run, owner.state, owner.kubelet, ...owner.newDirectories]) {
    if (path !== shared) await rm(path, { recursive: true, force: true });
  }
  // Another containerd may have come since.
  if (owner.newDirectories.includes(shared)) for (const path of [join(shared, 's'), shared]) await removeIfEmpty(path);
  await removeIfEmpty(join(owner.state, '..'));
}

/**
 * The sockets of our containerd's shims. They are all in one directory, whichever containerd started them, but each
 * container's directory says which one is its own.
 *
 * @param state our containerd's state directory
 */
export async function shimSockets(state: string): Promise<string[]> {
  const tasks = join(state, 'io.containerd.runtime.v2.task', 'k8s.io');
  const sockets: string[] = [];
  for (const container of await entriesOf(tasks)) {
    const address = await textOf(join(tasks, container, 'address'));
    if (address.startsWith('unix://')) sockets.push(address.slice('unix://'.length).trim());
  }
  return sockets;
}

async function entriesOf(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return '';
    throw thrown;
  }
}

/** `.local` may hold other things than the cluster. */
async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (thrown) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoOf(thrown) ?? '')) throw thrown;
  }
}
