import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../errno.ts';
import { waitFor } from '../wait.ts';

/** The kubelet's own: everything that it starts is under it. */
const pods = 'kubepods';

/**
 * Removes the pods' cgroups, in every hierarchy of cgroup v1 or in the one of v2. They must be without processes.
 *
 * @param root where cgroups are mounted
 */
export async function removePodCgroups(root: string = '/sys/fs/cgroup'): Promise<void> {
  const hierarchies = ['.', ...(await directoriesIn(root))];
  for (const hierarchy of hierarchies) await removeTree(join(root, hierarchy, pods));
}

async function removeTree(directory: string): Promise<void> {
  for (const child of await directoriesIn(directory)) await removeTree(join(directory, child));
  // A process that was just killed still counts for a moment.
  await waitFor(() => removed(directory), { what: `the cgroup ${directory} to be empty`, deadlineMs: 10_000 });
}

async function removed(directory: string): Promise<boolean> {
  try {
    await rmdir(directory);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return true;
    throw thrown;
  }
}

async function directoriesIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ENOTDIR') return [];
    throw thrown;
  }
}
