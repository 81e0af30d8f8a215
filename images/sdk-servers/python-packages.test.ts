import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ImageError } from '../image-error.ts';
import { sdkServers } from './catalog.ts';
import { pipInstallArgs, withoutPip } from './python-packages.ts';
import { isMissingTool } from './test-support.ts';

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
