import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  binaryNames,
  controlPlaneNames,
  linkerFlags,
  minorOf,
  packageOf,
  releaseFor,
  releases,
  versionIn,
} from './release.ts';

const directoryOf = (module: string) => join(import.meta.dirname, '..', module);

test('without a wish the newest release is taken', () => {
  assert.equal(releaseFor(undefined).version, 'v1.36.3');
  assert.equal(releaseFor('').version, 'v1.36.3');
});

test('a release is named by its minor version or whole, with or without the v', () => {
  for (const release of releases) {
    const [minor, version] = [minorOf(release), release.version];
    for (const wish of [minor, `v${minor}`, version, version.slice(1)])
      assert.equal(releaseFor(wish).version, version, wish);
  }
  assert.equal(releaseFor('1').version, 'v1.36.3');
});

test('the minor versions that Kubernetes supports are there, newest first', () => {
  assert.deepEqual(releases.map(minorOf), ['1.36', '1.35', '1.34']);
});

test('a version that is not pinned is refused, with those that are and what to write', () => {
  for (const wish of ['1.3', '1.36.30', '1.37', '1.33', 'latest', '1.36.3.1']) {
    assert.throws(
      () => releaseFor(wish),
      {
        name: 'RangeError',
        message:
          /is not one of the versions that are pinned here: 1\.36 \(v1\.36\.3\), 1\.35 \(v1\.35\.\d+\), 1\.34 \(/,
      },
      wish,
    );
  }
});

for (const release of releases) {
  const { version, etcd, module } = release;

  test(`go.mod of ${version} pins exactly the versions that the release names`, async () => {
    const text = await readFile(join(directoryOf(module), 'go.mod'), 'utf8');
    assert.ok(text.includes(`\n\tk8s.io/kubernetes ${version}\n`), version);
    assert.ok(text.includes(`\n\tgo.etcd.io/etcd/server/v3 ${etcd}\n`), etcd);
  });

  test(`go.mod of ${version} takes every part of Kubernetes from the same release`, async () => {
    const text = await readFile(join(directoryOf(module), 'go.mod'), 'utf8');
    const replaced = [...text.matchAll(/^\tk8s\.io\/[a-z-]+ => k8s\.io\/[a-z-]+ (\S+)$/gm)].map(([, to]) => to);
    assert.ok(replaced.length > 25, `${replaced.length} of them`);
    assert.deepEqual(new Set(replaced), new Set([version.replace('v1.', 'v0.')]));
  });

  test(`go.sum of ${version} knows its sources`, async () => {
    const text = await readFile(join(directoryOf(module), 'go.sum'), 'utf8');
    for (const source of [`k8s.io/kubernetes ${version}`, `go.etcd.io/etcd/server/v3 ${etcd}`]) {
      assert.match(text, new RegExp(`^${source.replaceAll('.', '\\.')} h1:`, 'm'));
    }
  });

  test(`kind runs the same minor version as ${version}, pinned by digest`, () => {
    assert.match(release.kindImage, /^kindest\/node:v[0-9.]+@sha256:[0-9a-f]{64}$/);
    assert.ok(release.kindImage.startsWith(`kindest/node:v${minorOf(release)}.`), release.kindImage);
  });

  test(`every binary of ${version} is built from a package that tools.go keeps in go.sum`, async () => {
    const tools = await readFile(join(directoryOf(module), 'tools.go'), 'utf8');
    for (const name of binaryNames) assert.ok(tools.includes(`"${packageOf(name)}"`), name);
  });
}

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
