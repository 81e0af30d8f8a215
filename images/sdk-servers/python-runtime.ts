import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { once, prune } from '../cache.ts';
import { type Entry, file, tree } from '../entry.ts';
import type { LayerSource } from '../layer.ts';
import { systemFiles } from '../node-runtime.ts';
import type { RecipeContext } from '../recipe.ts';
import { type SharedLibraries, sharedLibraries } from '../shared-libraries.ts';
import { copyLibraries, extensionLibraries } from './extension-libraries.ts';
import type { PythonInterpreter } from './python-interpreter.ts';
import { compileModules, extensionModules, isLeftOutOfLibrary } from './python-modules.ts';

/** What `sys.prefix` is in the images. */
export const pythonHome = '/usr/local';
/** Where the interpreter is in the images. */
export const pythonPath = `${pythonHome}/bin/python3`;

/** Raise it when the way in which the runtime is put together changes. */
const version = 1;

/** Where the binary looks for the loader, and where that looks for libraries. Absolute. */
interface LoaderPaths {
  readonly loader: string;
  readonly libraryDir: string;
}

/** Python, ready to be an image's lowest layer. */
export interface PythonRuntime {
  readonly layer: LayerSource;
  /** Where libraries of other layers have to be. Absolute. */
  readonly libraryDir: string;
}

/**
 * The lowest layer of the Python images: this host's interpreter, its standard library as byte code, and the shared
 * libraries of both. Copied together once, for each Python.
 *
 * @throws ImageError `HostUnsupported` where this host cannot give them
 */
export async function pythonRuntime(context: RecipeContext, python: PythonInterpreter): Promise<PythonRuntime> {
  const { size, mtimeMs } = await stat(python.executable);
  const key = createHash('sha256')
    .update(JSON.stringify([version, python, size, mtimeMs]))
    .digest('hex')
    .slice(0, 16);
  const runtimes = join(context.cacheDir, 'python');
  const home = join(runtimes, key);
  await once(home, async (passing) => {
    context.progress(`copying Python ${python.series} from ${python.executable}`);
    await putTogether(passing, python, context.signal);
  });
  await prune(runtimes, { keep: 2 });
  const paths: LoaderPaths = JSON.parse(await readFile(join(home, 'paths.json'), 'utf8'));
  const entries = [...systemFiles(), ...(await entriesOf(home, paths, libraryPath(python)))];
  return { layer: { name: 'python-runtime', entries }, libraryDir: paths.libraryDir };
}

/**
 * Libraries that `copyLibraries` left in a directory, as entries, where the loader searches.
 *
 * @param libraryDir absolute, inside the image
 */
export async function copiedLibraries(dir: string, libraryDir: string): Promise<Entry[]> {
  const names = (await readdir(dir)).sort();
  return names.map((name) => file(`${libraryDir}/${name}`.slice(1), { hostPath: join(dir, name) }, { mode: 0o755 }));
}

async function putTogether(dir: string, python: PythonInterpreter, signal: AbortSignal | undefined): Promise<void> {
  const library = join(dir, 'library');
  await mkdir(dir, { recursive: true });
  await copyFile(python.executable, join(dir, 'python3'));
  await cp(python.standardLibrary, library, {
    recursive: true,
    // A distribution links from the library to elsewhere; in the image there is no elsewhere.
    dereference: true,
    filter: (source) => !isLeftOutOfLibrary(relative(python.standardLibrary, source)),
  });
  const linked = await sharedLibraries(python.executable, signal);
  const { libraries, unusable } = await extensionLibraries(await extensionModules(library), signal);
  // Optional parts of the library: what asks for them does without them here, too.
  for (const module of unusable.keys()) await rm(module);
  await copyLibraries(new Map([...linked.libraries, ...libraries]), join(dir, 'shared'));
  await copyFile(linked.loader.hostPath, join(dir, 'loader'));
  await compileModules(python.executable, library, libraryPath(python), signal);
  await writeFile(join(dir, 'paths.json'), JSON.stringify(pathsOf(linked)));
}

function pathsOf({ loader, libraryDir }: SharedLibraries): LoaderPaths {
  return { loader: loader.at, libraryDir };
}

async function entriesOf(home: string, { loader, libraryDir }: LoaderPaths, library: string): Promise<Entry[]> {
  const program = { mode: 0o755 };
  return [
    file(pythonPath.slice(1), { hostPath: join(home, 'python3') }, program),
    file(loader.slice(1), { hostPath: join(home, 'loader') }, program),
    ...(await copiedLibraries(join(home, 'shared'), libraryDir)),
    ...(await tree(join(home, 'library'), library.slice(1))),
  ];
}

function libraryPath({ libraryDir, series }: PythonInterpreter): string {
  return `${pythonHome}/${libraryDir}/python${series}`;
}
