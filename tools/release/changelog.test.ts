import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../generated-file.ts';
import { sectionOf, versionOf } from './changelog.ts';

const changelog = `# Changelog

Newest first.

## Unreleased

## 0.2.0 – 2026-05-01

### Added

- A thing. See \`## not a heading\`.

## [0.1.1] - 2026-04-01

- Fixed: a bug.

## v0.1.0
`;

describe('versionOf', () => {
  it('takes a tag or a version', () => {
    assert.equal(versionOf('v0.2.0'), '0.2.0');
    assert.equal(versionOf('1.10.3-rc.1'), '1.10.3-rc.1');
  });

  for (const tag of ['', 'v', 'v1', 'v1.2', 'latest', 'v1.2.3 ', 'v1.2.3;rm', 'refs/tags/v1.2.3', 'vv1.2.3']) {
    it(`refuses ${JSON.stringify(tag)}`, () => {
      assert.throws(() => versionOf(tag), { name: 'RangeError', message: /is no version: write it like v0\.2\.0/ });
    });
  }
});

describe('sectionOf', () => {
  it('is what stands below the heading, down to the next', () => {
    assert.equal(sectionOf(changelog, '0.2.0'), '### Added\n\n- A thing. See `## not a heading`.');
  });

  it('finds a heading in brackets, too', () => {
    assert.equal(sectionOf(changelog, '0.1.1'), '- Fixed: a bug.');
  });

  it('does not take a longer version for a shorter one', () => {
    assert.throws(() => sectionOf(changelog, '0.1'), RangeError);
  });

  it('says which versions there are, and what to do', () => {
    assert.throws(() => sectionOf(changelog, '0.3.0'), {
      message:
        /no section for 0\.3\.0 \(it has Unreleased, 0\.2\.0, 0\.1\.1, 0\.1\.0\): rename "## Unreleased" to "## 0\.3\.0"/,
    });
  });

  it('refuses a section that says nothing: nobody publishes an empty page', () => {
    assert.throws(() => sectionOf(changelog, '0.1.0'), /says nothing about 0\.1\.0/);
  });

  it('reads our own changelog', async () => {
    const own = await readFile(join(repositoryRoot, 'CHANGELOG.md'), 'utf8');
    assert.match(sectionOf(own, 'Unreleased'), /^### Added$/m);
  });
});
