import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { searchPath } from '../binaries/find.ts';
import { pidFileOf } from '../control-plane/settings.ts';
import { errnoOf } from '../errno.ts';
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

/** Where every containerd on a machine puts its shims' sockets, whatever it is told. */
const shimSockets = '/run/containerd/s';

/** Removes every trace of an owner's cluster: what `removeFromMachine` does, and its data. */
export async function removeTraces(owner: Owner, options: RunOptions): Promise<void> {
  await removeFromMachine(owner, options);
  for (const path of [owner.state, owner.kubelet]) await rm(path, { recursive: true, force: true });
  await removeIfEmpty(join(owner.state, '..'));
}

/**
 * Removes an owner's cluster from the machine: processes, containers, mounts, interfaces, routes, packet filter rules,
 * cgroups, kernel settings, sockets. Its data stays, so its owner can start it again. Each step does nothing when there is nothing to do, so it
 * works after a `kill -9` of everything, and twice.
 *
 * Nothing is asked to end nicely: each of them survives a kill, and most of the time the data goes too.
 */
export async function removeFromMachine(owner: Owner, options: RunOptions): Promise<void> {
  const environment = options.env ?? process.env;
  const tools: RunOptions = { env: { ...environment, PATH: searchPath(environment).join(':') } };
  for (const component of order) await stopDaemon(pidFileOf({ runDirectory: owner.run }, component), 0);
  await killContainers(join(owner.run, 'containerd.sock'));
  await unmountUnder([owner.run, owner.state, owner.kubelet]);
  await removeNetwork(tools);
  await removePodCgroups();
  await writeSysctls(owner.sysctls);
  await removeDeadSockets(shimSockets);
  for (const path of [owner.run, ...owner.newDirectories]) await rm(path, { recursive: true, force: true });
}

/**
 * Removes the sockets in a directory that no process listens on: those of killed shims, ours and, where another
 * containerd lost some, garbage for it too. The directory goes when it is empty.
 */
async function removeDeadSockets(directory: string): Promise<void> {
  const table = await readFile('/proc/net/unix', 'utf8');
  for (const path of deadSockets(await pathsIn(directory), table)) await rm(path, { force: true });
  await removeIfEmpty(directory);
  await removeIfEmpty(join(directory, '..'));
}

/**
 * The sockets that nobody listens on.
 *
 * @param table the text of `/proc/net/unix`, which has the path of each bound socket as its last word
 */
export function deadSockets(paths: readonly string[], table: string): string[] {
  const bound = new Set(table.split('\n').map((line) => line.slice(line.lastIndexOf(' ') + 1)));
  return paths.filter((path) => !bound.has(path));
}

async function pathsIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).map((name) => join(directory, name));
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

/** A directory that may hold other things than the cluster's. */
async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (thrown) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errnoOf(thrown) ?? '')) throw thrown;
  }
}
