import { access } from 'node:fs/promises';
import { errnoOf } from '../cluster/errno.ts';

/**
 * Whether there is something at a path.
 *
 * @throws Error when nobody can tell: a directory on the way that may not be entered, for one
 */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}
