import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { BundledFile } from '../images/bundle.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { writeBundle } from './build.ts';

const bundled = (path: string, content: string): BundledFile => ({
  path,
  content: Buffer.from(content),
  imports: [],
  inputs: [],
});

describe('writeBundle', () => {
  it('writes the files and the directories that they need', async (t) => {
    const dir = join(await temporaryDirectory(t), 'dist');
    await writeBundle([bundled('main.js', 'main'), bundled('chunks/a-1.js', 'a')], dir);
    assert.equal(await readFile(join(dir, 'main.js'), 'utf8'), 'main');
    assert.equal(await readFile(join(dir, 'chunks', 'a-1.js'), 'utf8'), 'a');
  });

  it("removes an earlier build's chunks, whose names have other hashes", async (t) => {
    const dir = await temporaryDirectory(t);
    await writeBundle([bundled('main.js', 'old'), bundled('chunks/a-1.js', '')], dir);
    await writeBundle([bundled('main.js', 'new'), bundled('chunks/a-2.js', '')], dir);
    assert.deepEqual(await readdir(join(dir, 'chunks')), ['a-2.js']);
    assert.equal(await readFile(join(dir, 'main.js'), 'utf8'), 'new');
  });

  it('leaves the rest of dist alone, such as images', async (t) => {
    const dir = await temporaryDirectory(t);
    await mkdir(join(dir, 'images'));
    await writeFile(join(dir, 'images', 'op.tar'), '');
    await writeBundle([bundled('main.js', '')], dir);
    assert.deepEqual((await readdir(dir)).sort(), ['images', 'main.js']);
    assert.deepEqual(await readdir(join(dir, 'images')), ['op.tar']);
  });
});
