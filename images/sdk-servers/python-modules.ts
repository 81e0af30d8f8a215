import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../command.ts';

/** Directories of the standard library that a server never reads: tests, a GUI, what installs and what compiles C. */
const unneededDirectories = ['test', 'tests', 'idlelib', 'tkinter', 'turtledemo', 'ensurepip', 'lib2to3', 'pydoc_data'];
const notTheLibrary = ['site-packages', 'dist-packages', '__pycache__'];

/**
 * True for what of the standard library does not go into an image.
 *
 * @param path relative to the library's directory: `json/decoder.py`, `lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so`
 */
export function isLeftOutOfLibrary(path: string): boolean {
  const parts = path.split('/');
  if (parts.some((part) => unneededDirectories.includes(part) || notTheLibrary.includes(part))) return true;
  const [first = ''] = parts;
  // A distribution's own hook, a link out of the library; and what is for linking C programs with Python.
  if (first === 'sitecustomize.py' || first.startsWith('config-')) return true;
  return /^lib-dynload\/(?:_tkinter|_test|_xx|xx|_ctypes_test)/.test(path);
}

/** True for what pip puts beside the packages, and nobody imports. */
export function isLeftOutOfPackages(path: string): boolean {
  const parts = path.split('/');
  return parts[0] === 'bin' || parts.some((part) => part === 'tests' || part.endsWith('.pyi'));
}

/**
 * Every extension module below a directory.
 *
 * @returns host paths, sorted
 */
export async function extensionModules(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.so(?:\.[0-9.]+)?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Compiles the modules below a directory to byte code, in place: a pod's file system is read-only, so that it would
 * compile them at every start, for seconds.
 *
 * The byte code is not checked against its source's date, which an image does not keep (PEP 552, "unchecked hash").
 *
 * @param python the interpreter that will run them
 * @param at where `dir` will be in the image: what tracebacks show
 */
export async function compileModules(
  python: string,
  dir: string,
  at: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const how = ['--invalidation-mode', 'unchecked-hash', '-q', '-s', dir, '-p', at];
  // -E and -s, not -I: compileall has to find the library of the interpreter as it is used.
  await run(python, ['-E', '-s', '-m', 'compileall', ...how, dir], { signal });
}
