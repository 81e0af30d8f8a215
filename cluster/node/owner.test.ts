import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { type Layout, layoutOf } from '../layout.ts';
import { writePidFile } from '../process/daemon.ts';
import { identify } from '../process/identity.ts';
import { claim, disown, isRunning, readOwner, readSysctls, runningComponents, writeSysctls } from './owner.ts';

/** The files of a checkout in a temporary directory, which share one owner file. */
async function checkouts(t: Parameters<typeof temporaryDirectory>[0]): Promise<[Layout, Layout]> {
  const root = await temporaryDirectory(t);
  const layouts = await Promise.all(
    ['one', 'two'].map(async (name) => {
      await mkdir(join(root, name));
      return { ...layoutOf(join(root, name)), run: join(root, `run-${name}`), owner: join(root, 'owner') };
    }),
  );
  return layouts as [Layout, Layout];
}

test('nobody owns a machine at first, then who claims it, then nobody', async (t) => {
  const [one] = await checkouts(t);
  assert.equal(await readOwner(one), undefined);
  const owner = await claim(one);
  assert.deepEqual(await readOwner(one), owner);
  assert.deepEqual([owner.checkout, owner.state, owner.run], [one.checkout, one.state, one.run]);
  await disown(one);
  assert.equal(await readOwner(one), undefined);
});

test('a second claim remembers the machine as it was before the first', async (t) => {
  const [one] = await checkouts(t);
  const before = { ...(await claim(one)), sysctls: { 'net/ipv4/ip_forward': 'as it was' } };
  await writeFile(one.owner, JSON.stringify(before));
  assert.deepEqual(await claim(one), before);
});

test('another checkout sees whose it is', async (t) => {
  const [one, two] = await checkouts(t);
  await claim(one);
  assert.equal((await readOwner(two))?.checkout, one.checkout);
});

test('a torn owner file is told, not passed over: what it remembers is needed', async (t) => {
  const [one] = await checkouts(t);
  await writeFile(one.owner, '{"checkout":');
  await assert.rejects(readOwner(one), { name: 'ClusterError' });
});

test('what runs is what a pid file names and is alive', async (t) => {
  const [one] = await checkouts(t);
  assert.deepEqual(await runningComponents(one), []);
  assert.equal(await isRunning(one), false);
  await mkdir(one.run);
  const self = await identify(process.pid);
  assert.ok(self);
  await writePidFile(join(one.run, 'kubelet.pid'), self);
  await writePidFile(join(one.run, 'etcd.pid'), self);
  const child = spawn('true');
  const ended = once(child, 'exit');
  const gone = await identify(child.pid ?? 0);
  await ended;
  await writePidFile(join(one.run, 'kube-proxy.pid'), gone ?? { pid: 1, startedAt: 'never' });
  await writeFile(join(one.run, 'containerd.sock'), '');
  assert.deepEqual(await runningComponents(one), ['etcd', 'kubelet']);
  assert.equal(await isRunning(one), true);
});

const onLinux = process.platform !== 'linux' && 'only Linux has /proc/sys';

test('kernel settings are read by path; those that this kernel lacks are left out', { skip: onLinux }, async () => {
  const values = await readSysctls(['kernel/ostype', 'no/such/setting']);
  assert.deepEqual(values, { 'kernel/ostype': 'Linux' });
});

test('a setting that is right is not written: this one cannot be', { skip: onLinux }, async () => {
  await writeSysctls({ 'kernel/ostype': 'Linux', 'no/such/setting': '1' });
  await assert.rejects(writeSysctls({ 'kernel/ostype': 'Hurd' }), /EACCES|EPERM/);
});
