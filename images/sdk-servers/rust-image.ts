import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once, prune } from '../cache.ts';
import { run } from '../command.ts';
import { file } from '../entry.ts';
import { libraryEntries, systemFiles } from '../node-runtime.ts';
import type { ImageContent, RecipeContext } from '../recipe.ts';
import { sharedLibraries } from '../shared-libraries.ts';
import { serverRun } from './server-run.ts';
import { checkToolVersion, type NeededTool } from './tool-version.ts';

const sourceDir = join(import.meta.dirname, 'rust');
const rust: NeededTool = {
  name: 'Rust',
  atLeast: '1.88',
  fix: 'install it from https://rustup.rs to build the sdk-rust image',
};

/** What cargo is called with; the binary is then at `release/sdk-rust` in `targetDir`. */
export function cargoBuildArgs(targetDir: string): string[] {
  return ['build', '--release', '--locked', '--color=never', '--target-dir', targetDir];
}

/** The user's environment without what would compile for another machine, or with other flags. */
export function cargoEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return { ...env, RUSTFLAGS: '', CARGO_ENCODED_RUSTFLAGS: undefined, CARGO_BUILD_TARGET: undefined };
}

/**
 * A server on the official Rust SDK (`rust/`), with the shared libraries that it links. MCP at `/mcp`.
 *
 * @throws ImageError `ToolMissing` without a new enough Rust, `ToolFailed` when it does not compile
 */
export async function rustImage(context: RecipeContext): Promise<ImageContent> {
  const hostPath = await compile(context);
  const libraries = libraryEntries(await sharedLibraries(hostPath, context.signal));
  const server = file('usr/local/bin/server', { hostPath }, { mode: 0o755 });
  return {
    layers: [{ name: 'sdk-rust', entries: [...systemFiles(), ...libraries, server] }],
    run: serverRun(['/usr/local/bin/server']),
  };
}

async function compile({ cacheDir, progress, signal }: RecipeContext): Promise<string> {
  const options = { env: cargoEnvironment(process.env), cwd: sourceDir, signal, whenMissing: rust.fix };
  const version = (await run('rustc', ['--version'], options)).trim();
  checkToolVersion(rust, version);
  const hash = createHash('sha256').update(JSON.stringify([version, cargoBuildArgs('')]));
  for (const name of ['Cargo.toml', 'Cargo.lock', 'src/main.rs']) hash.update(await readFile(join(sourceDir, name)));
  const binaries = join(cacheDir, 'sdk-rust');
  const binary = join(binaries, hash.digest('hex'));
  await once(binary, async (passing) => {
    // Kept, so that a change of the server alone compiles no crates: cargo locks it against a second build.
    const targetDir = join(cacheDir, 'rust-target');
    progress(`compiling sdk-rust with ${version.split(' (')[0]} (the first time takes some minutes)`);
    await run('cargo', cargoBuildArgs(targetDir), options);
    await copyFile(join(targetDir, 'release', 'sdk-rust'), passing);
  });
  await prune(binaries, { keep: 2 });
  return binary;
}
