import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ImageError } from '../image-error.ts';
import { missingToolchain } from './build-sdk-server.ts';
import { parsePython, pythonInterpreter } from './python-interpreter.ts';
import { emptyPath, isMissingTool } from './test-support.ts';

const debian = {
  implementation: 'cpython',
  series: '3.11',
  build: '3.11.2 (main, Apr 28 2025, 14:11:48) [GCC 12.2.0]',
  executable: '/usr/bin/python3.11',
  standardLibrary: '/usr/lib/python3.11',
  libraryDir: 'lib',
};

const failed = (says: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof ImageError, String(thrown));
  assert.equal(thrown.code, 'ToolFailed');
  assert.match(thrown.message, says);
  return true;
};

describe('parsePython', () => {
  it("reads Debian's", () => {
    const { implementation, ...rest } = debian;
    assert.deepEqual(parsePython(`${JSON.stringify(debian)}\n`), rest);
  });

  it("reads pyenv's, and Fedora's with its lib64", () => {
    const home = '/opt/pyenv/versions/3.13.1';
    const pyenv = { executable: `${home}/bin/python3.13`, standardLibrary: `${home}/lib/python3.13`, series: '3.13' };
    assert.equal(parsePython(JSON.stringify({ ...debian, ...pyenv })).executable, pyenv.executable);
    const fedora = { standardLibrary: '/usr/lib64/python3.14', series: '3.14', libraryDir: 'lib64' };
    assert.equal(parsePython(JSON.stringify({ ...debian, ...fedora })).libraryDir, 'lib64');
  });

  it('refuses one that is too old for the SDK, and another implementation', () => {
    const old = JSON.stringify({ ...debian, series: '3.9' });
    assert.throws(
      () => parsePython(old),
      isMissingTool(/^Python 3\.10 or newer is needed, here is 3\.9: .*python3-pip/),
    );
    const pypy = JSON.stringify({ ...debian, implementation: 'pypy' });
    assert.throws(() => parsePython(pypy), isMissingTool(/^CPython is needed, python3 is pypy: /));
  });

  it('repeats an answer that makes no sense', () => {
    assert.throws(() => parsePython('Python 3.11.2\n'), failed(/not JSON: "Python 3\.11\.2\\n"/));
    assert.throws(() => parsePython('null'), failed(/not an object: "null"/));
    assert.throws(() => parsePython('"3.11"'), failed(/not an object/));
  });

  for (const key of ['series', 'build', 'executable', 'standardLibrary', 'libraryDir', 'implementation']) {
    it(`names ${key} when it is not said`, () => {
      for (const value of [undefined, null, '', 3]) {
        const text = JSON.stringify({ ...debian, [key]: value });
        assert.throws(() => parsePython(text), failed(new RegExp(`does not say its ${key}: `)));
      }
    });
  }
});

describe('pythonInterpreter', () => {
  it('finds the binary itself and its standard library', async (t) => {
    try {
      const python = await pythonInterpreter(undefined);
      await access(python.executable);
      await access(join(python.standardLibrary, 'os.py'));
      assert.match(python.build, new RegExp(`^${python.series.replace('.', '\\.')}\\.`));
    } catch (thrown) {
      const reason = missingToolchain(thrown);
      if (reason === undefined) throw thrown;
      t.skip(reason);
    }
  });

  it('says what to do without Python', async (t) => {
    emptyPath(t);
    await assert.rejects(pythonInterpreter(undefined), isMissingTool(/^python3 is not installed: .*python3-pip/));
  });
});
