import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from '../cache.ts';
import { run } from '../command.ts';
import { ImageError } from '../image-error.ts';
import type { RecipeContext } from '../recipe.ts';

/** A package's files, as they lie on this machine. */
export interface UnpackedPackage {
  /** The directory that stands for `/`. */
  readonly root: string;
  /** What the package says of itself: name, version, architecture … (deb-control(5)). */
  readonly control: string;
}

/** One member of an `ar` archive. */
export interface ArMember {
  readonly name: string;
  readonly content: Buffer;
}

const magic = '!<arch>\n';

/**
 * The members of an `ar` archive, which a Debian package is (deb(5)): three of them, with short names.
 *
 * @param path for messages
 * @throws ImageError `BadEntry` when it is none, or ends too early
 */
export function arMembers(bytes: Buffer, path: string): ArMember[] {
  if (bytes.toString('latin1', 0, magic.length) !== magic) throw new ImageError('BadEntry', `${path} is no package`);
  const members: ArMember[] = [];
  for (let at = magic.length; at < bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 16).trimEnd();
    const size = Number(bytes.toString('latin1', at + 48, at + 58).trim());
    const start = at + 60;
    if (bytes.toString('latin1', at + 58, start) !== '`\n' || start + size > bytes.length) {
      throw new ImageError('BadEntry', `${path} ends in the middle of ${JSON.stringify(name)}`);
    }
    members.push({ name: name.replace(/\/$/, ''), content: bytes.subarray(start, start + size) });
    // Members begin at even offsets.
    at = start + size + (size % 2);
  }
  return members;
}

/**
 * Unpacks a Debian package into the cache, once. None of its scripts is run.
 *
 * @param path the `.deb`, named by its hash
 * @throws ImageError `ToolMissing` or `ToolFailed` without tar or xz, `BadEntry` for what is no package
 */
export async function unpackPackage(context: RecipeContext, path: string): Promise<UnpackedPackage> {
  const home = path.replace(/\.deb$/, '');
  await once(home, async (passing) => {
    const members = arMembers(await readFile(path), path);
    for (const part of ['control', 'data']) {
      const member = members.find(({ name }) => name.startsWith(`${part}.tar`));
      if (member === undefined) throw new ImageError('BadEntry', `${path} has no ${part}.tar`);
      await mkdir(join(passing, part), { recursive: true });
      const tar = join(passing, member.name);
      await writeFile(tar, member.content);
      const whenMissing = 'packages are unpacked with tar and xz: install tar and xz-utils';
      await run('tar', ['-xf', tar, '-C', join(passing, part), '--no-same-owner'], {
        signal: context.signal,
        whenMissing,
      });
      await rm(tar);
    }
  });
  return { root: join(home, 'data'), control: await readFile(join(home, 'control', 'control'), 'utf8') };
}
