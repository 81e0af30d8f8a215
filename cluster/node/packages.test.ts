import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ClusterError } from '../cluster-error.ts';
import { aptInstall, resolveRuntime } from './packages.ts';

const programs = [
  'containerd',
  'ctr',
  'containerd-shim-runc-v2',
  'runc',
  'iptables',
  'iptables-save',
  'iptables-restore',
  'ip',
  'mount',
  'umount',
];
const plugins = ['ptp', 'host-local', 'loopback'];

async function fill(directory: string, names: readonly string[], script = '') {
  await mkdir(directory, { recursive: true });
  for (const name of names) await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

async function machine(t: Parameters<typeof temporaryDirectory>[0]) {
  const root = await temporaryDirectory(t);
  const [bin, cni] = [join(root, 'bin'), join(root, 'cni')];
  await Promise.all([mkdir(bin), mkdir(cni)]);
  const lines: string[] = [];
  const report = (line: string) => lines.push(line);
  return {
    root,
    bin,
    cni,
    lines,
    options: { env: { PATH: bin }, report, pluginDirectories: [join(root, 'none'), cni] },
  };
}

test('what is installed is taken, and nothing is installed', async (t) => {
  const { bin, cni, lines, options } = await machine(t);
  await fill(bin, programs);
  await fill(cni, plugins);
  const install = () => assert.fail('nothing to install');
  const runtime = await resolveRuntime({ ...options, install });
  assert.equal(runtime.containerd, join(bin, 'containerd'));
  assert.equal(runtime.ctr, join(bin, 'ctr'));
  assert.equal(runtime.pluginDirectory, cni);
  assert.ok(runtime.path.startsWith(`${bin}:`));
  assert.ok(runtime.path.split(':').includes('/usr/sbin'));
  assert.deepEqual(lines, [`container runtime: ${join(bin, 'containerd')}, already installed`]);
});

test('what is missing is installed, by package and once each', async (t) => {
  const { bin, cni, lines, options } = await machine(t);
  // `iptables` itself may be in a system directory of the machine that runs this test.
  await fill(
    bin,
    programs.filter((name) => !name.startsWith('containerd') && name !== 'ctr'),
  );
  const installed: string[][] = [];
  const install = async (packages: readonly string[]) => {
    installed.push([...packages]);
    await fill(bin, programs);
    await fill(cni, plugins);
  };
  const runtime = await resolveRuntime({ ...options, install });
  const expected = ['containerd', 'containernetworking-plugins'];
  assert.deepEqual(installed, [expected]);
  assert.equal(runtime.containerd, join(bin, 'containerd'));
  assert.equal(lines[0], 'container runtime: containerd, containernetworking-plugins to be installed');
});

test('an installation that did not bring it is told', async (t) => {
  const { options } = await machine(t);
  await assert.rejects(resolveRuntime({ ...options, install: async () => undefined }), {
    code: 'ToolMissing',
    message: /containers cannot run here without .*containerd.*: they were installed, but are still not there/,
  });
});

test('without apt-get it is said what to install', async (t) => {
  const { options } = await machine(t);
  const installing = aptInstall(['containerd', 'runc'], { ...options, env: { PATH: '/no/such' } });
  await assert.rejects(installing, (thrown: unknown) => {
    assert.ok(thrown instanceof ClusterError);
    assert.equal(thrown.code, 'ToolMissing');
    assert.match(thrown.message, /there is no apt-get/);
    assert.match(thrown.fix ?? '', /install containerd runc with the system's package manager/);
    return true;
  });
});

test('packages are installed without starting their services, and the prohibition goes', async (t) => {
  const { bin, root, options } = await machine(t);
  const policy = join(root, 'policy-rc.d');
  const script = `echo "$DEBIAN_FRONTEND $* $(${policy} && echo starts || echo "exit $?")" >> ${root}/calls`;
  await fill(bin, ['apt-get'], script);
  await aptInstall(['runc', 'iptables'], { ...options, env: { PATH: `${bin}:/usr/bin:/bin` } }, policy);
  assert.deepEqual((await readFile(join(root, 'calls'), 'utf8')).trim().split('\n'), [
    'noninteractive -o DPkg::Lock::Timeout=300 -qq update exit 101',
    'noninteractive -o DPkg::Lock::Timeout=300 -qq install --yes --no-install-recommends runc iptables exit 101',
  ]);
  assert.equal(existsSync(policy), false);
});

test("the administrator's own prohibition stays as it is", async (t) => {
  const { bin, root, options } = await machine(t);
  const policy = join(root, 'policy-rc.d');
  await writeFile(policy, 'mine');
  await fill(bin, ['apt-get']);
  await aptInstall(['runc'], { ...options, env: { PATH: `${bin}:/usr/bin:/bin` } }, policy);
  assert.equal(await readFile(policy, 'utf8'), 'mine');
});

test('a failing installation has its last lines, and the prohibition goes too', async (t) => {
  const { bin, root, options } = await machine(t);
  const policy = join(root, 'policy-rc.d');
  await fill(bin, ['apt-get'], 'echo "E: Unable to locate package runc" >&2; exit 100');
  const installing = aptInstall(['runc'], { ...options, env: { PATH: `${bin}:/usr/bin:/bin` } }, policy);
  await assert.rejects(installing, (thrown: unknown) => {
    assert.ok(thrown instanceof ClusterError);
    assert.deepEqual(thrown.tail, ['E: Unable to locate package runc']);
    return true;
  });
  assert.equal(existsSync(policy), false);
});
