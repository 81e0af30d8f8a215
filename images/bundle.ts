import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { builtinModules, isBuiltinInput } from './builtin-modules.ts';
import { type Entry, file } from './entry.ts';
import { ImageError } from './image-error.ts';

/** The repository. */
export const projectRoot = join(import.meta.dirname, '..');

/** One file of a bundle, in memory. */
export interface BundledFile {
  /** Relative to the output directory: `smooth-operator.js`, `chunks/…`. */
  readonly path: string;
  readonly content: Buffer;
  /** The bundle's other files that are loaded with it, at once: not those that an `import()` loads later. */
  readonly imports: readonly string[];
  /** The sources that have lines in it, relative to the repository: `src/main.ts`, `node_modules/pino/pino.js`. */
  readonly inputs: readonly string[];
}

/**
 * Bundles a TypeScript program and what it imports from node_modules into a few ES modules for Node.
 *
 * What is only reached by a dynamic `import()` becomes a file of its own, so that it is read when it is asked for.
 * Paths in the output are relative to the repository: the bytes are the same wherever that lies.
 *
 * @param entry the program's main module, a host path
 * @param name what its file is called, without extension
 * @param plugins of the bundler. Default: none
 * @throws ImageError `ToolFailed` with what the bundler said
 */
export async function bundle(entry: string, name: string, plugins: readonly Plugin[] = []): Promise<BundledFile[]> {
  const outdir = join(projectRoot, 'dist');
  const result = await build({
    entryPoints: [{ in: entry, out: name }],
    absWorkingDir: projectRoot,
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    sourcemap: true,
    // Stack traces need positions; the sources themselves are in the repository.
    sourcesContent: false,
    legalComments: 'none',
    // CommonJS packages call `require` for Node's own modules, which an ES module does not have.
    banner: {
      js: `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`,
    },
    metafile: true,
    plugins: [...plugins, builtinModules],
    write: false,
    logLevel: 'silent',
  }).catch((thrown: unknown) => {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ImageError('ToolFailed', `bundling ${entry} failed: ${said}`, { cause: thrown });
  });
  const relative = (path: string) => path.replace(/^dist\//, '');
  return result.outputFiles.map((output) => {
    const path = output.path.slice(outdir.length + 1);
    const { imports = [], inputs = {} } = result.metafile.outputs[`dist/${path}`] ?? {};
    const atOnce = imports.filter((to) => to.kind === 'import-statement' && to.external !== true);
    return {
      path,
      content: Buffer.from(output.contents),
      imports: atOnce.map((to) => relative(to.path)),
      inputs: Object.keys(inputs).filter((input) => !isBuiltinInput(input)),
    };
  });
}

/**
 * A bundle as entries of a layer, laid out as in the repository: `/app/dist/…`, and above it the `package.json` that tells
 * Node that these are ES modules, and the program its version.
 *
 * @param name and version are what a program says that it is
 */
export function bundleEntries(files: readonly BundledFile[], name: string, version: string): Entry[] {
  const manifest = JSON.stringify({ name, version, private: true, type: 'module' });
  return [file('app/package.json', manifest), ...files.map(({ path, content }) => file(`app/dist/${path}`, content))];
}
