import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { ImageError } from './image-error.ts';
import { isLeftOut, npmPackages } from './npm-packages.ts';

describe('isLeftOut', () => {
  const cases: readonly [path: string, out: boolean][] = [
    ['zod/index.js', false],
    ['zod/index.d.ts', true],
    ['zod/index.d.cts', true],
    ['zod/index.d.mts', true],
    ['zod/index.js.map', true],
    ['zod/map.js', false],
    ['source-map/lib/x.js', false],
    ['@modelcontextprotocol/server-everything/dist/docs/instructions.md', false],
    ['.package-lock.json', true],
    ['.bin', true],
    ['.bin/mcp-server-everything', true],
    ['x/.bin.js', false],
    ['x/data.ts', false],
  ];
  for (const [path, out] of cases)
    it(`${out ? 'leaves out' : 'keeps'} ${path}`, () => assert.equal(isLeftOut(path), out));
});

describe('npmPackages', () => {
  it('names what npm said, and leaves nothing half installed', async (t) => {
    const cacheDir = await temporaryDirectory(t);
    const sourceDir = await temporaryDirectory(t);
    const dependencies = { 'no-such-package': '1.0.0' };
    await writeFile(join(sourceDir, 'package.json'), JSON.stringify({ name: 'x', version: '1.0.0', dependencies }));
    // A lock file of other dependencies: npm refuses it without asking a registry.
    const lock = { name: 'x', version: '1.0.0', lockfileVersion: 3, packages: { '': { name: 'x', version: '1.0.0' } } };
    await writeFile(join(sourceDir, 'package-lock.json'), JSON.stringify(lock));
    const said: string[] = [];
    const context = { architecture: 'amd64', cacheDir, progress: (line: string) => said.push(line) } as const;
    await assert.rejects(npmPackages(context, sourceDir, 'x'), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      assert.equal(thrown.code, 'ToolFailed');
      return /^npm ci .*no-such-package/s.test(thrown.message);
    });
    assert.deepEqual(said, ['installing the npm packages of x']);
    assert.deepEqual(await readdir(join(cacheDir, 'x')), []);
  });
});
