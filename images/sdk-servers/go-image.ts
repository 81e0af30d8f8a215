import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once, prune } from '../cache.ts';
import { run } from '../command.ts';
import { file } from '../entry.ts';
import type { Architecture } from '../oci.ts';
import type { ImageContent, RecipeContext } from '../recipe.ts';
import { serverRun } from './server-run.ts';
import { checkToolVersion, type NeededTool } from './tool-version.ts';

const sourceDir = join(import.meta.dirname, 'go');
const go: NeededTool = {
  name: 'Go',
  atLeast: '1.25',
  fix: 'install it from https://go.dev/dl to build the sdk-go image',
};

/** What the Go compiler is called with, to write a static binary to `output`. */
export function goBuildArgs(output: string): string[] {
  return [
    'build',
    '-trimpath',
    '-buildvcs=false',
    // What go.sum does not have must not be added while an image is built.
    '-mod=readonly',
    '-ldflags=-s -w -buildid=',
    '-o',
    output,
    '.',
  ];
}

/** What differs from the user's environment: this machine's own Go, and no flags of theirs. */
export function goEnvironment(architecture: Architecture): Readonly<Record<string, string>> {
  return { CGO_ENABLED: '0', GOOS: 'linux', GOARCH: architecture, GOTOOLCHAIN: 'local', GOFLAGS: '', GOWORK: 'off' };
}

/**
 * A server on the official Go SDK (`go/`): one static binary and nothing else. MCP at `/mcp`.
 *
 * @throws ImageError `ToolMissing` without a new enough Go, `ToolFailed` when it does not compile
 */
export async function goImage(context: RecipeContext): Promise<ImageContent> {
  const hostPath = await compile(context);
  return {
    layers: [{ name: 'sdk-go', entries: [file('server', { hostPath }, { mode: 0o755 })] }],
    run: serverRun(['/server']),
  };
}

async function compile({ architecture, cacheDir, progress, signal }: RecipeContext): Promise<string> {
  const options = { env: { ...process.env, ...goEnvironment(architecture) }, signal, whenMissing: go.fix };
  const version = (await run('go', ['env', 'GOVERSION'], options)).trim();
  checkToolVersion(go, version);
  const hash = createHash('sha256').update(JSON.stringify([version, architecture, goBuildArgs('')]));
  for (const name of ['go.mod', 'go.sum', 'main.go']) hash.update(await readFile(join(sourceDir, name)));
  const binaries = join(cacheDir, 'sdk-go');
  const binary = join(binaries, hash.digest('hex'));
  await once(binary, async (passing) => {
    progress(`compiling sdk-go with ${version}`);
    await run('go', goBuildArgs(passing), { ...options, cwd: sourceDir });
  });
  await prune(binaries, { keep: 2 });
  return binary;
}
