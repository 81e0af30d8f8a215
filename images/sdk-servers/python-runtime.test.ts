import assert from 'node:assert/strict';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { arrange } from '../entry.ts';
import { missingToolchain } from './build-sdk-server.ts';
import { type PythonInterpreter, pythonInterpreter } from './python-interpreter.ts';
import { copiedLibraries, pythonPath, pythonRuntime } from './python-runtime.ts';

describe('copiedLibraries', () => {
  it('puts each where the loader searches, sorted', async (t) => {
    const dir = await temporaryDirectory(t);
    for (const name of ['libz.so.1', 'libc.so.6']) await writeFile(join(dir, name), '');
    const entries = await copiedLibraries(dir, '/lib/x86_64-linux-gnu');
    assert.deepEqual(
      entries.map(({ path, mode }) => [path, mode]),
      [
        ['lib/x86_64-linux-gnu/libc.so.6', 0o755],
        ['lib/x86_64-linux-gnu/libz.so.1', 0o755],
      ],
    );
  });
});

describe('pythonRuntime', () => {
  /** This host's interpreter with a library of three modules, so that a test need not copy hundreds. */
  async function smallPython(t: Parameters<typeof temporaryDirectory>[0]): Promise<PythonInterpreter> {
    const standardLibrary = await temporaryDirectory(t);
    const elsewhere = await temporaryDirectory(t);
    await mkdir(join(standardLibrary, 'test'));
    await mkdir(join(standardLibrary, 'json'));
    await writeFile(join(elsewhere, 'data.py'), 'value = 1\n');
    await writeFile(join(standardLibrary, 'os.py'), '');
    await writeFile(join(standardLibrary, 'json', '__init__.py'), '');
    await writeFile(join(standardLibrary, 'test', 'test_os.py'), '');
    // As Debian has its build's settings.
    await symlink(join(elsewhere, 'data.py'), join(standardLibrary, '_sysconfigdata.py'));
    return { ...(await pythonInterpreter(undefined)), standardLibrary };
  }

  it('has the interpreter, the library with its byte code, and the libraries of both; made once', async (t) => {
    const said: string[] = [];
    const cacheDir = await temporaryDirectory(t);
    const context = { architecture: 'amd64', cacheDir, progress: (line: string) => said.push(line) } as const;
    let python: PythonInterpreter;
    try {
      python = await smallPython(t);
    } catch (thrown) {
      const reason = missingToolchain(thrown);
      if (reason === undefined) throw thrown;
      return t.skip(reason);
    }
    const { layer, libraryDir } = await pythonRuntime(context, python);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /^copying Python 3\./);

    const entries = new Map(arrange(layer.entries).map((entry) => [`/${entry.path}`, entry]));
    const library = `/usr/local/${python.libraryDir}/python${python.series}`;
    for (const path of [pythonPath, `${libraryDir}/libc.so.6`, '/etc/passwd', '/tmp', `${library}/os.py`]) {
      assert.ok(entries.has(path), path);
    }
    assert.equal(entries.get(pythonPath)?.mode, 0o755);
    assert.equal(entries.get(`${library}/_sysconfigdata.py`)?.kind, 'file', 'a link out of the library is followed');
    const paths = [...entries.keys()];
    assert.ok(paths.some((path) => /\/json\/__pycache__\/__init__\..*\.pyc$/.test(path)));
    assert.ok(paths.some((path) => /\/ld-linux/.test(path)));
    assert.ok(!paths.some((path) => path.includes('/test/')));

    said.length = 0;
    assert.deepEqual((await pythonRuntime(context, python)).layer, layer);
    assert.deepEqual(said, []);
    assert.equal((await readdir(join(cacheDir, 'python'))).length, 1);
  });
});
