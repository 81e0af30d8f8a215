import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { errnoOf } from '../errno.ts';

/** The environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Directories with administrators' programs, which are not on everybody's PATH but are where `iptables` lives. */
const systemDirectories = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The directories of PATH, and those that hold system programs. */
export function searchPath(env: Environment): string[] {
  return [...new Set([...(env.PATH ?? '').split(delimiter).filter((entry) => entry !== ''), ...systemDirectories])];
}

/**
 * The first directory's program of that name.
 *
 * @returns its path, or undefined when no directory has it
 */
export async function findProgram(name: string, directories: readonly string[]): Promise<string | undefined> {
  for (const directory of directories) {
    const path = join(directory, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** True for a file that this process may execute. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (thrown) {
    if (['ENOENT', 'EACCES', 'ENOTDIR', 'ELOOP'].includes(errnoOf(thrown) ?? '')) return false;
    throw thrown;
  }
}
