import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { once } from '../cache.ts';
import { run } from '../command.ts';
import { ImageError } from '../image-error.ts';
import { sha256Of } from '../layer.ts';
import type { RecipeContext } from '../recipe.ts';
import type { DebianPackage } from './lock.ts';

/** Where packages come from. Their hash is pinned, so any source will do. */
export interface PackageSources {
  /** Servers with Debian's own layout, each tried in turn. */
  readonly mirrors: readonly string[];
  /** apt's own downloader, which knows the machine's proxy. Where it is not installed, plain HTTPS is used. */
  readonly aptHelper: string;
}

/**
 * Debian's mirrors, then its archive of everything that ever was.
 *
 * @param snapshot a moment at which the package was there
 * @param env `DEBIAN_MIRROR` names a mirror that is asked first, for machines without the internet
 */
export function debianSources(
  snapshot: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): PackageSources {
  const own = env.DEBIAN_MIRROR ? [env.DEBIAN_MIRROR.replace(/\/+$/, '')] : [];
  const archive = `https://snapshot.debian.org/archive/@/${snapshot}`;
  return { mirrors: [...own, 'https://deb.debian.org', archive], aptHelper: '/usr/lib/apt/apt-helper' };
}

/** The whole of a small file, from a mirror that does not answer. */
const deadlineMs = 60_000;

/**
 * A pinned Debian package as a file, downloaded once.
 *
 * @returns its path in the cache
 * @throws ImageError `Download` when no source has it, or none has it with the pinned hash; says what each answered
 */
export async function fetchPackage(
  context: RecipeContext,
  wanted: DebianPackage,
  sources: PackageSources,
): Promise<string> {
  const path = join(context.cacheDir, 'debian', `${wanted.sha256}.deb`);
  await once(path, async (passing) => {
    context.progress(`downloading ${basename(wanted.path)} (${Math.ceil(wanted.size / 1024)} KiB)`);
    const failures: string[] = [];
    for (const mirror of sources.mirrors) {
      const url = urlOf(mirror, wanted.path);
      const problem = await attempt(url, passing, wanted, context, sources);
      if (problem === undefined) return;
      failures.push(`${url}: ${problem}`);
    }
    const fix = 'set DEBIAN_MIRROR to a mirror that this machine can reach, or run node images/debian/update.ts';
    const name = `${wanted.name} ${wanted.version} (${wanted.architecture})`;
    throw new ImageError('Download', `${name} cannot be had:\n  ${failures.join('\n  ')}\n${fix}`);
  });
  return path;
}

/** In snapshot.debian.org's addresses the moment stands between the archive's name and the path, hence the `@`. */
function urlOf(mirror: string, path: string): string {
  const [archive = '', ...rest] = path.split('/').map(encodeURIComponent);
  return mirror.includes('/@/')
    ? [mirror.replace('@', archive), ...rest].join('/')
    : [mirror, archive, ...rest].join('/');
}

/** @returns what went wrong, or undefined when the file is there and is the pinned one */
async function attempt(
  url: string,
  passing: string,
  wanted: DebianPackage,
  { signal }: RecipeContext,
  { aptHelper }: PackageSources,
): Promise<string | undefined> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  try {
    await mkdir(dirname(passing), { recursive: true });
    await download(url, passing, aptHelper, either);
    const actual = await sha256Of({ hostPath: passing });
    if (actual === wanted.sha256) return undefined;
    await rm(passing, { force: true });
    return `has the SHA-256 ${actual}, not the pinned ${wanted.sha256}`;
  } catch (thrown) {
    await rm(passing, { force: true });
    if (signal?.aborted) throw new ImageError('Aborted', `stopped while downloading ${wanted.name}`, { cause: thrown });
    return reasonOf(thrown);
  }
}

async function download(url: string, path: string, aptHelper: string, signal: AbortSignal): Promise<void> {
  const part = `${path}.apt`;
  try {
    await run(aptHelper, ['-qq', '-o', 'APT::Sandbox::User=root', 'download-file', url, part], { signal });
    return await rename(part, path);
  } catch (thrown) {
    const error = ImageError.from(thrown);
    if (error.code !== 'ToolMissing') throw error;
  } finally {
    await rm(part, { force: true });
  }
  const response = await fetch(url, { signal });
  if (!response.ok) throw new ImageError('Download', `HTTP ${response.status}`);
  await writeFile(path, Buffer.from(await response.arrayBuffer()));
}

/** `fetch failed` alone tells nobody anything: the reason is in its cause. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const reason = thrown.cause instanceof Error && !(thrown instanceof ImageError) ? thrown.cause : thrown;
  return reason.message.trimEnd().split('\n').at(-1) ?? reason.message;
}
