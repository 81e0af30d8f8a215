import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import type { GoToolBuild } from './build-go-tool.ts';
import { goTools, moduleDirectory, pinnedVersion } from './catalog.ts';
import { cachedPath, type GoToolOptions, resolveGoTool } from './resolve-go-tool.ts';

const { helm, actionlint } = goTools;
const pinned = pinnedVersion(await readFile(join(moduleDirectory(helm), 'go.mod'), 'utf8'), helm.module);

/** A program that says it is of a version. */
async function program(path: string, says: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  return path;
}

/** Somebody with an empty machine. */
async function machine(t: Parameters<typeof temporaryDirectory>[0], env: Record<string, string> = {}) {
  const home = await temporaryDirectory(t);
  const lines: string[] = [];
  const builds: GoToolBuild[] = [];
  const options: GoToolOptions = {
    env: { HOME: home, PATH: '', ...env },
    report: (line) => void lines.push(line),
    build: async (build) => {
      builds.push(build);
      await program(build.path, build.version);
    },
  };
  return { home, lines, builds, options };
}

test('what the user points at comes first, in whatever version', async (t) => {
  const { home, lines, options, builds } = await machine(t);
  const mine = await program(join(home, 'mine', 'helm3'), 'v3.2.0+gabc');
  await program(join(home, 'path', 'helm'), 'v4.0.0');
  const env = { HOME: home, PATH: `${join(home, 'path')}:/bin:/usr/bin`, HELM: mine };
  assert.deepEqual(await resolveGoTool(helm, { ...options, env }), {
    source: 'pointed at',
    path: mine,
    version: 'v3.2.0',
  });
  assert.deepEqual(lines, [`Helm v3.2.0: from where it was pointed to (${mine})`]);
  assert.equal(builds.length, 0);
});

test('the user may point by name, as a shell would find it', async (t) => {
  const { home, options } = await machine(t);
  const mine = await program(join(home, 'path', 'helm3'), 'v3.2.0');
  const env = { HOME: home, PATH: `${join(home, 'path')}:/bin:/usr/bin`, HELM: 'helm3' };
  assert.equal((await resolveGoTool(helm, { ...options, env })).path, mine);
});

test('pointing at nothing is an error that names the variable, and nothing is built instead', async (t) => {
  for (const given of ['/no/such/helm', 'no-such-helm']) {
    const { options, builds } = await machine(t, { HELM: given });
    await assert.rejects(resolveGoTool(helm, options), {
      code: 'BinariesMissing',
      message: `HELM=${given} is no program that can be run`,
    });
    assert.equal(builds.length, 0);
  }
});

test('PATH is taken in a version that will do', async (t) => {
  const { home, options } = await machine(t);
  const path = await program(join(home, 'path', 'helm'), 'v3.17.1+gabc');
  const env = { HOME: home, PATH: `${join(home, 'path')}:/bin:/usr/bin` };
  assert.deepEqual(await resolveGoTool(helm, { ...options, env }), { source: 'PATH', path, version: 'v3.17.1' });
});

test('a program on PATH that is too old, or says no version, is passed over', async (t) => {
  for (const says of ['v3.16.4', 'Kubernetes is at the helm']) {
    const { home, options, builds } = await machine(t);
    await program(join(home, 'path', 'helm'), says);
    const env = { HOME: home, PATH: `${join(home, 'path')}:/bin:/usr/bin` };
    assert.equal((await resolveGoTool(helm, { ...options, env })).source, 'build');
    assert.equal(builds.length, 1);
  }
});

test('what was built once is in the cache from then on, by version', async (t) => {
  const { home, options, builds, lines } = await machine(t);
  const path = join(home, '.cache', 'smooth-operator', 'go-tools', 'helm', pinned, 'helm');
  assert.deepEqual(await resolveGoTool(helm, options), { source: 'build', path, version: pinned });
  assert.deepEqual(await resolveGoTool(helm, options), { source: 'cache', path, version: pinned });
  assert.equal(builds.length, 1);
  assert.deepEqual(lines, [
    `Helm ${pinned}: from a build of the pinned Go module (${path})`,
    `Helm ${pinned}: from the cache (${path})`,
  ]);
});

test('two that need it at the same time build it once', async (t) => {
  const { options, builds } = await machine(t);
  const both = await Promise.all([resolveGoTool(helm, options), resolveGoTool(helm, options)]);
  assert.equal(builds.length, 1);
  assert.deepEqual(both.map(({ source }) => source).sort(), ['build', 'cache']);
});

test('a build that fails leaves the lock free', async (t) => {
  const { options } = await machine(t);
  const failing: GoToolOptions = { ...options, build: () => Promise.reject(new Error('no network')) };
  await assert.rejects(resolveGoTool(helm, failing), /no network/);
  assert.equal((await resolveGoTool(helm, options)).source, 'build');
});

test('the cache is where XDG says, and each tool has its own place', () => {
  const env = { XDG_CACHE_HOME: '/x', HOME: '/h' };
  assert.equal(cachedPath(helm, 'v4.0.0', env), '/x/smooth-operator/go-tools/helm/v4.0.0/helm');
  assert.equal(
    cachedPath(actionlint, 'v1.0.0', { HOME: '/h' }),
    '/h/.cache/smooth-operator/go-tools/actionlint/v1.0.0/actionlint',
  );
});
