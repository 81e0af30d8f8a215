import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once, prune } from './cache.ts';
import { run } from './command.ts';
import { file } from './entry.ts';
import type { Architecture } from './oci.ts';
import type { ImageContent, RecipeContext } from './recipe.ts';

const sourceDir = join(import.meta.dirname, 'pause');

/**
 * The pause image: one static binary, compiled from `pause/main.go`.
 *
 * Go rather than C, because Go is what Kubernetes itself is built with here, and a C compiler may not be there.
 *
 * @throws ImageError `ToolMissing` without Go, `ToolFailed` when it does not compile
 */
export async function pauseImage(context: RecipeContext): Promise<ImageContent> {
  const hostPath = await compilePause(context);
  return {
    layers: [{ name: 'pause', entries: [file('pause', { hostPath }, { mode: 0o755 })] }],
    // The same user as the Kubernetes project's own pause image.
    run: { entrypoint: ['/pause'], user: '65535:65535' },
  };
}

/**
 * Compiles the pause binary, once for each source, Go version and architecture.
 *
 * @returns the path of the static binary
 */
export async function compilePause(context: RecipeContext): Promise<string> {
  const whenMissing = 'install Go from https://go.dev/dl, it is needed to compile the pause image';
  const { signal } = context;
  // The machine's own Go, never a download of another one; no flags from the user's environment.
  const env = { ...process.env, ...goEnvironment(context.architecture) };
  const version = (await run('go', ['env', 'GOVERSION'], { env, signal, whenMissing })).trim();
  const hash = createHash('sha256').update(JSON.stringify([version, context.architecture]));
  for (const name of ['go.mod', 'main.go']) hash.update(await readFile(join(sourceDir, name)));
  const binaries = join(context.cacheDir, 'pause');
  const binary = join(binaries, hash.digest('hex'));
  await once(binary, async (passing) => {
    context.progress(`compiling pause with ${version}`);
    const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w -buildid=', '-o', passing, '.'];
    await run('go', args, { cwd: sourceDir, env, signal, whenMissing });
  });
  await prune(binaries, { keep: 3 });
  return binary;
}

function goEnvironment(architecture: Architecture) {
  return { CGO_ENABLED: '0', GOOS: 'linux', GOARCH: architecture, GOTOOLCHAIN: 'local', GOFLAGS: '', GOWORK: 'off' };
}
