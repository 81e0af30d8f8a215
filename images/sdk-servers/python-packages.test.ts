import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ImageError } from '../image-error.ts';
import { sdkServers } from './catalog.ts';
import type { PythonInterpreter } from './python-interpreter.ts';
import { pipInstallArgs, pythonPackages, withoutPip } from './python-packages.ts';
import { isMissingTool, pretendTool } from './test-support.ts';

describe('pipInstallArgs', () => {
  const args = pipInstallArgs('/src/requirements.txt', '/cache/x.part');

  it('installs from the file into the directory', () => {
    assert.equal(args[0], 'install');
    assert.equal(args[args.indexOf('--requirement') + 1], '/src/requirements.txt');
    assert.equal(args[args.indexOf('--target') + 1], '/cache/x.part');
  });

  it('takes nothing but what is written there, and runs no code of a package', () => {
    for (const flag of ['--require-hashes', '--no-deps', '--only-binary=:all:']) assert.ok(args.includes(flag), flag);
  });

  it('asks nothing, and leaves byte code to a step that makes it the same each time', () => {
    for (const flag of ['--no-input', '--no-compile']) assert.ok(args.includes(flag), flag);
  });
});

describe('withoutPip', () => {
  it('says how to get pip', () => {
    const error = new ImageError(
      'ToolFailed',
      'python3 -m pip failed (exit code 1):\n/usr/bin/python3: No module named pip',
    );
    assert.throws(
      () => {
        throw withoutPip(error);
      },
      isMissingTool(/^python3 has no pip: .*apt-get install python3-pip/),
    );
  });

  it('leaves every other failure as it is', () => {
    for (const message of ['THESE PACKAGES DO NOT MATCH THE HASHES', "No module named 'pipeline'", 'no network']) {
      const error = new ImageError('ToolFailed', message);
      assert.equal(withoutPip(error), error, message);
    }
  });
});

describe('pythonPackages', () => {
  /** A Python that installs what the test wants, from nowhere, and compiles nothing. */
  async function pretendPython(t: TestContext, install: string) {
    const dir = await temporaryDirectory(t);
    const script = `
      echo "$@" >>'${dir}/calls'
      case "$*" in *compileall*) exit 0;; esac
      while [ "$1" != --target ]; do shift; done
      cd "$2" && ${install}`;
    await pretendTool(t, dir, 'python3', script);
    const python: PythonInterpreter = {
      series: '3.11',
      build: '3.11.2 (main)',
      executable: join(dir, 'python3'),
      standardLibrary: '/usr/lib/python3.11',
      libraryDir: 'lib',
    };
    const requirements = join(dir, 'requirements.txt');
    await writeFile(requirements, 'x==1.0 --hash=sha256:0\n');
    const said: string[] = [];
    const cacheDir = await temporaryDirectory(t);
    const context = { architecture: 'amd64', cacheDir, progress: (line: string) => said.push(line) } as const;
    const options = { requirements, name: 'sdk-test', libraryDir: '/lib/x86_64-linux-gnu' };
    return { dir, python, context, options, said };
  }

  it('has the packages without what nobody imports, and the libraries that they link', async (t) => {
    // Node for a module: it links what one links.
    const install = `mkdir -p mcp/tests bin && touch mcp/a.py mcp/a.pyi mcp/tests/t.py bin/mcp && cp '${process.execPath}' x.so`;
    const { python, context, options } = await pretendPython(t, install);
    const paths = (await pythonPackages(context, python, options)).map(({ path }) => path);
    assert.ok(paths.includes('app/packages/mcp/a.py'));
    assert.ok(paths.includes('app/packages/x.so'));
    assert.ok(paths.includes('lib/x86_64-linux-gnu/libc.so.6'));
    assert.ok(paths.every((path) => !/tests|bin\/|\.pyi$/.test(path)));
  });

  it('are installed once, and again for other requirements or another Python', async (t) => {
    const { python, context, options, said } = await pretendPython(t, 'touch x.py');
    await pythonPackages(context, python, options);
    await pythonPackages(context, python, options);
    assert.deepEqual(said, ['installing the Python packages of sdk-test']);
    await pythonPackages(context, { ...python, build: '3.11.3 (main)' }, options);
    assert.equal(said.length, 2);
    await writeFile(options.requirements, 'x==1.1 --hash=sha256:1\n');
    await pythonPackages(context, python, options);
    assert.equal(said.length, 3);
  });

  it('are compiled for where they lie in the image', async (t) => {
    const { dir, python, context, options } = await pretendPython(t, 'touch x.py');
    await pythonPackages(context, python, options);
    const calls = (await readFile(join(dir, 'calls'), 'utf8')).trim().split('\n');
    assert.match(calls[0] ?? '', /^-m pip install .*--require-hashes/);
    assert.match(calls[1] ?? '', / -m compileall .*-p \/app\/packages /);
  });

  it('leave nothing behind when they cannot be had, and say why', async (t) => {
    const { python, context, options } = await pretendPython(
      t,
      "{ echo 'ERROR: no matching distribution' >&2; exit 1; }",
    );
    await assert.rejects(pythonPackages(context, python, options), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      return thrown.code === 'ToolFailed' && /ERROR: no matching distribution$/.test(thrown.message);
    });
    assert.deepEqual(await readdir(join(context.cacheDir, 'sdk-test')), []);
  });
});

for (const major of ['v1', 'v2'] as const) {
  describe(`the requirements of sdk-python-${major}`, () => {
    const path = (name: string) => join(import.meta.dirname, 'python', major, name);

    it('pin the SDK that the catalog names', async () => {
      const wanted = (await readFile(path('requirements.in'), 'utf8')).trim();
      const { sdk } = sdkServers[`python-${major}-stateful`];
      assert.equal(wanted, `mcp==${sdk.split(' ').at(-1)}`);
      assert.match(await readFile(path('requirements.txt'), 'utf8'), new RegExp(`^${wanted} \\\\$`, 'm'));
    });

    it('pin every package to a version and to the hashes of its files, and name no registry', async () => {
      const text = await readFile(path('requirements.txt'), 'utf8');
      const packages = text.split(/^(?=[a-z])/m).filter((block) => /^[a-z]/.test(block));
      assert.ok(packages.length > 15);
      for (const block of packages) {
        assert.match(block, /^[a-z0-9-]+(?:\[[a-z]+\])?==\d\S* /, block);
        assert.match(block, /--hash=sha256:[0-9a-f]{64}/, block);
      }
      assert.doesNotMatch(text, /:\/\/|--index|--find-links/);
    });
  });
}
