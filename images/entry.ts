import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError } from './image-error.ts';

/** Who owns an entry inside the image. Numbers only: names would need a lookup that differs from host to host. */
interface Owned {
  /** Path inside the image, without a leading slash: `usr/bin/node`. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A regular file; its bytes are in memory or in a file of the host, which is streamed. */
export interface FileEntry extends Owned {
  readonly kind: 'file';
  readonly content: Buffer | { readonly hostPath: string };
}

/** A directory. Parents that nobody lists are added by `arrange`. */
export interface DirectoryEntry extends Owned {
  readonly kind: 'directory';
}

/** A symbolic link; its target is written as it is. */
export interface SymlinkEntry extends Owned {
  readonly kind: 'symlink';
  readonly target: string;
}

/** One thing in a layer. */
export type Entry = FileEntry | DirectoryEntry | SymlinkEntry;

/** What may differ from root-owned and plain. */
export interface EntryOptions {
  /** Default 0o644 for files, 0o755 for directories: readable by any user the image runs as. */
  readonly mode?: number;
  /** Default 0: what the image runs should not be able to change what it runs. */
  readonly uid?: number;
  /** Default 0, as uid. */
  readonly gid?: number;
}

/**
 * A file.
 *
 * @param path where in the image
 * @param content its text, its bytes, or the host file that holds them
 */
export function file(
  path: string,
  content: string | Buffer | { readonly hostPath: string },
  options: EntryOptions = {},
): FileEntry {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { kind: 'file', content: bytes, ...owned(path, 0o644, options) };
}

/** A directory at `path`. */
export function directory(path: string, options: EntryOptions = {}): DirectoryEntry {
  return { kind: 'directory', ...owned(path, 0o755, options) };
}

/** A symbolic link at `path` that points at `target`, absolute or relative to the link. */
export function symlink(path: string, target: string): SymlinkEntry {
  return { kind: 'symlink', target, ...owned(path, 0o777, {}) };
}

/**
 * Everything under a directory of the host, as entries.
 *
 * Modes become 0755 where the owner may execute and 0644 elsewhere, so that the host's umask does not change the digest.
 *
 * @param hostDir the directory to copy; its own name is not used
 * @param path where its content goes in the image
 * @param include decides by the path relative to `hostDir`; a directory that is left out is not entered. Default: all
 * @throws ImageError `BadEntry` on a socket, device or pipe
 */
export async function tree(
  hostDir: string,
  path: string,
  include: (relative: string) => boolean = () => true,
): Promise<Entry[]> {
  const entries: Entry[] = [directory(path)];
  const walk = async (relative: string): Promise<void> => {
    for (const name of (await readdir(join(hostDir, relative))).sort()) {
      const below = relative === '' ? name : `${relative}/${name}`;
      if (!include(below)) continue;
      const hostPath = join(hostDir, below);
      const stat = await lstat(hostPath);
      const inside = `${path}/${below}`;
      if (stat.isSymbolicLink()) entries.push(symlink(inside, await readlink(hostPath)));
      else if (stat.isDirectory()) {
        entries.push(directory(inside));
        await walk(below);
      } else if (stat.isFile()) entries.push(file(inside, { hostPath }, { mode: stat.mode & 0o100 ? 0o755 : 0o644 }));
      else throw new ImageError('BadEntry', `${hostPath} is neither a file, a directory nor a symbolic link`);
    }
  };
  await walk('');
  return entries;
}

/**
 * The entries in the order in which a layer holds them: sorted by path, parents first, missing parents added.
 *
 * @throws ImageError `BadEntry` for a path that is absolute, has `.` or `..` parts, is there twice, or lies under a non-directory
 */
export function arrange(entries: readonly Entry[]): Entry[] {
  const byPath = new Map<string, Entry>();
  for (const entry of entries) {
    checkPath(entry.path);
    if (byPath.has(entry.path)) throw new ImageError('BadEntry', `the layer has ${entry.path} twice`);
    byPath.set(entry.path, entry);
  }
  for (const { path } of entries) {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      const known = byPath.get(parent);
      if (known === undefined) byPath.set(parent, directory(parent));
      else if (known.kind !== 'directory') {
        throw new ImageError('BadEntry', `${path} lies under ${parent}, which is a ${known.kind}, not a directory`);
      }
    }
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function owned(path: string, mode: number, options: EntryOptions): Owned {
  return { path, mode: options.mode ?? mode, uid: options.uid ?? 0, gid: options.gid ?? 0 };
}

function checkPath(path: string): void {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..') || path.includes('\0')) {
    throw new ImageError('BadEntry', `${JSON.stringify(path)} is not a path inside an image: write it as usr/bin/node`);
  }
}
