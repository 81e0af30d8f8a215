import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { until } from '../test/support/until.ts';
import { repositoryRoot } from './generated-file.ts';

// tools/ensure-dependencies.sh, in a project of its own, with an npm that only writes down that it was called.

interface Project {
  readonly root: string;
  /** Runs the script. */
  ensure(): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  /** How often npm ci ran. */
  installs(): Promise<number>;
  write(path: string, text: string): Promise<void>;
  readonly env: NodeJS.ProcessEnv;
}

/** What npm ci does, as far as the script can tell: it empties node_modules first, and ends with a node in it. */
const goodNpm = `#!/bin/sh
echo "$@" >> "$CALLS"
echo 'added 180 packages in 9s'
rm -rf node_modules
mkdir -p node_modules/.bin
printf '#!/bin/sh\\n' > node_modules/.bin/node
chmod +x node_modules/.bin/node
`;

const failingNpm = `#!/bin/sh
echo "$@" >> "$CALLS"
rm -rf node_modules
echo 'npm error network' >&2
exit 1
`;

async function project(test: TestContext, npm: string): Promise<Project> {
  const dir = await temporaryDirectory(test);
  const root = join(dir, 'project');
  const calls = join(dir, 'calls');
  const env = { PATH: `${join(dir, 'bin')}:/usr/bin:/bin`, CALLS: calls };
  const script = join(root, 'tools', 'ensure-dependencies.sh');
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await write('package-lock.json', '{}\n');
  await mkdir(dirname(script), { recursive: true });
  await cp(join(repositoryRoot, 'tools', 'ensure-dependencies.sh'), script);
  await write('../bin/npm', npm);
  await chmod(join(dir, 'bin', 'npm'), 0o755);
  await writeFile(calls, '');
  return {
    root,
    env,
    write,
    installs: async () => (await readFile(calls, 'utf8')).split('\n').length - 1,
    ensure: () =>
      new Promise((resolve) => {
        execFile('/bin/sh', [script], { env, cwd: '/' }, (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
        });
      }),
  };
}

describe('seeing to the dependencies', () => {
  it('runs npm ci in a fresh clone, with one line that says so', async (test) => {
    const { ensure, installs } = await project(test, goodNpm);
    const { code, stdout, stderr } = await ensure();
    assert.equal(code, 0, stderr);
    assert.equal(stdout, 'Installing the npm dependencies: package-lock.json is new or has changed.\n');
    assert.equal(await installs(), 1);
  });

  it('does nothing and says nothing the second time', async (test) => {
    const { ensure, installs } = await project(test, goodNpm);
    await ensure();
    assert.deepEqual(await ensure(), { code: 0, stdout: '', stderr: '' });
    assert.equal(await installs(), 1);
  });

  it('runs npm ci again when package-lock.json changes', async (test) => {
    const { ensure, installs, write } = await project(test, goodNpm);
    await ensure();
    await write('package-lock.json', '{"changed": true}\n');
    assert.match((await ensure()).stdout, /^Installing/);
    assert.equal(await installs(), 2);
  });

  it('does not care for the time of package-lock.json, which a git checkout changes', async (test) => {
    const { ensure, installs, write } = await project(test, goodNpm);
    await ensure();
    await write('package-lock.json', '{}\n');
    await ensure();
    assert.equal(await installs(), 1);
  });

  it('runs npm ci again when node_modules was removed', async (test) => {
    const { ensure, installs, root } = await project(test, goodNpm);
    await ensure();
    await rm(join(root, 'node_modules'), { recursive: true });
    await ensure();
    assert.equal(await installs(), 2);
  });

  it('shows what npm says when it fails, and tries again the next time', async (test) => {
    const { ensure, installs } = await project(test, failingNpm);
    const { code, stderr } = await ensure();
    assert.equal(code, 1);
    assert.match(stderr, /npm error network\nerror: npm ci failed/);
    await ensure();
    assert.equal(await installs(), 2);
  });

  it('lets one npm ci run at a time: the second waits, and finds nothing left to do', async (test) => {
    const { ensure, installs } = await project(test, goodNpm.replace('echo "$@"', 'sleep 1; echo "$@"'));
    const outcomes = await Promise.all([ensure(), ensure()]);
    assert.deepEqual(
      outcomes.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(await installs(), 1);
  });

  it('takes over the lock of one that was killed', async (test) => {
    const { ensure, installs, root, env, write } = await project(test, goodNpm);
    const dead = spawn('/bin/sh', ['-c', 'exit 0'], { env });
    await once(dead, 'exit');
    await write('.local/installing/pid', `${dead.pid}\n`);
    assert.equal((await ensure()).code, 0);
    assert.equal(await installs(), 1);
    await assert.rejects(readFile(join(root, '.local/installing/pid')), { code: 'ENOENT' });
  });

  it('gives the lock back when it is interrupted', async (test) => {
    const { root, env } = await project(test, goodNpm.replace('echo "$@"', 'sleep 30; echo "$@"'));
    const script = join(root, 'tools', 'ensure-dependencies.sh');
    const child = spawn('/bin/sh', [script], { env, stdio: 'ignore', detached: true });
    const lock = join(root, '.local/installing/pid');
    await until(() => readFile(lock, 'utf8'), { what: 'the lock to be taken' });
    // To the whole group, as a terminal does it.
    process.kill(-(child.pid ?? assert.fail('no pid')), 'SIGINT');
    await once(child, 'exit');
    await assert.rejects(readFile(lock), { code: 'ENOENT' });
  });

  it('says what is missing where npm has no Node.js 26 for the platform', async (test) => {
    const { ensure, write, root } = await project(test, goodNpm.replace(/^(printf|chmod).*$/gm, ''));
    await write('../bin/node', '#!/bin/sh\necho v20.20.2\n');
    await chmod(join(root, '../bin/node'), 0o755);
    const { code, stderr } = await ensure();
    assert.equal(code, 1);
    assert.match(stderr, /no Node\.js 26 for .*, and the node on PATH is v20\.20\.2: install Node\.js 26/);
  });

  it('is content with a new enough node on PATH there', async (test) => {
    const { ensure, write, root } = await project(test, goodNpm.replace(/^(printf|chmod).*$/gm, ''));
    await write('../bin/node', '#!/bin/sh\necho v26.1.0\n');
    await chmod(join(root, '../bin/node'), 0o755);
    assert.equal((await ensure()).code, 0);
  });
});
