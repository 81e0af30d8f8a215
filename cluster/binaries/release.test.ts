import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { binaryNames, controlPlaneNames, linkerFlags, packageOf, releaseFor, versionIn } from './release.ts';

test('without a wish the newest release is taken', () => {
  assert.equal(releaseFor(undefined).version, 'v1.36.3');
  assert.equal(releaseFor('').version, 'v1.36.3');
});

test('a release is named by its minor version or whole, with or without the v', () => {
  for (const wish of ['1.36', 'v1.36', '1.36.3', 'v1.36.3', '1'])
    assert.equal(releaseFor(wish).version, 'v1.36.3', wish);
});

test('a version that is not pinned is refused, with those that are', () => {
  for (const wish of ['1.3', '1.36.30', '1.37', 'latest', '1.36.3.1']) {
    assert.throws(
      () => releaseFor(wish),
      { name: 'RangeError', message: /is not one of the versions that are pinned here: v1\.36\.3/ },
      wish,
    );
  }
});

test('go.mod pins exactly the versions that the release names', async () => {
  const release = releaseFor(undefined);
  const module = await readFile(join(import.meta.dirname, '..', release.module, 'go.mod'), 'utf8');
  assert.match(module, new RegExp(`^\\s*k8s\\.io/kubernetes ${release.version.replaceAll('.', '\\.')}$`, 'm'));
  assert.match(module, new RegExp(`^\\s*go\\.etcd\\.io/etcd/server/v3 ${release.etcd.replaceAll('.', '\\.')}$`, 'm'));
});

test('every binary is built from a package that tools.go keeps in go.sum', async () => {
  const tools = await readFile(join(import.meta.dirname, '..', releaseFor(undefined).module, 'tools.go'), 'utf8');
  for (const name of binaryNames) assert.ok(tools.includes(`"${packageOf(name)}"`), name);
});

test('the one that compiles what the others share comes first', () => {
  assert.equal(binaryNames[0], 'kube-apiserver');
  assert.equal(binaryNames.length, 7);
  for (const name of controlPlaneNames) assert.ok(binaryNames.includes(name));
});

test('a build says its version', () => {
  const flags = linkerFlags(releaseFor('1.36'));
  const at = '-X k8s.io/component-base/version.';
  for (const part of [`${at}gitVersion=v1.36.3`, `${at}gitMajor=1`, `${at}gitMinor=36`, `${at}gitTreeState=clean`]) {
    assert.ok(flags.includes(part), part);
  }
});

test('the version is found in what each binary prints', () => {
  const cases: [string, string | undefined][] = [
    ['Kubernetes v1.36.3\n', 'v1.36.3'],
    ['Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0\n', 'v1.32.4-dispatcher'],
    ['etcd Version: 3.6.8\nGit SHA: Not provided\nGo Version: go1.26.8\n', 'v3.6.8'],
    ['Kubernetes v0.0.0-master+$Format:%H$', 'v0.0.0-master+$Format:%H$'],
    ['usage: kubelet [flags]', undefined],
    ['', undefined],
  ];
  for (const [output, version] of cases) assert.equal(versionIn(output), version);
});
