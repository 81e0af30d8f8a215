import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { projectVersion } from '../../images/operator.ts';
import type { ShipOptions, shipOperator } from '../../images/ship.ts';
import { VERSION } from '../../src/version.ts';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { repositoryRoot } from '../generated-file.ts';
import { type BuildReleaseOptions, buildRelease } from './build-release.ts';

const version = await projectVersion();
const repository = 'registry.example:5000/team/smooth-operator';
const digest = `sha256:${'d'.repeat(64)}`;

/** A release of the version that there is, of pretended parts. */
async function options(t: TestContext) {
  const root = await temporaryDirectory(t);
  await writeFile(join(root, 'CHANGELOG.md'), `# Changelog\n\n## Unreleased\n\n## ${version}\n\n- It works.\n`);
  const asked: ShipOptions[] = [];
  const installed: string[] = [];
  const ship: typeof shipOperator = async (wanted) => {
    asked.push(wanted);
    await writeFile(wanted.out, 'an archive');
    const images = (['amd64', 'arm64'] as const).map((architecture) => ({
      architecture,
      digest: `sha256:${architecture}`,
      size: 1,
      sbom: { of: architecture },
    }));
    return { ref: wanted.ref, digest, images, archivePath: wanted.out };
  };
  const given: BuildReleaseOptions = {
    tag: `v${version}`,
    repository,
    directory: join(root, 'out'),
    root,
    architectures: ['amd64', 'arm64'],
    revision: 'abc',
    print: () => undefined,
    signal: new AbortController().signal,
    ship,
    async packageChart(of, directory) {
      await writeFile(join(directory, `smooth-operator-${of}.tgz`), 'a chart');
    },
    async installer(image) {
      installed.push(image);
      return 'kind: Namespace\n';
    },
  };
  return { given, asked, installed };
}

describe('buildRelease', () => {
  it('makes everything that is attached, and a list of checksums that sha256sum checks', async (t) => {
    const { given } = await options(t);
    const release = await buildRelease(given);
    assert.deepEqual(release.files, [
      'install.yaml',
      'sbom-amd64.spdx.json',
      'sbom-arm64.spdx.json',
      `smooth-operator-${version}.tgz`,
      'checksums.txt',
    ]);
    const { stdout } = await promisify(execFile)('sha256sum', ['--check', 'checksums.txt'], { cwd: given.directory });
    assert.equal(stdout.trim().split('\n').length, 4);
    assert.deepEqual(JSON.parse(await readFile(join(given.directory, 'release.json'), 'utf8')), release);
  });

  it('builds the image under the version, for both machines, and says where it is from', async (t) => {
    const { given, asked } = await options(t);
    const release = await buildRelease(given);
    assert.equal(release.image, `${repository}:${version}`);
    assert.deepEqual(
      [asked[0]?.ref, asked[0]?.architectures, asked[0]?.revision],
      [release.image, ['amd64', 'arm64'], 'abc'],
    );
    assert.deepEqual(release.images, [
      { digest: 'sha256:amd64', sbom: 'sbom-amd64.spdx.json' },
      { digest: 'sha256:arm64', sbom: 'sbom-arm64.spdx.json' },
    ]);
  });

  it('pins the image in the installer: what was tested is what runs', async (t) => {
    const { given, installed } = await options(t);
    await buildRelease(given);
    assert.deepEqual(installed, [`${repository}@${digest}`]);
  });

  it("has the changelog's section as its page, and how to check the signature", async (t) => {
    const { given } = await options(t);
    await buildRelease(given);
    const notes = await readFile(join(given.directory, 'release-notes.md'), 'utf8');
    assert.ok(notes.startsWith('- It works.\n'));
    assert.ok(notes.includes(`cosign verify ${repository}@${digest} `));
  });

  it('refuses a tag that is not the version of package.json, before it builds anything', async (t) => {
    const { given, asked } = await options(t);
    await assert.rejects(buildRelease({ ...given, tag: 'v99.0.0' }), {
      message: `the tag is v99.0.0, and package.json has ${version}: set it with npm version --no-git-tag-version`,
    });
    assert.deepEqual(asked, []);
  });

  it('refuses a version that the changelog does not know', async (t) => {
    const { given, asked } = await options(t);
    await writeFile(join(given.root, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n- x\n');
    await assert.rejects(buildRelease(given), /has no section for/);
    assert.deepEqual(asked, []);
  });

  it('leaves nothing of an earlier release', async (t) => {
    const { given } = await options(t);
    await buildRelease(given);
    await writeFile(join(given.directory, 'smooth-operator-0.0.1.tgz'), 'an old chart');
    await buildRelease(given);
    assert.ok(!(await readdir(given.directory)).includes('smooth-operator-0.0.1.tgz'));
  });
});

describe('the version', () => {
  it('is the same wherever it is told: package.json is the one place where it stands', async () => {
    assert.equal(VERSION, version);
    const lock: { version: string; packages: { '': { version: string } } } = JSON.parse(
      await readFile(join(repositoryRoot, 'package-lock.json'), 'utf8'),
    );
    assert.deepEqual([lock.version, lock.packages[''].version], [version, version]);
    const chart: { version: string; appVersion: string } = parse(
      await readFile(join(repositoryRoot, 'charts', 'smooth-operator', 'Chart.yaml'), 'utf8'),
    );
    assert.deepEqual([chart.version, chart.appVersion], [version, version]);
  });
});
