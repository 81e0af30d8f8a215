import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type DebianLibraries, debianLibraries } from './debian/libraries.ts';
import { directory, type Entry, file } from './entry.ts';
import { exists } from './exists.ts';
import { hostArchitecture } from './host-architecture.ts';
import { ImageError } from './image-error.ts';
import type { LayerSource } from './layer.ts';
import { fetchNode, nodePackageName } from './node-package.ts';
import type { Architecture, RunConfig } from './oci.ts';
import type { RecipeContext } from './recipe.ts';
import { type SharedLibraries, sharedLibraries } from './shared-libraries.ts';

/** Where Node is in the images. */
export const nodePath = '/usr/local/bin/node';

/** The user that Node images run as: distroless' `nonroot`, which admission policies know. */
const nonRoot = 65532;

/**
 * The lowest layer of every Node image: the Node binary of this project, the shared libraries that it links, and the
 * few files that a process expects of a system. No shell, no package manager.
 *
 * There is no base image because there is no registry to take one from. The libraries are this host's, so two hosts may
 * give two digests; see `shippedNodeRuntime` for those that do not.
 *
 * @throws ImageError `HostUnsupported` where this host cannot give them
 */
export async function nodeRuntimeLayer(context: Pick<RecipeContext, 'architecture' | 'signal'>): Promise<LayerSource> {
  const node = nodeBinary(context.architecture);
  const libraries = await sharedLibraries(node, context.signal);
  const entries = [
    ...systemFiles(),
    ...libraryEntries(libraries),
    ...(await resolverLibraries(libraries)),
    ...(await certificates()),
    file(nodePath.slice(1), { hostPath: node }, { mode: 0o755 }),
  ];
  return { name: 'node-runtime', entries };
}

/** The lowest layer of an image that is shipped, and where its libraries are from. */
export interface ShippedRuntime {
  readonly layer: LayerSource;
  readonly debian: DebianLibraries;
}

/**
 * As `nodeRuntimeLayer`, for any architecture and the same on every machine that builds: Node and the libraries are
 * downloaded, each with the checksum that is pinned here. It holds no certificates: Node has its own.
 *
 * @throws ImageError `Download` or `ToolFailed` when something cannot be had
 */
export async function shippedNodeRuntime(context: RecipeContext): Promise<ShippedRuntime> {
  const node = await nodeFor(context);
  const debian = await debianLibraries(context, node);
  const entries = [
    ...systemFiles(),
    ...debian.notes,
    ...libraryEntries(debian.libraries),
    file(nodePath.slice(1), { hostPath: node }, { mode: 0o755 }),
  ];
  return { layer: { name: 'node-runtime', entries }, debian };
}

/** The installed one where it is for that architecture, which npm has checked, too. */
async function nodeFor(context: RecipeContext): Promise<string> {
  const isOwn = process.platform === 'linux' && context.architecture === hostArchitecture();
  return isOwn ? nodeBinary(context.architecture) : fetchNode(context);
}

/**
 * How a Node image starts: as non-root, with nothing to write but `/tmp`.
 *
 * @param args what follows `node`
 * @param more what else the image sets; its `env` is added to the common one
 */
export function nodeRunConfig(args: readonly string[], more: Partial<Omit<RunConfig, 'entrypoint'>> = {}): RunConfig {
  return {
    ...more,
    entrypoint: [nodePath, ...args],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', NODE_ENV: 'production', ...more.env },
    user: `${nonRoot}:${nonRoot}`,
    workingDir: '/app',
  };
}

/**
 * The Linux Node binary that this project depends on.
 *
 * @throws ImageError `HostUnsupported` when its package is not installed, as on another system or architecture
 */
export function nodeBinary(architecture: Architecture): string {
  const name = nodePackageName(architecture);
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin', 'node');
  } catch (thrown) {
    if (!(thrown instanceof Error) || Reflect.get(thrown, 'code') !== 'MODULE_NOT_FOUND') throw thrown;
    const fix = process.platform === 'linux' ? 'run npm ci (without --omit=optional)' : 'images are built on Linux';
    throw new ImageError('HostUnsupported', `the npm package ${name} is not installed: ${fix}`, { cause: thrown });
  }
}

/** What a process expects of any system: names for its ids, how to resolve names, and somewhere to write. */
export function systemFiles(): Entry[] {
  return [
    file(
      'etc/passwd',
      `root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:${nonRoot}:${nonRoot}:nonroot:/tmp:/sbin/nologin\n`,
    ),
    file('etc/group', `root:x:0:\nnonroot:x:${nonRoot}:\n`),
    file('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
    directory('tmp', { mode: 0o1777 }),
    directory('app'),
  ];
}

/**
 * The loader at the path that is fixed in the binary, and every library in libc's directory: the loader searches that
 * one without a cache file, whereas the directory in which a library was found may be known to the host's cache alone.
 */
export function libraryEntries({ loader, libraries, libraryDir }: SharedLibraries): Entry[] {
  const entries = [file(loader.at.slice(1), { hostPath: loader.hostPath }, { mode: 0o755 })];
  for (const [name, hostPath] of libraries) {
    entries.push(file(`${libraryDir}/${name}`.slice(1), { hostPath }, { mode: 0o755 }));
  }
  return entries;
}

/** What glibc loads at run time to look up names: before 2.34 outside libc itself. `ldd` does not know of them. */
async function resolverLibraries({ libraries, libraryDir }: SharedLibraries): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const name of ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2']) {
    const hostPath = join(libraryDir, name);
    if (libraries.has(name) || !(await exists(hostPath))) continue;
    entries.push(file(hostPath.slice(1), { hostPath }, { mode: 0o755 }));
  }
  return entries;
}

/** The host's bundle of certificate authorities, if it has one. Node has its own; OpenSSL's users look here. */
async function certificates(): Promise<Entry[]> {
  for (const hostPath of ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt']) {
    if (await exists(hostPath)) return [file('etc/ssl/certs/ca-certificates.crt', { hostPath })];
  }
  return [];
}
