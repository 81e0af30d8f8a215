import { homedir } from 'node:os';
import { join } from 'node:path';
import { ClusterError } from '../cluster-error.ts';
import { run } from '../process/run.ts';
import { type Report, silent } from '../progress.ts';
import { buildBinaries, deadlineMs } from './build.ts';
import { downloadBinaries } from './download.ts';
import type { FetchRequest } from './fetch-request.ts';
import { type Environment, findProgram, isExecutable, searchPath } from './find.ts';
import { withLock } from './lock.ts';
import { type BinaryName, binaryNames, type Release, releaseFor, versionIn } from './release.ts';

/** Where the binaries came from. */
export type BinarySource = 'pointed at' | 'PATH' | 'cache' | 'download' | 'build';

/** Binaries, found. */
export interface Binaries {
  readonly source: BinarySource;
  readonly release: Release;
  /** The path of each that was asked for. */
  readonly paths: ReadonlyMap<BinaryName, string>;
  /**
   * The path of one of them.
   *
   * @throws ClusterError `BinariesMissing` when it was not asked for
   */
  path(name: BinaryName): string;
}

/** How binaries are looked for. */
export interface ResolveOptions {
  /** Which ones. Default: all seven. */
  readonly needed?: readonly BinaryName[];
  /** Default: this process'. `SMOOTH_KUBERNETES_BIN`, `KUBEBUILDER_ASSETS`, `K8S_VERSION`, `XDG_CACHE_HOME`, `PATH`. */
  readonly env?: Environment;
  /** Told which source was taken, and how a long one goes. Default: nobody. */
  readonly report?: Report;
  /** Ends a download or a build, and leaves nothing half done. Default: never. */
  readonly signal?: AbortSignal | undefined;
  /** Gets them from outside. Default: download, then build. Tests put their own here. */
  readonly fetch?: typeof fetchBinaries;
}

/**
 * Finds the Kubernetes binaries, or makes them. In this order, each source whole or not at all, because a mix of
 * versions is a cluster that nobody tested: what the user points at, PATH, the cache, a download, a build.
 *
 * @throws ClusterError `BinariesMissing` that says what was tried
 */
export async function resolveBinaries(options: ResolveOptions = {}): Promise<Binaries> {
  const { needed = binaryNames, env = process.env, report = silent, signal, fetch = fetchBinaries } = options;
  const release = requestedRelease(env);
  const found = (await pointedAt(env, needed)) ?? (await onPath(env, needed, release));
  if (found !== undefined) return take({ ...found, release }, report);

  const directory = cacheDirectory(env, release);
  if (await hasAll(directory, needed)) return take(inDirectory('cache', directory, needed, release), report);
  return withLock(
    join(directory, '..', 'lock'),
    // As long as another process may build.
    { what: `the Kubernetes ${release.version} binaries`, report, signal, deadlineMs },
    async () => {
      // Whoever held the lock before us may have made them.
      if (await hasAll(directory, needed)) return take(inDirectory('cache', directory, needed, release), report);
      const source = await fetch({ release, needed, directory, report, signal });
      return take(inDirectory(source, directory, needed, release), report);
    },
  );
}

/** Where binaries of a release are kept: outside the repository, so every checkout shares them. */
export function cacheDirectory(env: Environment, release: Release): string {
  const root = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(root, 'smooth-operator', 'kubernetes', release.version, 'bin');
}

/** Downloads the binaries, or builds them where that cannot be. */
async function fetchBinaries(request: FetchRequest): Promise<BinarySource> {
  if (await downloadBinaries(request)) return 'download';
  await buildBinaries(request);
  return 'build';
}

function requestedRelease(env: Environment): Release {
  try {
    return releaseFor(env.K8S_VERSION);
  } catch (thrown) {
    if (thrown instanceof RangeError) throw new ClusterError('BinariesMissing', thrown.message, { cause: thrown });
    throw thrown;
  }
}

/** The user's word counts: any version, and a directory that lacks something is an error, not a reason to look on. */
async function pointedAt(env: Environment, needed: readonly BinaryName[]) {
  const directory = env.SMOOTH_KUBERNETES_BIN;
  if (directory) {
    const paths = await collect(needed, [directory]);
    if (paths.size === needed.length) return found('pointed at', paths);
    const missing = needed.filter((name) => !paths.has(name)).join(', ');
    throw new ClusterError('BinariesMissing', `SMOOTH_KUBERNETES_BIN=${directory} has no executable ${missing}`, {
      fix: 'point it at a directory that has all of them, or unset it to have them found or made',
    });
  }
  // envtest's directory has a control plane only: taken when that is all that is needed.
  const assets = env.KUBEBUILDER_ASSETS;
  const paths = assets ? await collect(needed, [assets]) : new Map<BinaryName, string>();
  return paths.size === needed.length ? found('pointed at', paths) : undefined;
}

/** Only if every one is there in the pinned version: a stray kubectl on PATH says nothing. */
async function onPath(env: Environment, needed: readonly BinaryName[], release: Release) {
  const paths = await collect(needed, searchPath(env));
  if (paths.size < needed.length) return undefined;
  for (const [name, path] of paths) {
    if ((await versionOf(name, path)) !== (name === 'etcd' ? release.etcd : release.version)) return undefined;
  }
  return found('PATH', paths);
}

async function versionOf(name: BinaryName, path: string): Promise<string | undefined> {
  const args = name === 'kubectl' ? ['version', '--client'] : ['--version'];
  const { stdout } = await run(path, args, { deadlineMs: 10_000 });
  return versionIn(stdout);
}

async function collect(needed: readonly BinaryName[], directories: readonly string[]) {
  const paths = new Map<BinaryName, string>();
  for (const name of needed) {
    const path = await findProgram(name, directories);
    if (path !== undefined) paths.set(name, path);
  }
  return paths;
}

async function hasAll(directory: string, needed: readonly BinaryName[]): Promise<boolean> {
  for (const name of needed) if (!(await isExecutable(join(directory, name)))) return false;
  return true;
}

function inDirectory(source: BinarySource, directory: string, needed: readonly BinaryName[], release: Release) {
  return { ...found(source, new Map(needed.map((name) => [name, join(directory, name)]))), release };
}

function found(source: BinarySource, paths: ReadonlyMap<BinaryName, string>) {
  return { source, paths };
}

function take(found: Omit<Binaries, 'path'>, report: Report): Binaries {
  const { source, paths, release } = found;
  const [first = ''] = paths.values();
  const where = source === 'PATH' ? '' : ` (${join(first, '..')})`;
  const version = source === 'pointed at' ? '' : ` ${release.version}`;
  report(`Kubernetes${version} binaries: from ${sourceInWords[source]}${where}`);
  return {
    ...found,
    path(name) {
      const path = paths.get(name);
      if (path === undefined) throw new ClusterError('BinariesMissing', `${name} was not among the binaries asked for`);
      return path;
    },
  };
}

const sourceInWords: Readonly<Record<BinarySource, string>> = {
  'pointed at': 'the directory pointed at',
  PATH: 'PATH',
  cache: 'the cache',
  download: 'the official release, checksums verified',
  build: 'a build of the pinned Go modules',
};
