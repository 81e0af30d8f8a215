import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryDirectory } from './temporary-directory.ts';

/** A project of its own, for tests of what runs tests. */
export interface TestProject {
  /** Its root, absolute. */
  readonly root: string;
  /** The absolute path of one of its files. */
  file(path: string): string;
}

/** What each test file of such a project begins with. */
export const testImports =
  "import assert from 'node:assert/strict';\nimport { after, describe, test } from 'node:test';\n";

/**
 * Writes a project into a directory that goes away with the test.
 *
 * @param files texts by path; a `.test.ts` gets `testImports` in front
 */
export async function testProject(
  context: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, string>>,
): Promise<TestProject> {
  const root = await temporaryDirectory(context);
  const all = { 'package.json': '{ "type": "module" }', ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), path.endsWith('.test.ts') ? `${testImports}${text}` : text);
  }
  return { root, file: (path) => join(root, path) };
}
