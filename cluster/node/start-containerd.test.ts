import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ClusterError } from '../cluster-error.ts';
import { layoutOf } from '../layout.ts';
import { runningDaemon, stopDaemon } from '../process/daemon.ts';
import { waitFor } from '../wait.ts';
import { containerdFiles, importImages, listImages, startContainerd } from './containerd.ts';

/** A containerd and a ctr that are scripts, which note how they were called. */
async function machine(
  t: Parameters<typeof temporaryDirectory>[0],
  scripts: { containerd?: string; ctr?: string } = {},
) {
  const root = await realpath(await temporaryDirectory(t));
  const layout = { ...layoutOf(root), run: join(root, 'run') };
  const program = async (name: string, script: string) => {
    const file = join(root, name);
    await writeFile(file, `#!/bin/sh\necho "${name} $*" >> ${root}/calls\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  };
  await mkdir(layout.state, { recursive: true });
  const containerd = await program('containerd', scripts.containerd ?? 'exec sleep 60');
  const ctr = await program('ctr', scripts.ctr ?? 'echo "io.containerd.grpc.v1  cri  linux/amd64  ok"');
  const pidFile = join(layout.run, 'containerd.pid');
  t.after(async () => {
    await stopDaemon(pidFile, 0);
  });
  const lines: string[] = [];
  const runtime = { path: process.env.PATH ?? '', containerd, ctr, pluginDirectory: '/usr/lib/cni' };
  const start = () => startContainerd(layout, runtime, 'pause:dev', (line) => lines.push(line));
  const calls = async () => (await readFile(join(root, 'calls'), 'utf8')).trim().split('\n');
  return { layout, ctr, pidFile, lines, start, calls };
}

test('it is started with its own configuration, and told of the network', async (t) => {
  const { layout, start, calls, lines } = await machine(t);
  assert.equal(await start(), true);
  const files = containerdFiles(layout);
  // Two programs write their calls down: which is first is up to the machine.
  const called = `containerd --config ${files.config}`;
  await waitFor(async () => (await calls()).includes(called), { what: called });
  assert.match(await readFile(files.config, 'utf8'), /sandbox_image = "pause:dev"/);
  const network = JSON.parse(await readFile(join(files.cni, '10-smooth-operator.conflist'), 'utf8'));
  assert.equal(network.plugins[0].ipam.dataDir, files.addresses);
  assert.match(lines[0] ?? '', /^containerd: healthy after /);
});

test('one that runs is left alone', async (t) => {
  const { start, pidFile, lines } = await machine(t);
  await start();
  const identity = await runningDaemon(pidFile);
  assert.equal(await start(), false);
  assert.deepEqual(await runningDaemon(pidFile), identity);
  assert.equal(lines[1], 'containerd: already running');
});

test('one that was killed is started again', async (t) => {
  const { start, pidFile } = await machine(t);
  await start();
  const first = await runningDaemon(pidFile);
  assert.ok(first);
  process.kill(first.pid, 'SIGKILL');
  await waitFor(async () => (await runningDaemon(pidFile)) === undefined, { what: 'its end' });
  assert.equal(await start(), true);
  assert.notDeepEqual(await runningDaemon(pidFile), first);
});

test('one that ends is told with its last lines', async (t) => {
  const { start } = await machine(t, {
    containerd: 'echo "containerd: operation not permitted"; sleep 0.2; exit 1',
    ctr: 'exit 1',
  });
  await assert.rejects(start(), (thrown: unknown) => {
    assert.ok(thrown instanceof ClusterError);
    assert.equal(thrown.component, 'containerd');
    assert.deepEqual(thrown.tail, ['containerd: operation not permitted']);
    assert.match(thrown.fix ?? '', /privileged container/);
    return true;
  });
});

test("images go into the namespace that the kubelet looks at, over this cluster's socket", async (t) => {
  const { layout, ctr, calls } = await machine(t);
  await importImages(layout, ctr, '/x/image.tar');
  assert.deepEqual(await calls(), [
    `ctr --address ${layout.run}/containerd.sock --namespace k8s.io images import --no-unpack /x/image.tar`,
  ]);
});

test('an archive that is none is told with what ctr says', async (t) => {
  const { layout, ctr } = await machine(t, { ctr: 'echo "ctr: unrecognized image format" >&2; exit 1' });
  await assert.rejects(importImages(layout, ctr, '/x'), {
    code: 'CommandFailed',
    tail: ['ctr: unrecognized image format'],
  });
});

test('the images that are there are listed by name', async (t) => {
  const { layout, ctr } = await machine(t, { ctr: 'printf "docker.io/a:1\\nsha256:0\\n"' });
  assert.deepEqual(await listImages(layout, ctr), ['docker.io/a:1', 'sha256:0']);
});
