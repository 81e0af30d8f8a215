import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { repositoryRoot } from './generated-file.ts';

// bin/smooth-operator, in a project of which only the files matter that it looks for. `node` is a script that prints how
// it was called, so a test sees which one was taken and what for.

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function call(file: string, args: readonly string[], options: { cwd?: string; path: string }): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(file, args, { cwd: options.cwd, env: { PATH: options.path } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function executable(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
}

/** A program that passes for a Node.js of some version. */
function fakeNode(name: string, version: string): string {
  return `#!/bin/sh\n[ "$1" = --version ] && { echo ${version}; exit; }\necho "${name} $*"\n`;
}

/** Only what the launcher calls, so that no `node` of the host is in the way. */
async function bareDirectory(test: TestContext): Promise<string> {
  const dir = join(await temporaryDirectory(test), 'path');
  await mkdir(dir);
  for (const tool of ['sh', 'dirname', 'readlink', 'sed']) {
    const homes = ['/usr/bin', '/bin'];
    const found = await Promise.all(homes.map(async (home) => (await readdir(home)).includes(tool)));
    await symlink(join(homes[found.indexOf(true)] ?? '', tool), join(dir, tool));
  }
  return dir;
}

interface Project {
  readonly root: string;
  readonly launcher: string;
  readonly path: string;
}

async function project(test: TestContext, has: readonly ('own node' | 'sources' | 'dist')[]): Promise<Project> {
  const root = join(await realpath(await temporaryDirectory(test)), 'a project');
  const launcher = join(root, 'bin', 'smooth-operator');
  await mkdir(dirname(launcher), { recursive: true });
  await cp(join(repositoryRoot, 'bin', 'smooth-operator'), launcher);
  if (has.includes('own node')) await executable(join(root, 'node_modules/.bin/node'), fakeNode('own', 'v26.10.0'));
  if (has.includes('sources')) await executable(join(root, 'src/main.ts'), '');
  if (has.includes('sources')) await mkdir(join(root, 'node_modules'), { recursive: true });
  if (has.includes('dist')) await executable(join(root, 'dist/smooth-operator.js'), '');
  return { root, launcher, path: await bareDirectory(test) };
}

describe('bin/smooth-operator', () => {
  it('starts the sources with the project’s own Node.js, whatever the host has', async (test) => {
    const { root, launcher, path } = await project(test, ['own node', 'sources', 'dist']);
    await executable(join(path, 'node'), fakeNode('host', 'v20.20.2'));
    const { stdout, code } = await call(launcher, [], { path });
    assert.match(stdout, /^own .*/);
    assert.ok(stdout.trimEnd().endsWith(`${root}/src/main.ts`), stdout);
    assert.equal(code, 0);
  });

  it('passes every argument on as it is', async (test) => {
    const { launcher, path } = await project(test, ['own node', 'sources']);
    const { stdout } = await call(launcher, ['--log-level=debug', '--', 'a b', ''], { path });
    assert.match(stdout, /main\.ts --log-level=debug -- a b \n$/);
  });

  it('works through symbolic links, relative ones too, from any directory', async (test) => {
    const { root, launcher, path } = await project(test, ['own node', 'sources']);
    const elsewhere = await realpath(await temporaryDirectory(test));
    await symlink(launcher, join(elsewhere, 'absolute'));
    await symlink('absolute', join(elsewhere, 'relative'));
    const { stdout } = await call('./relative', [], { path, cwd: elsewhere });
    assert.ok(stdout.trimEnd().endsWith(`${root}/src/main.ts`), stdout);
  });

  it('takes a node on PATH that is new enough when the project has none', async (test) => {
    const { launcher, path } = await project(test, ['sources']);
    await executable(join(path, 'node'), fakeNode('host', 'v27.1.0'));
    assert.match((await call(launcher, [], { path })).stdout, /^host .*src\/main\.ts$/m);
  });

  it('refuses a node on PATH that is too old, naming it, its version and the fix', async (test) => {
    const { root, launcher, path } = await project(test, ['sources']);
    await executable(join(path, 'node'), fakeNode('host', 'v20.20.2'));
    const { code, stdout, stderr } = await call(launcher, [], { path });
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /needs Node\.js 26, and \S+\/node is 20: run npm ci in/);
    assert.ok(stderr.includes(root), stderr);
  });

  it('says what to do when there is no Node.js at all', async (test) => {
    const { launcher, path } = await project(test, ['sources']);
    const { code, stderr } = await call(launcher, [], { path });
    assert.equal(code, 1);
    assert.match(stderr, /needs Node\.js 26, and there is none: run npm ci/);
  });

  it('starts the bundle where there are no sources', async (test) => {
    const { root, launcher, path } = await project(test, ['dist']);
    await executable(join(path, 'node'), fakeNode('host', 'v26.0.0'));
    const { stdout } = await call(launcher, ['--help'], { path });
    assert.ok(stdout.trimEnd().endsWith(`${root}/dist/smooth-operator.js --help`), stdout);
  });

  it('says what to do when there is nothing to start', async (test) => {
    const { root, launcher, path } = await project(test, ['own node']);
    const { code, stderr } = await call(launcher, [], { path });
    assert.equal(code, 1);
    assert.ok(stderr.includes(`run npm ci in ${root}`), stderr);
  });

  it('ends with the exit code of the operator', async (test) => {
    const { root, launcher, path } = await project(test, ['sources']);
    await executable(join(root, 'node_modules/.bin/node'), '#!/bin/sh\nexit 2\n');
    assert.equal((await call(launcher, [], { path })).code, 2);
  });

  it('starts the real operator, with flags that the real Node.js takes', async () => {
    const { version }: { version: string } = JSON.parse(await readFile(join(repositoryRoot, 'package.json'), 'utf8'));
    const outcome = await call(join(repositoryRoot, 'bin', 'smooth-operator'), ['--version'], {
      path: '/usr/bin:/bin',
    });
    assert.deepEqual(outcome, { code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
