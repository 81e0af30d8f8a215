import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bundle, projectRoot } from '../../../images/bundle.ts';
import { operatorName } from '../../../images/operator.ts';
import { patchedSources, patchPlugin, type SourcePatch } from '../seeds/patch.ts';

/** A bundled operator on disk. */
export interface Build {
  /** The file that node runs. */
  readonly main: string;
  /** Where node keeps what it has compiled: the second start takes a third of the time of the first. */
  readonly compileCache: string;
}

/**
 * Bundles the operator as its image has it, once for many runs.
 *
 * @param directory a new one for each build
 * @param patches changes of its sources: a defect, or what a next version does otherwise. Default: none
 * @throws PatchError when a patch does not fit the source
 */
export async function buildOperator(directory: string, patches: readonly SourcePatch[] = []): Promise<Build> {
  const plugins = patches.length === 0 ? [] : [patchPlugin(await patchedSources(patches))];
  for (const { path, content } of await bundle(join(projectRoot, 'src', 'main.ts'), operatorName, plugins)) {
    const file = join(directory, 'dist', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  // Tells node that these are ES modules, and the program its version.
  await writeFile(
    join(directory, 'package.json'),
    JSON.stringify({ name: operatorName, version: '0.0.0', type: 'module' }),
  );
  return { main: join(directory, 'dist', `${operatorName}.js`), compileCache: join(directory, 'cache') };
}

/**
 * What the next version does otherwise, for the workload that upgrades: its pods get another setting, so the new process
 * has to roll out what the old one has made.
 */
export const nextVersion: SourcePatch = {
  file: 'src/controller/objects/deployment.ts',
  find: '    enableServiceLinks: false,\n',
  replace: '    enableServiceLinks: false,\n    terminationGracePeriodSeconds: 20,\n',
};
