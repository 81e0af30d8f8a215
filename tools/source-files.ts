import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The repository's own TypeScript, for the tests that read it. */

/** One file. */
export interface SourceFile {
  /** Relative to the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  /** True for tests and for what only tests use. */
  readonly isTest: boolean;
}

const directories = ['src', 'cluster', 'images', 'tools', 'demo', 'bench', 'test'];
const leftOut = new Set(['node_modules', 'dist']);

/**
 * Every TypeScript file, sorted by path.
 *
 * @param root the root of the repository
 */
export async function sourceFiles(root: string): Promise<readonly SourceFile[]> {
  const paths = (await Promise.all(directories.map((directory) => walk(root, directory)))).flat().sort();
  return Promise.all(
    paths.map(async (path) => ({
      path,
      text: await readFile(join(root, path), 'utf8'),
      isTest: path.endsWith('.test.ts') || path.startsWith('test/'),
    })),
  );
}

async function walk(root: string, directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await entriesOf(join(root, directory))) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(leftOut.has(entry.name) ? [] : await walk(root, path)));
    else if (entry.name.endsWith('.ts')) found.push(path);
  }
  return found;
}

/** A directory that does not exist yet is empty. */
async function entriesOf(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The number of lines of a text, as `wc -l` counts them. */
export function lineCount(text: string): number {
  return text.split('\n').length - 1;
}
