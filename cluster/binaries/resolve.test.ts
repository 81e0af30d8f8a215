import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import type { FetchRequest } from './fetch-request.ts';
import { type BinaryName, binaryNames, controlPlaneNames, releaseFor } from './release.ts';
import { cacheDirectory, type ResolveOptions, resolveBinaries } from './resolve.ts';

const pinned = releaseFor(undefined);

/** A directory with programs that say they are of a version. */
async function programs(directory: string, names: readonly BinaryName[], version = pinned.version): Promise<string> {
  await mkdir(directory, { recursive: true });
  for (const name of names) {
    const says =
      name === 'etcd'
        ? 'etcd Version: 3.6.8'
        : name === 'kubectl'
          ? `Client Version: ${version}`
          : `Kubernetes ${version}`;
    await writeFile(join(directory, name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  }
  return directory;
}

/** Somebody with an empty machine; `fetch` fills the cache, as a download does. */
async function machine(t: Parameters<typeof temporaryDirectory>[0], env: Record<string, string> = {}) {
  const home = await temporaryDirectory(t);
  const lines: string[] = [];
  const requests: FetchRequest[] = [];
  const options: ResolveOptions = {
    env: { HOME: home, PATH: '', ...env },
    report: (line) => lines.push(line),
    fetch: async (request) => {
      requests.push(request);
      await programs(request.directory, request.needed);
      return 'download';
    },
  };
  return { home, lines, requests, options, cache: cacheDirectory(options.env ?? {}, pinned) };
}

test('what the user points at comes first, in whatever version', async (t) => {
  const { home, lines, options } = await machine(t);
  const mine = await programs(join(home, 'mine'), binaryNames, 'v1.99.0');
  const path = await programs(join(home, 'path'), binaryNames);
  const binaries = await resolveBinaries({ ...options, env: { HOME: home, PATH: path, SMOOTH_KUBERNETES_BIN: mine } });
  assert.equal(binaries.source, 'pointed at');
  assert.equal(binaries.path('kubelet'), join(mine, 'kubelet'));
  assert.deepEqual(lines, [`Kubernetes binaries: from the directory pointed at (${mine})`]);
});

test('pointing at a directory that lacks something is an error that says what', async (t) => {
  const { home, options, requests } = await machine(t);
  const mine = await programs(join(home, 'mine'), ['etcd', 'kubelet']);
  const resolving = resolveBinaries({
    ...options,
    needed: ['etcd', 'kubelet', 'kubectl'],
    env: { HOME: home, SMOOTH_KUBERNETES_BIN: mine },
  });
  await assert.rejects(resolving, {
    code: 'BinariesMissing',
    message: `SMOOTH_KUBERNETES_BIN=${mine} has no executable kubectl`,
  });
  assert.deepEqual(requests, []);
});

test("envtest's directory is taken for a control plane, not for a node", async (t) => {
  const { home, options, requests } = await machine(t);
  const assets = await programs(join(home, 'envtest'), ['etcd', 'kube-apiserver', 'kubectl']);
  const env = { HOME: home, PATH: '', KUBEBUILDER_ASSETS: assets };
  const few = await resolveBinaries({ ...options, needed: ['etcd', 'kube-apiserver', 'kubectl'], env });
  assert.equal(few.source, 'pointed at');
  const all = await resolveBinaries({ ...options, env });
  assert.equal(all.source, 'download');
  assert.equal(requests.length, 1);
});

test('PATH is taken when it has all of them, in the pinned version', async (t) => {
  const { home, lines, options } = await machine(t);
  const path = await programs(join(home, 'path'), binaryNames);
  const binaries = await resolveBinaries({ ...options, env: { HOME: home, PATH: `${path}:/usr/bin:/bin` } });
  assert.equal(binaries.source, 'PATH');
  assert.deepEqual(lines, ['Kubernetes v1.36.3 binaries: from PATH']);
});

test('PATH with one of another version, or without one, is not taken', async (t) => {
  const { home, options } = await machine(t);
  const path = await programs(join(home, 'path'), binaryNames);
  await programs(path, ['kubectl'], 'v1.32.4-dispatcher');
  const env = { HOME: home, PATH: `${path}:/usr/bin:/bin` };
  assert.equal((await resolveBinaries({ ...options, env })).source, 'download');
  const partial = await programs(join(home, 'partial'), ['kubectl']);
  const others = { HOME: join(home, 'other'), PATH: `${partial}:/usr/bin:/bin` };
  assert.equal((await resolveBinaries({ ...options, env: others, needed: ['kubectl', 'etcd'] })).source, 'download');
});

test('what was fetched once is in the cache from then on', async (t) => {
  const { options, requests, lines, cache } = await machine(t);
  assert.equal((await resolveBinaries(options)).source, 'download');
  const again = await resolveBinaries(options);
  assert.equal(again.source, 'cache');
  assert.equal(again.path('etcd'), join(cache, 'etcd'));
  assert.equal(requests.length, 1);
  assert.deepEqual(lines, [
    `Kubernetes v1.36.3 binaries: from the official release, checksums verified (${cache})`,
    `Kubernetes v1.36.3 binaries: from the cache (${cache})`,
  ]);
});

test('a cache that lacks something is completed', async (t) => {
  const { options, requests, cache } = await machine(t);
  await programs(cache, controlPlaneNames);
  assert.equal((await resolveBinaries({ ...options, needed: controlPlaneNames })).source, 'cache');
  assert.equal((await resolveBinaries(options)).source, 'download');
  assert.deepEqual(
    requests.map(({ needed }) => needed),
    [binaryNames],
  );
});

test('two that need them at the same time fetch them once', async (t) => {
  const { options, requests } = await machine(t);
  const both = await Promise.all([resolveBinaries(options), resolveBinaries(options)]);
  assert.equal(requests.length, 1);
  assert.deepEqual(both.map(({ source }) => source).sort(), ['cache', 'download']);
});

test('the cache is where XDG says, else in the home directory, by version', () => {
  const rest = 'smooth-operator/kubernetes/v1.36.3/bin';
  assert.equal(cacheDirectory({ XDG_CACHE_HOME: '/x', HOME: '/h' }, pinned), `/x/${rest}`);
  assert.equal(cacheDirectory({ XDG_CACHE_HOME: '', HOME: '/h' }, pinned), `/h/.cache/${rest}`);
});

test('a version that is not pinned is refused before anything is looked for', async (t) => {
  const { options, requests } = await machine(t, { K8S_VERSION: '1.12' });
  await assert.rejects(resolveBinaries(options), {
    code: 'BinariesMissing',
    message: /K8S_VERSION="1\.12" is not one of/,
  });
  assert.deepEqual(requests, []);
});

test('a binary that was not asked for is not had', async (t) => {
  const { options } = await machine(t);
  const binaries = await resolveBinaries({ ...options, needed: ['etcd'] });
  assert.throws(() => binaries.path('kubelet'), { code: 'BinariesMissing' });
});

test('a fetch that fails leaves the lock free', async (t) => {
  const { options } = await machine(t);
  const failing: ResolveOptions = { ...options, fetch: () => Promise.reject(new Error('no network')) };
  await assert.rejects(resolveBinaries(failing), /no network/);
  assert.equal((await resolveBinaries(options)).source, 'download');
});
