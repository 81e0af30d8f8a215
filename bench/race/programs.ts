import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from '../../images/bundle.ts';
import { bundleOperator, operatorRun } from '../../images/operator.ts';
import { writeBundle } from '../../tools/build.ts';

/** What is raced, made ready to run: plain JavaScript, because to load TypeScript costs a process 20 MB. */
export interface Programs {
  /** What follows `node`, to start the operator as its image does. */
  readonly operator: readonly string[];
  /** The same for the yardstick. */
  readonly floor: readonly string[];
  /** The probe, for `--import`. */
  readonly probe: string;
  /** A hash of them all: two races with the same one raced the same. */
  readonly build: string;
}

/**
 * Writes them.
 *
 * @param directory where they go; made when absent
 */
export async function writePrograms(directory: string): Promise<Programs> {
  const dist = join(directory, 'dist');
  await mkdir(dist, { recursive: true });
  await writeFile(join(directory, 'package.json'), JSON.stringify({ version: '0.0.0-bench', type: 'module' }));
  const own = await Promise.all([
    bundleOperator(),
    bundle(join(import.meta.dirname, '..', 'floor', 'main.ts'), 'floor'),
    bundle(join(import.meta.dirname, 'probe.ts'), 'probe'),
  ]);
  const files = own.flat();
  await writeBundle(files, dist);
  const hash = createHash('sha256');
  for (const { path, content } of files) hash.update(path).update(content);
  const [, ...args] = operatorRun.entrypoint;
  return {
    operator: args.map((arg) => arg.replace(/^\/app\/dist/, dist)),
    floor: [join(dist, 'floor.js')],
    probe: join(dist, 'probe.js'),
    build: hash.digest('hex').slice(0, 12),
  };
}
