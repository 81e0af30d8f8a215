import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { errnoOf } from '../cluster/errno.ts';
import { type Clock, systemClock } from '../src/runtime/clock.ts';

/**
 * Where built layers and archives are kept: `$XDG_CACHE_HOME/smooth-operator/images`, else below `~/.cache`.
 *
 * @param env the process' environment; a relative XDG_CACHE_HOME is ignored, as the XDG Base Directory spec says
 */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const xdg = env.XDG_CACHE_HOME;
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache');
  return join(base, 'smooth-operator', 'images');
}

/**
 * Makes a file or directory once, however many processes want it at the same time: it is written under a passing name
 * and renamed, so `path` is either absent or whole. What is there already is only marked as used.
 *
 * @param path the file or directory to have
 * @param make writes it at the name that it is given; on an error that name is removed
 * @returns true when it was there already
 */
export async function once(path: string, make: (passing: string) => Promise<void>): Promise<boolean> {
  if (await touch(path)) return true;
  const passing = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await make(passing);
    await rename(passing, path);
  } catch (thrown) {
    await rm(passing, { recursive: true, force: true });
    // Another process was first with the same directory (a file would have been replaced by its equal).
    const lost = errnoOf(thrown) === 'ENOTEMPTY' || errnoOf(thrown) === 'EEXIST';
    if (!(lost && (await touch(path)))) throw thrown;
  }
  return false;
}

/** What `prune` leaves. */
export interface PruneOptions {
  /** How many of the most recently used stay. */
  readonly keep: number;
  /** Which names count; others are left alone. Default: all. */
  readonly belongs?: (name: string) => boolean;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Another process may be about to read what it has just built: nothing goes that was used within the last hour. */
const inUseMs = 3_600_000;

/**
 * Removes all but the most recently used entries of a cache directory.
 *
 * @param directory may be absent
 */
export async function prune(directory: string, options: PruneOptions): Promise<void> {
  const { keep, belongs = () => true, clock = systemClock } = options;
  const used: { readonly path: string; readonly at: number }[] = [];
  for (const name of await namesIn(directory)) {
    if (name.endsWith('.part') || !belongs(name)) continue;
    const path = join(directory, name);
    const at = await mtimeOf(path);
    if (at !== undefined) used.push({ path, at });
  }
  used.sort((a, b) => b.at - a.at);
  for (const { path, at } of used.slice(keep)) {
    if (clock.now() - at >= inUseMs) await rm(path, { recursive: true, force: true });
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

async function mtimeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (thrown) {
    // Another process pruned it between the listing and here.
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

async function touch(path: string): Promise<boolean> {
  try {
    const now = new Date();
    await utimes(path, now, now);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}
