import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { projectRoot } from '../../../images/bundle.ts';

/** A change of a source file that is made while the operator is bundled: the file itself stays as it is. */
export interface SourcePatch {
  /** Relative to the repository: `src/controller/plan.ts`. */
  readonly file: string;
  /** The exact text to replace. It must be there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A patch does not fit the source any more. */
export class PatchError extends Error {
  constructor(patch: SourcePatch, found: number) {
    super(`${patch.file}: the text to replace is there ${found} times, not once: ${JSON.stringify(patch.find)}`);
    this.name = 'PatchError';
  }
}

/**
 * A source text with a patch in it.
 *
 * @throws PatchError when the text to replace is not there exactly once
 */
export function patched(source: string, patch: SourcePatch): string {
  const parts = source.split(patch.find);
  if (parts.length !== 2) throw new PatchError(patch, parts.length - 1);
  return parts.join(patch.replace);
}

/**
 * Reads the files of some patches and applies them.
 *
 * @returns by path, absolute
 * @throws PatchError when one does not fit
 */
export async function patchedSources(patches: readonly SourcePatch[]): Promise<ReadonlyMap<string, string>> {
  const sources = new Map<string, string>();
  for (const patch of patches) {
    const path = join(projectRoot, patch.file);
    sources.set(path, patched(sources.get(path) ?? (await readFile(path, 'utf8')), patch));
  }
  return sources;
}

/** Puts patched sources into a bundle instead of the files. */
export function patchPlugin(sources: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'source patches',
    setup(build) {
      build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
        const contents = sources.get(path);
        return contents === undefined ? undefined : { contents, loader: 'ts' };
      });
    },
  };
}
