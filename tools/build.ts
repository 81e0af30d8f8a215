import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BundledFile, projectRoot } from '../images/bundle.ts';
import { bundleOperator } from '../images/operator.ts';

// `npm run build`: bundles the operator into dist/, which `node dist/smooth-operator.js` runs without node_modules.

/**
 * Writes a bundle into a directory and removes what an earlier build left there. Other things in it stay.
 *
 * @param files as `bundle` returned them
 * @param dir made when absent
 */
export async function writeBundle(files: readonly BundledFile[], dir: string): Promise<void> {
  // Chunks have their hash in their name: old ones would pile up.
  await rm(join(dir, 'chunks'), { recursive: true, force: true });
  for (const { path, content } of files) {
    const target = join(dir, path);
    await mkdir(dirname(target), { recursive: true });
    // Renamed into place, so that an operator that is starting never reads half a file.
    await writeFile(`${target}.part`, content);
    await rename(`${target}.part`, target);
  }
}

if (import.meta.main) {
  const dir = join(projectRoot, 'dist');
  const files = await bundleOperator();
  await writeBundle(files, dir);
  for (const { path, content } of files) {
    if (path.endsWith('.js')) console.log(`dist/${path}  ${Math.ceil(content.length / 1024)} KiB`);
  }
}
