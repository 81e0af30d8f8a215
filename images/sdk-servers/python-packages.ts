import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once, prune } from '../cache.ts';
import { run } from '../command.ts';
import { type Entry, tree } from '../entry.ts';
import { ImageError } from '../image-error.ts';
import type { RecipeContext } from '../recipe.ts';
import { copyLibraries, extensionLibraries } from './extension-libraries.ts';
import type { PythonInterpreter } from './python-interpreter.ts';
import { compileModules, extensionModules, isLeftOutOfPackages } from './python-modules.ts';
import { copiedLibraries } from './python-runtime.ts';

/** Where packages are in the images: what PYTHONPATH names. */
export const packagesPath = '/app/packages';

/** Raise it when the way in which packages are installed changes. */
const version = 1;

/** Which packages, and for what. */
export interface PackagesOptions {
  /** A requirements file with hashes, a host path. */
  readonly requirements: string;
  /** Tells this image's packages from another's, in the cache and in progress lines. */
  readonly name: string;
  /** Where the runtime has its shared libraries, inside the image. */
  readonly libraryDir: string;
}

/** What pip is called with, after `-m pip`: exactly what is written in the requirements, each file by its hash, nothing compiled. */
export function pipInstallArgs(requirements: string, target: string): string[] {
  return [
    'install',
    '--require-hashes',
    '--no-deps',
    '--only-binary=:all:',
    '--no-compile',
    '--no-input',
    '--disable-pip-version-check',
    '--no-warn-script-location',
    '--quiet',
    '--target',
    target,
    '--requirement',
    requirements,
  ];
}

/**
 * The packages of a requirements file as they lie in an image, with the shared libraries that they link. Installed once for
 * each file and Python.
 *
 * @throws ImageError `ToolMissing` without pip, `ToolFailed` when the packages cannot be had
 */
export async function pythonPackages(
  context: RecipeContext,
  python: PythonInterpreter,
  { requirements, name, libraryDir }: PackagesOptions,
): Promise<Entry[]> {
  const { architecture, cacheDir, progress, signal } = context;
  const hash = createHash('sha256').update(JSON.stringify([version, architecture, python.build]));
  const installs = join(cacheDir, name);
  const home = join(
    installs,
    hash
      .update(await readFile(requirements))
      .digest('hex')
      .slice(0, 16),
  );
  await once(home, async (passing) => {
    progress(`installing the Python packages of ${name}`);
    await install(passing, python, requirements, signal);
  });
  await prune(installs, { keep: 2 });
  return [
    ...(await copiedLibraries(join(home, 'shared'), libraryDir)),
    ...(await tree(join(home, 'packages'), packagesPath.slice(1), (path) => !isLeftOutOfPackages(path))),
  ];
}

async function install(
  dir: string,
  python: PythonInterpreter,
  requirements: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const packages = join(dir, 'packages');
  await mkdir(packages, { recursive: true });
  await pip(pipInstallArgs(requirements, packages), signal);
  const { libraries, unusable } = await extensionLibraries(await extensionModules(packages), signal);
  for (const [module, library] of unusable) {
    throw new ImageError('HostUnsupported', `${module} needs ${library}, which is not installed here: install it`);
  }
  // What a package brings itself it finds by itself.
  await copyLibraries(libraries, join(dir, 'shared'), packages);
  await compileModules(python.executable, packages, packagesPath, signal);
}

async function pip(args: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  try {
    // As PATH has it: in a virtual environment, the interpreter below it need not have pip.
    await run('python3', ['-m', 'pip', ...args], { signal });
  } catch (thrown) {
    throw withoutPip(ImageError.from(thrown));
  }
}

/** Tells "there is no pip", which has a remedy of its own, from what else pip's failures are. */
export function withoutPip(error: ImageError): ImageError {
  if (!/No module named pip\b/.test(error.message)) return error;
  const fix = 'install it (on Debian: apt-get install python3-pip) to build the sdk-python images';
  return new ImageError('ToolMissing', `python3 has no pip: ${fix}`, { cause: error });
}
