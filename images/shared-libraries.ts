import { dirname } from 'node:path';
import { run } from './command.ts';
import { ImageError } from './image-error.ts';

/** What the dynamic loader found for a program. */
export interface SharedLibraries {
  /** The program interpreter: `at` is the path that is fixed in the binary, `hostPath` where it lies on this host. */
  readonly loader: { readonly at: string; readonly hostPath: string };
  /** By name (`libc.so.6`), where each lies on this host. */
  readonly libraries: ReadonlyMap<string, string>;
  /** The directory of libc, which the loader always searches. */
  readonly libraryDir: string;
}

/**
 * The shared libraries that a program links, found by this host's own loader.
 *
 * @param program a host path
 * @throws ImageError `HostUnsupported` where that is not a glibc Linux, or a library is not installed
 */
export async function sharedLibraries(program: string, signal?: AbortSignal): Promise<SharedLibraries> {
  const whenMissing = 'images are built on a Linux with glibc (Debian, Ubuntu, Fedora …), which has it';
  return parseLdd(await run('ldd', [program], { signal, whenMissing, env: { ...process.env, LC_ALL: 'C' } }), program);
}

/**
 * Reads what `ldd` prints.
 *
 * @param text for example `libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f…)`, a line for each library
 * @param program for messages
 * @throws ImageError `HostUnsupported`, naming what is missing
 */
export function parseLdd(text: string, program: string): SharedLibraries {
  const libraries = new Map<string, string>();
  let loader: SharedLibraries['loader'] | undefined;
  for (const line of text.split('\n')) {
    const match = /^\s*(\S+)(?: => (.+?))?(?: \(0x[0-9a-f]+\))?$/.exec(line);
    const name = match?.[1];
    // The vdso is the kernel's: it has no file.
    if (match === null || name === undefined || name.startsWith('linux-vdso') || name.startsWith('linux-gate'))
      continue;
    const target = match[2];
    if (target === 'not found') {
      throw new ImageError(
        'HostUnsupported',
        `${program} needs ${name}, which is not installed here: ${packageFor(name)}`,
      );
    }
    if (name.startsWith('/')) loader = { at: name, hostPath: target ?? name };
    else if (target?.startsWith('/')) libraries.set(name, target);
  }
  const libc = libraries.get('libc.so.6');
  if (loader === undefined || libc === undefined) {
    throw new ImageError(
      'HostUnsupported',
      `${program} is not linked with glibc here (musl, or a static binary): build on Debian, Ubuntu or Fedora. ldd said:\n${text.trimEnd()}`,
    );
  }
  return { loader, libraries, libraryDir: dirname(libc) };
}

function packageFor(library: string): string {
  const known: Readonly<Record<string, string>> = {
    'libatomic.so.1': 'libatomic1',
    'libstdc++.so.6': 'libstdc++6',
    'libgcc_s.so.1': 'libgcc-s1',
  };
  const name = known[library];
  return name === undefined ? 'install the package that has it' : `apt-get install ${name} (Debian's name for it)`;
}
