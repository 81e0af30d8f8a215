import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Environment, findProgram, isExecutable, searchPath } from '../binaries/find.ts';
import { withLock } from '../binaries/lock.ts';
import { ClusterError } from '../cluster-error.ts';
import { run } from '../process/run.ts';
import { type Report, silent } from '../progress.ts';
import { buildGoTool } from './build-go-tool.ts';
import { type GoTool, moduleDirectory, pinnedVersion, versionIn } from './catalog.ts';

/** Where a tool came from. */
export type GoToolSource = 'pointed at' | 'PATH' | 'cache' | 'build';

/** A tool, found. */
export interface FoundGoTool {
  readonly source: GoToolSource;
  /** The program. */
  readonly path: string;
  /** What it says it is, e.g. `v4.3.1`; undefined when the user points at one that says nothing. */
  readonly version: string | undefined;
}

/** How a tool is looked for. */
export interface GoToolOptions {
  /** Default: this process'. The tool's own variable, `XDG_CACHE_HOME`, `HOME`, `PATH`. */
  readonly env?: Environment;
  /** Told which source was taken, and how a build goes. Default: nobody. */
  readonly report?: Report;
  /** Ends a build, and leaves nothing half done. Default: never. */
  readonly signal?: AbortSignal | undefined;
  /** Makes it. Default: a build from its Go module. Tests put their own here. */
  readonly build?: typeof buildGoTool;
}

/**
 * Finds a tool, or builds it. In this order: what the user points at (`HELM=…`), PATH in a version that will do, the
 * cache, a build from the pinned Go module.
 *
 * @throws ClusterError `BinariesMissing` when the user points at something that is no program; what a build throws
 */
export async function resolveGoTool(tool: GoTool, options: GoToolOptions = {}): Promise<FoundGoTool> {
  const { env = process.env, report = silent, signal, build = buildGoTool } = options;
  const pinned = pinnedVersion(await readFile(join(moduleDirectory(tool), 'go.mod'), 'utf8'), tool.module);
  const found = (await pointedAt(tool, env)) ?? (await onPath(tool, env, pinned));
  if (found !== undefined) return told(found);
  const path = cachedPath(tool, pinned, env);
  if (await isExecutable(path)) return told({ source: 'cache', path, version: pinned });
  const lock = { what: `${tool.title} ${pinned}`, report, signal };
  return withLock(join(path, '..', 'lock'), lock, async () => {
    // Whoever held the lock before us may have made it.
    if (await isExecutable(path)) return told({ source: 'cache', path, version: pinned });
    await build({ tool, version: pinned, path, report, signal });
    return told({ source: 'build', path, version: pinned });
  });

  function told(one: FoundGoTool): FoundGoTool {
    const version = one.version === undefined ? '' : ` ${one.version}`;
    report(`${tool.title}${version}: from ${sourceInWords[one.source]} (${one.path})`);
    return one;
  }
}

/** Where a tool is kept: outside the repository, so every checkout shares it. */
export function cachedPath(tool: GoTool, version: string, env: Environment): string {
  const root = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(root, 'smooth-operator', 'go-tools', tool.name, version, tool.name);
}

/** The user's word counts, in any version; one that cannot be run is an error, not a reason to look on. */
async function pointedAt(tool: GoTool, env: Environment): Promise<FoundGoTool | undefined> {
  const given = env[tool.variable];
  if (!given) return undefined;
  // As a shell has it: a name alone is looked for, a path is not.
  const path = given.includes('/') ? given : await findProgram(given, searchPath(env));
  if (path !== undefined && (await isExecutable(path))) {
    return { source: 'pointed at', path, version: await versionOf(tool, path) };
  }
  throw new ClusterError('BinariesMissing', `${tool.variable}=${given} is no program that can be run`, {
    fix: `point it at ${tool.title}, or unset it to have one found or built`,
  });
}

async function onPath(tool: GoTool, env: Environment, pinned: string): Promise<FoundGoTool | undefined> {
  const path = await findProgram(tool.name, searchPath(env));
  if (path === undefined) return undefined;
  const version = await versionOf(tool, path);
  return version !== undefined && tool.accepts(version, pinned) ? { source: 'PATH', path, version } : undefined;
}

async function versionOf(tool: GoTool, path: string): Promise<string | undefined> {
  const { stdout } = await run(path, tool.versionArgs, { deadlineMs: 10_000 });
  return versionIn(stdout);
}

const sourceInWords: Readonly<Record<GoToolSource, string>> = {
  'pointed at': 'where it was pointed to',
  PATH: 'PATH',
  cache: 'the cache',
  build: 'a build of the pinned Go module',
};
