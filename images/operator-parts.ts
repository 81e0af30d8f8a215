import type { BundledFile } from './bundle.ts';
import type { DebianLock, DebianPackage } from './debian/lock.ts';
import { type LockedPackage, nodePackageName } from './node-package.ts';
import type { Architecture } from './oci.ts';
import type { ImagePart } from './recipe.ts';

/**
 * The npm packages that a bundle has lines of: what is in the image, and not what package.json asks for.
 *
 * @param files as `bundle` returned them
 * @param locked package-lock.json's packages, by path
 * @throws RangeError for a package that is not in package-lock.json
 */
export function npmParts(
  files: readonly BundledFile[],
  locked: Readonly<Record<string, LockedPackage>>,
): readonly ImagePart[] {
  const paths = new Set(files.flatMap(({ inputs }) => inputs.flatMap((input) => packagePath(input) ?? [])));
  const parts = [...paths].map((path) => {
    const found = locked[path];
    if (found === undefined) throw new RangeError(`the bundle has ${path}, which is not in package-lock.json`);
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return npmPart(name, found);
  });
  // One version may be installed in two places.
  const byPurl = new Map(parts.map((part) => [part.purl, part]));
  return [...byPurl.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
}

/** The directory of the package that a source belongs to; the innermost, where one lies in another. */
function packagePath(input: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

function npmPart(name: string, { version, license, integrity }: LockedPackage): ImagePart {
  // purl: the scope is a part of the path, and its @ is written %40.
  return {
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    license,
    checksum: sha512(integrity),
  };
}

function sha512(integrity: string | undefined): ImagePart['checksum'] {
  const base64 = /^sha512-(\S+)$/.exec(integrity ?? '')?.[1];
  return base64 === undefined
    ? undefined
    : { algorithm: 'SHA512', value: Buffer.from(base64, 'base64').toString('hex') };
}

/** Names in `process.versions` that are no software: numbers of interfaces, and Node itself. */
const notSoftware = new Set(['node', 'modules', 'napi', 'unicode', 'cldr']);

/**
 * Node, and the libraries that are built into it, OpenSSL among them.
 *
 * @param versions of the Node that is shipped: `process.versions` of any Node of that version
 */
export function nodeParts(
  architecture: Architecture,
  locked: Readonly<Record<string, LockedPackage>>,
  versions: Readonly<Record<string, string | undefined>>,
): readonly ImagePart[] {
  const packageName = nodePackageName(architecture);
  const package_ = locked[`node_modules/${packageName}`];
  if (package_ === undefined) throw new RangeError(`package-lock.json has no ${packageName}`);
  const node: ImagePart = {
    name: 'node',
    version: package_.version,
    purl: `pkg:generic/node@${package_.version}`,
    license: package_.license,
    checksum: sha512(package_.integrity),
  };
  const isSame = versions.node === package_.version;
  const within = Object.entries(isSame ? versions : {}).flatMap(([name, version]) =>
    // What is not compiled in has an empty version.
    !version || notSoftware.has(name)
      ? []
      : [{ name, version, purl: `pkg:generic/${name}@${encodeURIComponent(version)}`, within: node.purl }],
  );
  return [node, ...within];
}

/** Debian's packages, as vulnerability scanners look them up. */
export function debianParts(
  packages: readonly DebianPackage[],
  lock: Pick<DebianLock, 'release'>,
): readonly ImagePart[] {
  return packages.map(({ name, version, architecture, sha256 }) => ({
    name,
    version,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-${lock.release}`,
    checksum: { algorithm: 'SHA256', value: sha256 },
  }));
}
