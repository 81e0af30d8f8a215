import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { isBuiltin } from './builtin-modules.ts';
import { bundle } from './bundle.ts';

const run = promisify(execFile);
/** Prints whether Node has loaded what only a WebSocket needs. */
const TELL = `process.stdout.write(String(process.moduleLoadList.some((name) => name.includes('undici'))));`;

/** Bundles a program, and returns the bundle's main file with what it was made of. */
async function bundled(t: TestContext, source: string) {
  const dir = await temporaryDirectory(t);
  const entry = join(dir, 'main.ts');
  await writeFile(entry, source);
  const files = await bundle(entry, 'thing');
  const program = join(dir, 'thing.mjs');
  const { content, inputs } = files.find(({ path }) => path === 'thing.js') ?? {};
  assert.ok(content !== undefined && inputs !== undefined);
  await writeFile(program, content);
  return { entry, program, inputs };
}

const outputOf = async (...args: string[]) => (await run(process.execPath, args)).stdout;

describe('builtinModules', () => {
  it('spares a program what the import of node:http loads', async (t) => {
    const { entry, program } = await bundled(t, `import { request } from 'node:http'; void request; ${TELL}`);
    assert.equal(await outputOf(entry), 'true', 'without a bundle it is loaded: else this has become needless');
    assert.equal(await outputOf(program), 'false');
  });

  it('gives what an import gives: by name, as default, as a whole, and later', async (t) => {
    const source = `
      import path, { basename } from 'node:path';
      import * as all from 'node:path';
      const later = await import('node:path');
      process.stdout.write([path.basename, basename, all.basename, later.basename].map((of) => of('/a/b')).join());`;
    const { entry, program } = await bundled(t, source);
    assert.equal(await outputOf(entry), 'b,b,b,b');
    assert.equal(await outputOf(program), 'b,b,b,b');
  });

  it('is not among the sources of a bundle', async (t) => {
    const { inputs } = await bundled(t, `import { basename } from 'node:path'; console.log(basename('/a'));`);
    assert.deepEqual(inputs.filter(isBuiltin), []);
    assert.equal(inputs.length, 1);
  });

  it('leaves a module that Node does not have to Node, which says so', async (t) => {
    const { program } = await bundled(t, `import { nothing } from 'node:nonsense'; console.log(nothing);`);
    await assert.rejects(run(process.execPath, [program]), /No such built-in module: node:nonsense/);
  });
});
