import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once, prune } from './cache.ts';
import { run } from './command.ts';
import { type Entry, tree } from './entry.ts';
import type { RecipeContext } from './recipe.ts';

/**
 * The packages of a lock file as they lie in an image: `/app/node_modules/…`. They are installed once for each lock file.
 *
 * @param sourceDir holds `package.json` and `package-lock.json`
 * @param name tells this image's packages from another's, in the cache and in progress lines
 * @throws ImageError `ToolMissing` without npm, `ToolFailed` when the packages cannot be had
 */
export async function npmPackages(context: RecipeContext, sourceDir: string, name: string): Promise<Entry[]> {
  const modules = join(await install(context, sourceDir, name), 'node_modules');
  return tree(modules, 'app/node_modules', (path) => !isLeftOut(path));
}

/** True for what a running server never reads: types, source maps, npm's own notes. A third of the bytes. */
export function isLeftOut(path: string): boolean {
  return /\.(?:d\.[cm]?ts|map)$/.test(path) || /^\.(?:bin|package-lock\.json)(?:\/|$)/.test(path);
}

async function install(context: RecipeContext, sourceDir: string, name: string): Promise<string> {
  const files = ['package.json', 'package-lock.json'];
  const hash = createHash('sha256');
  for (const each of files) hash.update(await readFile(join(sourceDir, each)));
  const installs = join(context.cacheDir, name);
  const home = join(installs, hash.digest('hex').slice(0, 16));
  await once(home, async (passing) => {
    context.progress(`installing the npm packages of ${name}`);
    await mkdir(passing, { recursive: true });
    for (const each of files) await copyFile(join(sourceDir, each), join(passing, each));
    // Scripts of packages have no business in an image build; none of these has one that matters.
    const args = ['ci', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const whenMissing = 'it comes with Node: install Node from https://nodejs.org';
    await run('npm', args, { cwd: passing, signal: context.signal, whenMissing });
  });
  await prune(installs, { keep: 2 });
  return home;
}
