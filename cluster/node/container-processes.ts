import { readdir, readFile } from 'node:fs/promises';
import { errnoOf } from '../errno.ts';
import { endProcess } from '../process/daemon.ts';
import { identify, type ProcessIdentity } from '../process/identity.ts';

/**
 * Whether a process belongs to the cluster's containers: a shim of our containerd, or anything in a pod's cgroup.
 *
 * @param cmdline the text of `/proc/<pid>/cmdline`, words ended by NUL
 * @param cgroup the text of `/proc/<pid>/cgroup`
 * @param socket our containerd's socket: every shim has it on its command line
 */
export function isContainerProcess(cmdline: string, cgroup: string, socket: string): boolean {
  const words = cmdline.split('\0');
  const isShim = words[0]?.includes('containerd-shim') === true && words.includes(socket);
  return isShim || cgroup.split('\n').some((line) => /^\d+:[^:]*:\/kubepods(\/|$)/.test(line));
}

/** Every process of the cluster's containers, shims among them. They outlive containerd and the kubelet by design. */
export async function containerProcesses(socket: string): Promise<ProcessIdentity[]> {
  const found: ProcessIdentity[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const [cmdline, cgroup] = await Promise.all([readProc(entry, 'cmdline'), readProc(entry, 'cgroup')]);
    if (!isContainerProcess(cmdline, cgroup, socket)) continue;
    const identity = await identify(Number(entry));
    if (identity !== undefined) found.push(identity);
  }
  return found;
}

/** Kills every process of the cluster's containers, until there is none: a shim may start one while we look. */
export async function killContainers(socket: string): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const processes = await containerProcesses(socket);
    if (processes.length === 0) return;
    await Promise.all(processes.map((identity) => endProcess(identity, 0)));
  }
}

async function readProc(pid: string, file: string): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/${file}`, 'utf8');
  } catch (thrown) {
    // Gone between the listing and the look.
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(errnoOf(thrown) ?? '')) return '';
    throw thrown;
  }
}
