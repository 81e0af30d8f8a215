import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './bundle.ts';
import { once } from './cache.ts';
import { run } from './command.ts';
import { ImageError } from './image-error.ts';
import type { Architecture } from './oci.ts';
import type { RecipeContext } from './recipe.ts';

/** What a package-lock.json says of one package; npm's lockfileVersion 3. */
export interface LockedPackage {
  readonly version: string;
  /** `sha512-…`, base64. */
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
}

/** The packages of this project's package-lock.json, by path: `node_modules/pino`. */
export async function lockedPackages(): Promise<Readonly<Record<string, LockedPackage>>> {
  const lock: { packages: Record<string, LockedPackage> } = JSON.parse(
    await readFile(join(projectRoot, 'package-lock.json'), 'utf8'),
  );
  return lock.packages;
}

/** The npm package that holds Node for Linux. */
export function nodePackageName(architecture: Architecture): string {
  return `node-linux-${architecture === 'amd64' ? 'x64' : 'arm64'}`;
}

/**
 * Node for a machine that is not this one: the same npm package that `npm ci` would install there, at the version and
 * with the checksum of package-lock.json, which npm checks.
 *
 * @returns the path of the program, in the cache
 * @throws ImageError `ToolMissing` without npm, `ToolFailed` when the package cannot be had or is not the pinned one
 */
export async function fetchNode(context: RecipeContext): Promise<string> {
  const { architecture, cacheDir, signal } = context;
  const name = nodePackageName(architecture);
  const locked = (await lockedPackages())[`node_modules/${name}`];
  if (locked?.integrity === undefined) {
    throw new ImageError('HostUnsupported', `package-lock.json has no checksum of ${name}: run npm install`);
  }
  const { version, integrity } = locked;
  const home = join(cacheDir, 'node', `${name}-${version}`);
  await once(home, async (passing) => {
    context.progress(`downloading Node ${version} for ${architecture}`);
    await mkdir(passing, { recursive: true });
    const manifest = { name: 'node-for-an-image', version: '0.0.0', dependencies: { [name]: version } };
    const lock = {
      name: manifest.name,
      version: manifest.version,
      lockfileVersion: 3,
      requires: true,
      packages: { '': manifest, [`node_modules/${name}`]: { version, integrity } },
    };
    await writeFile(join(passing, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(passing, 'package-lock.json'), JSON.stringify(lock));
    const machine = ['--os=linux', `--cpu=${architecture === 'amd64' ? 'x64' : 'arm64'}`, '--libc=glibc'];
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...machine];
    await run('npm', args, {
      cwd: passing,
      signal,
      whenMissing: 'it comes with Node: install Node from https://nodejs.org',
    });
  });
  return join(home, 'node_modules', name, 'bin', 'node');
}
