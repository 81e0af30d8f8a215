import { readdir, readFile } from 'node:fs/promises';
import { errnoOf } from '../../../cluster/errno.ts';
import type { ClusterKubectl } from './cluster-kubectl.ts';
import { operatorNamespace, operatorPods } from './deployed-operator.ts';

/**
 * Kills the processes of the operator's containers with SIGKILL, from the node: nothing that it does at its end is done,
 * and its lease is not given back. (`kubectl delete pod --force` lets a process end by itself first.)
 *
 * @param chosen which of the pods, by name. Default: all
 */
export async function killOperator(
  kubectl: ClusterKubectl,
  chosen: (pod: string) => boolean = () => true,
): Promise<void> {
  for (const pod of (await operatorPods(kubectl)).filter(chosen)) {
    const path = 'jsonpath={.status.containerStatuses[0].containerID}';
    const id = await kubectl.read('-n', operatorNamespace, 'get', 'pod', pod, '-o', path);
    const pids = await processesIn(id.replace(/^.*:\/\//, ''));
    if (pids.length === 0) throw new Error(`no process of ${pod} is there: its container is ${id}`);
    for (const pid of pids) kill(pid);
  }
}

/** @param container its id, which is a part of its control group's name */
async function processesIn(container: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const groups = await Promise.all(pids.map(controlGroup));
  return pids.filter((_, index) => groups[index]?.includes(container));
}

async function controlGroup(pid: number): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/cgroup`, 'utf8');
  } catch (thrown) {
    return ifGone(thrown, '');
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    ifGone(thrown, undefined);
  }
}

/** A process may end between two looks. */
function ifGone<T>(thrown: unknown, value: T): T {
  if (['ENOENT', 'ESRCH'].includes(errnoOf(thrown) ?? '')) return value;
  throw thrown;
}
