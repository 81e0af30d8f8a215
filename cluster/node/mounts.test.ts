import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { runOrThrow } from '../process/run.ts';
import { mountsUnder, unmountUnder } from './mounts.ts';

const line = (point: string) => `36 35 98:0 / ${point} rw,noatime shared:1 - ext4 /dev/root rw`;

test('mounts at and under the directories, the newest first', () => {
  const mountinfo = ['/', '/state', '/state/a', '/other', '/state/a/b', '/run/x/netns/cni-1'].map(line).join('\n');
  assert.deepEqual(mountsUnder(`${mountinfo}\n`, ['/state', '/run/x']), [
    '/run/x/netns/cni-1',
    '/state/a/b',
    '/state/a',
    '/state',
  ]);
});

test('a directory whose name only begins alike is another', () => {
  assert.deepEqual(mountsUnder(['/state-2', '/state-2/a', '/stat'].map(line).join('\n'), ['/state']), []);
});

test('two mounts on one point are both unmounted', () => {
  assert.deepEqual(mountsUnder([line('/state'), line('/state')].join('\n'), ['/state']), ['/state', '/state']);
});

test('blanks in a path come as octal digits', () => {
  assert.deepEqual(mountsUnder(line('/my\\040state/a\\134b'), ['/my state']), ['/my state/a\\b']);
});

const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

test('real mounts go, nested and in use, and only those', {
  skip: !mayMount && 'mounting takes root on Linux',
}, async (t) => {
  const base = await temporaryDirectory(t);
  const [ours, theirs] = [join(base, 'ours'), join(base, 'theirs')];
  for (const directory of [ours, theirs]) {
    await mkdir(directory);
    await runOrThrow('mount', ['-t', 'tmpfs', 'none', directory]);
  }
  await mkdir(join(ours, 'inner'));
  await runOrThrow('mount', ['-t', 'tmpfs', 'none', join(ours, 'inner')]);
  // A second mount on the same point hides the first, which comes up only when it is gone.
  await runOrThrow('mount', ['-t', 'tmpfs', 'none', ours]);
  const user = spawn('sleep', ['60'], { cwd: ours });
  await once(user, 'spawn');
  try {
    await unmountUnder([ours]);
    const left = mountsUnder(await readFile('/proc/self/mountinfo', 'utf8'), [base]);
    assert.deepEqual(left, [theirs]);
  } finally {
    user.kill('SIGKILL');
    await unmountUnder([base]);
  }
});
