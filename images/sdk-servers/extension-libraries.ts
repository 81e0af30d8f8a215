import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../command.ts';
import { ImageError } from '../image-error.ts';
import { parseLdd } from '../shared-libraries.ts';

/** What several extension modules link, together. */
export interface ExtensionLibraries {
  /** By name (`libssl.so.3`), where each lies on this host. */
  readonly libraries: ReadonlyMap<string, string>;
  /** Modules that cannot be loaded here either, each with the library of it that is not installed. */
  readonly unusable: ReadonlyMap<string, string>;
}

/**
 * The shared libraries of extension modules, found by this host's own loader, all with one call.
 *
 * @param modules host paths of `.so` files
 * @throws ImageError `HostUnsupported` where this is not a glibc Linux
 */
export async function extensionLibraries(
  modules: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ExtensionLibraries> {
  if (modules.length === 0) return { libraries: new Map(), unusable: new Map() };
  const whenMissing = 'images are built on a Linux with glibc (Debian, Ubuntu, Fedora …), which has it';
  const env = { ...process.env, LC_ALL: 'C' };
  // Of a single one, ldd would not print the name.
  return parseExtensionLibraries(await run('ldd', [...modules, ...modules.slice(0, 1)], { signal, whenMissing, env }));
}

/**
 * Reads what `ldd` prints for several files: the path of each with a colon, then its libraries, indented.
 *
 * @throws ImageError `HostUnsupported` as `parseLdd`, but for a library that is not installed
 */
export function parseExtensionLibraries(text: string): ExtensionLibraries {
  const libraries = new Map<string, string>();
  const unusable = new Map<string, string>();
  for (const block of text.split(/^(?=\S)/m)) {
    const [heading = '', ...lines] = block.split('\n');
    const module = heading.replace(/:$/, '');
    const body = lines.join('\n');
    // It uses nothing but what Python itself has loaded.
    if (body.trim() === 'statically linked') continue;
    const missing = /^\s*(\S+) => not found$/m.exec(body)?.[1];
    if (missing !== undefined) unusable.set(module, missing);
    else for (const [name, path] of parseLdd(body, module).libraries) libraries.set(name, path);
  }
  return { libraries, unusable };
}

/**
 * Copies libraries into one directory, each under its name.
 *
 * @param dir is made
 * @param except a host directory: what lies below it is left where it is
 * @throws ImageError `BadEntry` for a name that is a path
 */
export async function copyLibraries(
  libraries: ReadonlyMap<string, string>,
  dir: string,
  except?: string,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const [name, path] of libraries) {
    if (except !== undefined && path.startsWith(`${except}/`)) continue;
    if (name.includes('/'))
      throw new ImageError('BadEntry', `${name} is linked by its path, which no image would have`);
    await copyFile(path, join(dir, name));
  }
}
