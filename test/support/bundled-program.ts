import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { type BundledFile, bundleEntries } from '../../images/bundle.ts';
import { unpackLayers } from '../../images/unpack.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A program of a few modules: `main.ts` and what it names. */
export async function program(t: TestContext, modules: Readonly<Record<string, string>>): Promise<string> {
  const dir = await temporaryDirectory(t);
  for (const [name, source] of Object.entries(modules)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), source);
  }
  return join(dir, 'main.ts');
}

/** Runs a bundle as an image would. */
export async function runBundle(t: TestContext, files: readonly BundledFile[], ...args: string[]) {
  const root = join(await temporaryDirectory(t), 'root');
  await unpackLayers([{ name: 'app', entries: bundleEntries(files, 'thing', '1.2.3') }], root);
  return promisify(execFile)(process.execPath, [...args, join(root, 'app', 'dist', 'thing.js')]);
}
