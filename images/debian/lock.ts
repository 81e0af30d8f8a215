import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from '../oci.ts';

/** One Debian package of one architecture, pinned by its hash. */
export interface DebianPackage {
  readonly name: string;
  /** Debian's version, e.g. `2.41-12+deb13u4`. */
  readonly version: string;
  readonly architecture: Architecture;
  /** Where every mirror has it, archive first: `debian/pool/main/g/glibc/libc6_….deb`. */
  readonly path: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** The libraries that Node needs, as they are in the images that are shipped. Written by `update.ts`. */
export interface DebianLock {
  /** The stable release, in the number that `/etc/os-release` has. */
  readonly release: string;
  readonly codename: string;
  /** When it was written, as snapshot.debian.org names moments: mirrors forget a version once there is a newer one. */
  readonly snapshot: string;
  readonly packages: readonly DebianPackage[];
}

/** The committed file. */
export const lockFile = join(import.meta.dirname, 'packages.json');

/** Reads the committed file. */
export async function debianLock(): Promise<DebianLock> {
  return JSON.parse(await readFile(lockFile, 'utf8'));
}
