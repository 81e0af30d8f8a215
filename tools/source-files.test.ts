import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { lineCount, sourceFiles } from './source-files.ts';

async function tree(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), `// ${path}\n`);
  }
}

describe('sourceFiles', () => {
  test('finds TypeScript in the directories of the project, in whichever depth, sorted', async (t) => {
    const root = await temporaryDirectory(t);
    await tree(root, ['tools/a.ts', 'src/b.ts', 'src/deep/er/a.ts', 'src/notes.md', 'elsewhere/a.ts', 'root.ts']);
    const files = await sourceFiles(root);
    assert.deepEqual(
      files.map(({ path }) => path),
      ['src/b.ts', 'src/deep/er/a.ts', 'tools/a.ts'],
    );
    assert.equal(files[0]?.text, '// src/b.ts\n');
  });

  test('leaves out what others wrote and what was built', async (t) => {
    const root = await temporaryDirectory(t);
    await tree(root, ['images/x/node_modules/a/index.ts', 'images/x/dist/a.ts', 'images/x/a.ts']);
    assert.deepEqual(
      (await sourceFiles(root)).map(({ path }) => path),
      ['images/x/a.ts'],
    );
  });

  test('tells tests, and what only tests use, from source', async (t) => {
    const root = await temporaryDirectory(t);
    await tree(root, ['src/a.ts', 'src/a.test.ts', 'src/test.ts', 'test/support/b.ts']);
    assert.deepEqual(
      (await sourceFiles(root)).map(({ path, isTest }) => [path, isTest]),
      [
        ['src/a.test.ts', true],
        ['src/a.ts', false],
        ['src/test.ts', false],
        ['test/support/b.ts', true],
      ],
    );
  });

  test('a project without any of the directories has no files', async (t) => {
    assert.deepEqual(await sourceFiles(await temporaryDirectory(t)), []);
  });

  test('a directory that is a file is an error', async (t) => {
    const root = await temporaryDirectory(t);
    await writeFile(join(root, 'src'), '');
    await assert.rejects(sourceFiles(root), /ENOTDIR/);
  });
});

test('lineCount counts as wc -l does', () => {
  assert.deepEqual(['', 'a', 'a\n', 'a\nb\n'].map(lineCount), [0, 0, 1, 2]);
});
