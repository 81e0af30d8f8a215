import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ImageError } from '../image-error.ts';
import { missingToolchain } from './build-sdk-server.ts';
import { pythonInterpreter } from './python-interpreter.ts';
import { compileModules, extensionModules, isLeftOutOfLibrary, isLeftOutOfPackages } from './python-modules.ts';

describe('isLeftOutOfLibrary', () => {
  const cases: readonly [path: string, out: boolean][] = [
    ['', false],
    ['os.py', false],
    ['json', false],
    ['json/decoder.py', false],
    ['unittest/case.py', false],
    ['test', true],
    ['test/test_os.py', true],
    ['unittest/test/test_case.py', true],
    ['ctypes/tests', true],
    ['testing.py', false],
    ['idlelib/idle.py', true],
    ['tkinter', true],
    ['ensurepip/_bundled/pip.whl', true],
    ['site-packages', true],
    ['dist-packages/x.py', true],
    ['json/__pycache__', true],
    ['sitecustomize.py', true],
    ['json/sitecustomize.py', false],
    ['config-3.11-x86_64-linux-gnu', true],
    ['configparser.py', false],
    ['lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so', false],
    ['lib-dynload/_tkinter.cpython-311-x86_64-linux-gnu.so', true],
    ['lib-dynload/_testcapi.cpython-311-x86_64-linux-gnu.so', true],
    ['lib-dynload/xxlimited.cpython-311-x86_64-linux-gnu.so', true],
    ['lib-dynload/_xxsubinterpreters.cpython-311-x86_64-linux-gnu.so', true],
  ];
  for (const [path, out] of cases) {
    it(`${out ? 'leaves out' : 'keeps'} ${path || 'the library'}`, () => assert.equal(isLeftOutOfLibrary(path), out));
  }
});

describe('isLeftOutOfPackages', () => {
  const cases: readonly [path: string, out: boolean][] = [
    ['mcp/server/fastmcp/server.py', false],
    ['mcp-1.30.0.dist-info/METADATA', false],
    ['bin', true],
    ['bin/uvicorn', true],
    ['mcp/bin/x.py', false],
    ['jsonschema/tests/test_cli.py', true],
    ['pydantic_core/_pydantic_core.pyi', true],
  ];
  for (const [path, out] of cases) {
    it(`${out ? 'leaves out' : 'keeps'} ${path}`, () => assert.equal(isLeftOutOfPackages(path), out));
  }
});

describe('extensionModules', () => {
  it('finds modules and the libraries of packages at any depth, sorted, and nothing else', async (t) => {
    const dir = await temporaryDirectory(t);
    await mkdir(join(dir, 'b', 'c'), { recursive: true });
    for (const name of ['b/c/z.so', 'a.cpython-311.so', 'b/libx-1a2b.so.3.1', 'b/x.py', 'so', 'b/x.sort']) {
      await writeFile(join(dir, name), '');
    }
    await symlink('a.cpython-311.so', join(dir, 'link.so'));
    const found = ['a.cpython-311.so', 'b/c/z.so', 'b/libx-1a2b.so.3.1'].map((name) => join(dir, name));
    assert.deepEqual(await extensionModules(dir), found);
  });
});

describe('compileModules', () => {
  /** The interpreter, or a skipped test with its reason. */
  async function interpreter(t: { skip(reason: string): void }): Promise<string | undefined> {
    try {
      return (await pythonInterpreter(undefined)).executable;
    } catch (thrown) {
      const reason = missingToolchain(thrown);
      if (reason === undefined) throw thrown;
      t.skip(reason);
      return undefined;
    }
  }

  it('puts byte code beside the source that is valid whatever its date, and knows its path in the image', async (t) => {
    const python = await interpreter(t);
    if (python === undefined) return;
    const dir = await temporaryDirectory(t);
    await writeFile(join(dir, 'x.py'), 'value = 1\n');
    await compileModules(python, dir, '/app/packages', undefined);
    const [name = ''] = await readdir(join(dir, '__pycache__'));
    assert.match(name, /^x\..*\.pyc$/);
    const code = await readFile(join(dir, '__pycache__', name));
    // PEP 552: bit 0 "hash-based", bit 1 "check it"; then the hash.
    assert.equal(code.readUInt32LE(4), 0b01);
    assert.ok(code.includes('/app/packages/x.py'));
    assert.ok(!code.includes(dir));
  });

  it('is an error for what does not compile, with what Python said', async (t) => {
    const python = await interpreter(t);
    if (python === undefined) return;
    const dir = await temporaryDirectory(t);
    await writeFile(join(dir, 'bad.py'), 'def (:\n');
    await assert.rejects(compileModules(python, dir, '/app', undefined), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      assert.equal(thrown.code, 'ToolFailed');
      return /SyntaxError/.test(thrown.message);
    });
  });
});
