import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { removePodCgroups } from './cgroups.ts';

async function make(root: string, ...paths: string[]): Promise<void> {
  for (const path of paths) await mkdir(join(root, path), { recursive: true });
}

test("every hierarchy of v1 loses the pods' cgroups, to the last, and nothing else", async (t) => {
  const root = await temporaryDirectory(t);
  await make(
    root,
    'cpu/kubepods/besteffort/pod1/c1',
    'cpu/kubepods/burstable',
    'cpu/user',
    'memory/kubepods/pod2',
    'pids',
  );
  await removePodCgroups(root);
  assert.deepEqual((await readdir(root, { recursive: true })).sort(), ['cpu', 'cpu/user', 'memory', 'pids']);
});

test('so does the one of v2', async (t) => {
  const root = await temporaryDirectory(t);
  await make(root, 'kubepods/burstable/pod1/c1', 'system.slice/kubepods-of-somebody');
  await removePodCgroups(root);
  assert.equal(existsSync(join(root, 'kubepods')), false);
  assert.ok(existsSync(join(root, 'system.slice/kubepods-of-somebody')));
});

test('pods of a Kubernetes inside a container are not ours', async (t) => {
  const root = await temporaryDirectory(t);
  await make(root, 'cpu/docker/abc/kubepods/pod1');
  await removePodCgroups(root);
  assert.ok(existsSync(join(root, 'cpu/docker/abc/kubepods/pod1')));
});

test('a machine without cgroups has none to remove', async (t) => {
  await removePodCgroups(join(await temporaryDirectory(t), 'none'));
});
