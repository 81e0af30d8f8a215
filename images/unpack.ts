import { chmod, chown, copyFile, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errnoOf } from '../cluster/errno.ts';
import { arrange, type Entry } from './entry.ts';
import { ImageError } from './image-error.ts';
import type { LayerSource } from './layer.ts';

/**
 * Writes an image's files into a directory of the host, lowest layer first, as a container would see them.
 *
 * The Dockerfile copies the result into an empty image, so that both ways of building have one description.
 *
 * @param dir absent or empty: files of something else would end up in the image
 * @throws ImageError `BadEntry` when `dir` is not empty
 */
export async function unpackLayers(layers: readonly LayerSource[], dir: string): Promise<void> {
  if (!(await isVacant(dir))) throw new ImageError('BadEntry', `${resolve(dir)} is not empty: name another directory`);
  await mkdir(dir, { recursive: true });
  const directories: Entry[] = [];
  for (const layer of layers) {
    for (const entry of arrange(layer.entries)) {
      await writeEntry(entry, join(dir, entry.path));
      if (entry.kind === 'directory') directories.push(entry);
    }
  }
  // Last, so that a directory that forbids writing can be filled.
  for (const entry of directories) await chmod(join(dir, entry.path), entry.mode);
}

async function writeEntry(entry: Entry, path: string): Promise<void> {
  if (entry.kind === 'directory') await mkdir(path, { recursive: true });
  else {
    await rm(path, { force: true });
    if (entry.kind === 'symlink') return symlink(entry.target, path);
    if (Buffer.isBuffer(entry.content)) await writeFile(path, entry.content);
    else await copyFile(entry.content.hostPath, path);
    await chmod(path, entry.mode);
  }
  // Only root can give files away; root is who builds in a Dockerfile.
  if (process.getuid?.() === 0) await chown(path, entry.uid, entry.gid);
}

async function isVacant(dir: string): Promise<boolean> {
  try {
    return (await readdir(dir)).length === 0;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return true;
    throw thrown;
  }
}
