import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once, prune } from './cache.ts';
import { run } from './command.ts';
import { tree } from './entry.ts';
import { nodeRunConfig, nodeRuntimeLayer } from './node-runtime.ts';
import type { ImageContent, RecipeContext } from './recipe.ts';

const sourceDir = join(import.meta.dirname, 'server-everything');
const server = '/app/node_modules/@modelcontextprotocol/server-everything/dist/index.js';

/**
 * The MCP project's reference server in `streamableHttp` mode, as npm has it: `/mcp` on `PORT` (8080).
 * It answers 404 to `/health`, as most MCP servers do.
 *
 * Not bundled: it reads its own documents by paths relative to its modules.
 *
 * @throws ImageError `ToolMissing` without npm, `ToolFailed` when its packages cannot be had
 */
export async function serverEverythingImage(context: RecipeContext): Promise<ImageContent> {
  const modules = join(await installPackages(context), 'node_modules');
  const entries = await tree(modules, 'app/node_modules', (path) => !isLeftOut(path));
  return {
    layers: [await nodeRuntimeLayer(context), { name: 'server-everything', entries }],
    run: nodeRunConfig([server], {
      cmd: ['streamableHttp'],
      env: { PORT: '8080' },
      exposedPorts: [8080],
      // It handles SIGINT only; as process 1 it would sit out a SIGTERM until it is killed.
      stopSignal: 'SIGINT',
    }),
  };
}

/** True for what a running server never reads: types, source maps, npm's own notes. A third of the bytes. */
export function isLeftOut(path: string): boolean {
  return /\.(?:d\.[cm]?ts|map)$/.test(path) || /^\.(?:bin|package-lock\.json)(?:\/|$)/.test(path);
}

/** Installs the packages of the lock file, once for each lock file. */
async function installPackages(context: RecipeContext): Promise<string> {
  const names = ['package.json', 'package-lock.json'];
  const hash = createHash('sha256');
  for (const name of names) hash.update(await readFile(join(sourceDir, name)));
  const installs = join(context.cacheDir, 'server-everything');
  const home = join(installs, hash.digest('hex').slice(0, 16));
  await once(home, async (passing) => {
    context.progress('installing @modelcontextprotocol/server-everything');
    await mkdir(passing, { recursive: true });
    for (const name of names) await copyFile(join(sourceDir, name), join(passing, name));
    // Scripts of packages have no business in an image build; none of these has one that matters.
    const args = ['ci', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const whenMissing = 'it comes with Node: install Node from https://nodejs.org';
    await run('npm', args, { cwd: passing, signal: context.signal, whenMissing });
  });
  await prune(installs, { keep: 2 });
  return home;
}
