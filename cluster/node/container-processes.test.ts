import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { identify } from '../process/identity.ts';
import { containerProcesses, isContainerProcess } from './container-processes.ts';

const socket = '/run/smooth-operator-1/containerd.sock';
const words = (...parts: string[]) => `${parts.join('\0')}\0`;
const shim = words('/usr/bin/containerd-shim-runc-v2', '-namespace', 'k8s.io', '-id', 'a1', '-address', socket);

test('a shim of our containerd is ours, one of another is not', () => {
  assert.equal(isContainerProcess(shim, '', socket), true);
  assert.equal(isContainerProcess(shim, '', '/run/containerd/containerd.sock'), false);
});

test('a process that only mentions our socket is not a shim', () => {
  assert.equal(isContainerProcess(words('ctr', '--address', socket), '', socket), false);
  assert.equal(isContainerProcess(words('grep', 'containerd-shim', socket), '', socket), false);
});

test('whatever is in a pod of ours is ours, on both versions of cgroups', () => {
  const v1 = '12:pids:/kubepods/besteffort/pod1/c1\n1:name=systemd:/kubepods/besteffort/pod1/c1\n';
  assert.equal(isContainerProcess(words('node', 'server.js'), v1, socket), true);
  assert.equal(isContainerProcess(words('/pause'), '0::/kubepods/burstable/pod1/c2\n', socket), true);
});

test('pods inside a container engine are another Kubernetes, such as kind', () => {
  for (const cgroup of [
    '0::/docker/abc/kubelet/kubepods/pod1',
    '0::/kubepods.slice/pod1',
    '0::/kubepods-two/pod1',
    '0::/',
  ]) {
    assert.equal(isContainerProcess(words('node'), cgroup, socket), false, cgroup);
  }
});

const onLinux = process.platform !== 'linux' && 'only Linux has /proc';

test('they are found among the running, and killed, and no others', { skip: onLinux }, async () => {
  const mySocket = `/run/smooth-test-${process.pid}/containerd.sock`;
  const start = async (name: string, address: string) => {
    const child = spawn('sh', ['-c', 'read line', name, address], { argv0: name, stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    const identity = await identify(child.pid ?? 0);
    assert.ok(identity);
    return { child, identity };
  };
  const mine = await start('containerd-shim-runc-v2', mySocket);
  const other = await start('containerd-shim-runc-v2', '/run/containerd/containerd.sock');
  try {
    const found = await containerProcesses(mySocket);
    assert.ok(found.some(({ pid }) => pid === mine.identity.pid));
    assert.ok(!found.some(({ pid }) => pid === other.identity.pid));
  } finally {
    mine.child.kill('SIGKILL');
    other.child.kill('SIGKILL');
  }
});
