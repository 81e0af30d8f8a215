import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReleaseFiles } from './build-release.ts';
import { publishSteps } from './publish-steps.ts';

const release: ReleaseFiles = {
  version: '0.2.0',
  image: 'registry.example:5000/team/smooth-operator:0.2.0',
  digest: 'sha256:index',
  images: [
    { digest: 'sha256:one', sbom: 'sbom-amd64.spdx.json' },
    { digest: 'sha256:two', sbom: 'sbom-arm64.spdx.json' },
  ],
  files: ['install.yaml', 'sbom-amd64.spdx.json', 'sbom-arm64.spdx.json', 'smooth-operator-0.2.0.tgz', 'checksums.txt'],
};
const lines = (of = release, tag = 'v0.2.0') =>
  publishSteps(of, tag, '/out').map(({ program, args }) => [program, ...args].join(' '));

describe('publishSteps', () => {
  it('signs what was built, by digest: a tag may mean something else by then', () => {
    const signing = lines().filter((line) => line.startsWith('cosign sign '));
    assert.deepEqual(signing, [
      'cosign sign --yes --recursive registry.example:5000/team/smooth-operator@sha256:index',
    ]);
  });

  it("attests each machine's SBOM to that machine's image", () => {
    assert.deepEqual(
      lines().filter((line) => line.startsWith('cosign attest ')),
      [
        'cosign attest --yes --type spdxjson --predicate /out/sbom-amd64.spdx.json registry.example:5000/team/smooth-operator@sha256:one',
        'cosign attest --yes --type spdxjson --predicate /out/sbom-arm64.spdx.json registry.example:5000/team/smooth-operator@sha256:two',
      ],
    );
  });

  it('pushes the chart beside the image', () => {
    assert.ok(lines().includes('helm push /out/smooth-operator-0.2.0.tgz oci://registry.example:5000/team/charts'));
  });

  it('publishes the page last, with every file and the signature of the checksums', () => {
    const last = lines().at(-1) ?? '';
    assert.match(
      last,
      /^gh release create v0\.2\.0 --verify-tag --title v0\.2\.0 --notes-file \/out\/release-notes\.md /,
    );
    for (const name of [...release.files, 'checksums.txt.sigstore.json'])
      assert.ok(last.includes(` /out/${name}`), name);
    assert.ok(
      lines().some((line) => line.startsWith('cosign sign-blob ') && line.includes('/out/checksums.txt.sigstore.json')),
    );
  });

  it('marks what is no whole release as such', () => {
    assert.ok(!lines().at(-1)?.includes('--prerelease'));
    assert.ok(
      lines({ ...release, version: '0.2.0-rc.1' }, 'v0.2.0-rc.1')
        .at(-1)
        ?.includes(' --prerelease '),
    );
  });

  it('names no key: signing is keyless', () => {
    assert.deepEqual(
      lines().filter((line) => line.includes('--key')),
      [],
    );
  });

  it('refuses a release without a chart', () => {
    assert.throws(() => lines({ ...release, files: ['install.yaml'] }), /has no chart/);
  });
});
