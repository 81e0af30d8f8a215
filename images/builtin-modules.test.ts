import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { program, runBundle } from '../test/support/bundled-program.ts';
import { isBuiltinInput } from './builtin-modules.ts';
import { bundle } from './bundle.ts';

/** Prints whether Node has loaded what only a WebSocket needs. */
const TELL = `process.stdout.write(String(process.moduleLoadList.some((name) => name.includes('undici'))));`;

/** A program as it is, and its bundle. */
async function bundled(t: TestContext, source: string) {
  const entry = await program(t, { 'main.ts': source });
  return { entry, files: await bundle(entry, 'thing') };
}

const outputOf = async (entry: string) => (await promisify(execFile)(process.execPath, [entry])).stdout;

describe('builtinModules', () => {
  it('spares a program what the import of node:http loads', async (t) => {
    const { entry, files } = await bundled(t, `import { request } from 'node:http'; void request; ${TELL}`);
    assert.equal(await outputOf(entry), 'true', 'without a bundle it is loaded: else this has become needless');
    assert.equal((await runBundle(t, files)).stdout, 'false');
  });

  it('gives what an import gives: by name, as default, as a whole, and later', async (t) => {
    const source = `
      import path, { basename } from 'node:path';
      import * as all from 'node:path';
      const later = await import('node:path');
      process.stdout.write([path.basename, basename, all.basename, later.basename].map((of) => of('/a/b')).join());`;
    const { entry, files } = await bundled(t, source);
    assert.equal(await outputOf(entry), 'b,b,b,b');
    assert.equal((await runBundle(t, files)).stdout, 'b,b,b,b');
  });

  it('is not among the sources of a bundle', async (t) => {
    const { files } = await bundled(t, `import { basename } from 'node:path'; console.log(basename('/a'));`);
    const inputs = files.flatMap((file) => file.inputs);
    assert.deepEqual(inputs.filter(isBuiltinInput), []);
    assert.equal(inputs.length, 1);
  });

  it('leaves a module that Node does not have to Node, which says so', async (t) => {
    const { files } = await bundled(t, `import { nothing } from 'node:nonsense'; console.log(nothing);`);
    await assert.rejects(runBundle(t, files), /No such built-in module: node:nonsense/);
  });
});
