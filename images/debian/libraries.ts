import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readElf } from '../elf.ts';
import { type Entry, file, symlink } from '../entry.ts';
import { exists } from '../exists.ts';
import { ImageError } from '../image-error.ts';
import type { Architecture } from '../oci.ts';
import type { RecipeContext } from '../recipe.ts';
import type { SharedLibraries } from '../shared-libraries.ts';
import { debianSources, fetchPackage } from './fetch-package.ts';
import { type DebianLock, type DebianPackage, debianLock } from './lock.ts';
import { type UnpackedPackage, unpackPackage } from './unpack-package.ts';

/** Libraries of Debian, pinned: the same files on every machine that builds, and for another architecture than its own. */
export interface DebianLibraries {
  readonly libraries: SharedLibraries;
  /** The packages that they are from. */
  readonly packages: readonly DebianPackage[];
  /** What tells scanners which packages are in the image, and people under which licence. */
  readonly notes: readonly Entry[];
}

type Unpacked = UnpackedPackage & { readonly package: DebianPackage };

/** Debian's names of the two machines, in directories. */
const triplets: Readonly<Record<Architecture, string>> = {
  amd64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

/**
 * The libraries that a program links, from the pinned packages.
 *
 * @param program a host path; it may be for another architecture than this machine's
 * @throws ImageError `Download` when a package cannot be had, `BadEntry` when no package has a library
 */
export async function debianLibraries(context: RecipeContext, program: string): Promise<DebianLibraries> {
  const lock = await debianLock();
  const sources = debianSources(lock.snapshot);
  const pinned = lock.packages.filter(({ architecture }) => architecture === context.architecture);
  const unpacked: Unpacked[] = [];
  for (const each of pinned) {
    const path = await fetchPackage(context, each, sources);
    unpacked.push({ package: each, ...(await unpackPackage(context, path)) });
  }
  const libraries = await linked(program, context.architecture, unpacked);
  return { libraries, packages: pinned, notes: await notesOf(lock, unpacked) };
}

/** Follows what the program needs, and what that needs in turn, as the loader does. */
async function linked(
  program: string,
  architecture: Architecture,
  packages: readonly Unpacked[],
): Promise<SharedLibraries> {
  const { interpreter, architecture: own, needed } = await readElf(program);
  if (own !== architecture || interpreter === undefined) {
    throw new ImageError('BadEntry', `${program} is no dynamic program for ${architecture}, but one for ${own}`);
  }
  const libraryDir = `/lib/${triplets[architecture]}`;
  const find = async (name: string, neededBy: string) => {
    for (const { root } of packages) {
      const path = join(root, 'usr', libraryDir, name);
      if (await exists(path)) return path;
    }
    throw new ImageError(
      'BadEntry',
      `${neededBy} needs ${name}, which none of the pinned Debian packages has (${packages.map((one) => one.package.name).join(', ')}): add its package to images/debian/update.ts and run that`,
    );
  };
  const libraries = new Map<string, string>();
  const queue = needed.map((name) => ({ name, by: program }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { name, by } = next;
    // libc links the loader, which is not among the libraries.
    if (libraries.has(name) || name === basename(interpreter)) continue;
    const path = await find(name, by);
    libraries.set(name, path);
    for (const more of (await readElf(path)).needed) queue.push({ name: more, by: name });
  }
  const loader = { at: interpreter, hostPath: await find(basename(interpreter), program) };
  return { loader, libraries, libraryDir };
}

/** The form in which distroless images tell scanners what they hold: no dpkg, and a file for each package. */
async function notesOf(lock: DebianLock, packages: readonly Unpacked[]): Promise<Entry[]> {
  const { release, codename } = lock;
  const osRelease = [
    `PRETTY_NAME="Smooth Operator on libraries of Debian ${release}"`,
    'NAME="Debian GNU/Linux"',
    `VERSION_ID="${release}"`,
    `VERSION_CODENAME=${codename}`,
    'ID=debian',
  ];
  const entries: Entry[] = [file('etc/os-release', `${osRelease.join('\n')}\n`)];
  for (const { package: own, control, root } of packages) {
    entries.push(file(`var/lib/dpkg/status.d/${own.name}`, control));
    const path = join('usr', 'share', 'doc', own.name);
    const copyright = join(root, path, 'copyright');
    // The libraries of GCC have a link there to the package that has the licence of all of them.
    const base = packages.find((one) => one.package.name.startsWith('gcc-'))?.package.name;
    if (await exists(copyright)) entries.push(file(join(path, 'copyright'), await readFile(copyright)));
    else if (base !== undefined && base !== own.name) entries.push(symlink(path, base));
  }
  return entries;
}
