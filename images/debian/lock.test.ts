import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { debianLock } from './lock.ts';
import { lockOf, parseUris } from './update.ts';

describe('the pinned packages', () => {
  it('are the same ones in the same version for both machines', async () => {
    const { packages } = await debianLock();
    const of = (wanted: string) =>
      packages.filter(({ architecture }) => architecture === wanted).map(({ name, version }) => `${name} ${version}`);
    assert.ok(of('amd64').length > 0);
    assert.deepEqual(of('amd64'), of('arm64'));
  });

  it('have a whole hash, and a path that names them', async () => {
    for (const { name, architecture, path, sha256, size } of (await debianLock()).packages) {
      assert.match(sha256, /^[0-9a-f]{64}$/);
      assert.ok(path.includes(`/${name}_`) && path.endsWith(`_${architecture}.deb`), path);
      assert.match(path, /^debian(-security)?\/pool\/[a-z/]*/);
      assert.ok(size > 0);
    }
  });

  it('say when every mirror had them', async () => {
    assert.match((await debianLock()).snapshot, /^\d{8}T\d{6}Z$/);
  });
});

const sum = 'a'.repeat(64);

describe('parseUris', () => {
  it('reads name, version, machine, path, size and hash', () => {
    const text = `'http://mirror.example/debian/pool/main/g/gcc-14/libstdc%2b%2b6_14.2.0-19_arm64.deb' libstdc++6_14.2.0-19_arm64.deb 637536 SHA256:${sum}\n`;
    assert.deepEqual(parseUris(text), [
      {
        name: 'libstdc++6',
        version: '14.2.0-19',
        architecture: 'arm64',
        path: 'debian/pool/main/g/gcc-14/libstdc++6_14.2.0-19_arm64.deb',
        sha256: sum,
        size: 637536,
      },
    ]);
  });

  it("reads a version with an epoch, whose colon apt does not write in a file's name", () => {
    const text = `'https://m/debian/pool/x_2_amd64.deb' x_1%3a2_amd64.deb 5 SHA256:${sum}`;
    assert.equal(parseUris(text)[0]?.version, '1:2');
  });

  it('passes over what apt says beside', () => {
    assert.deepEqual(parseUris('Reading package lists...\n\n'), []);
  });

  for (const [what, line] of [
    ['no hash', `'https://m/debian/pool/x_2_amd64.deb' x_2_amd64.deb 5 `],
    ['a weaker hash', `'https://m/debian/pool/x_2_amd64.deb' x_2_amd64.deb 5 MD5Sum:${'a'.repeat(32)}`],
    ['another machine', `'https://m/debian/pool/x_2_i386.deb' x_2_i386.deb 5 SHA256:${sum}`],
  ] as const) {
    it(`refuses a line with ${what}`, () => {
      assert.throws(() => parseUris(line), { code: 'ToolFailed', message: /not understood/ });
    });
  }
});

describe('lockOf', () => {
  it('has one order, whatever order apt answered in', () => {
    const one = { name: 'b', version: '1', architecture: 'amd64', path: 'debian/b', sha256: sum, size: 1 } as const;
    const other = { ...one, name: 'a', architecture: 'arm64' } as const;
    const now = new Date('2026-05-06T07:08:09Z');
    assert.deepEqual(lockOf([one, other], now), lockOf([other, one], now));
    assert.equal(lockOf([one], now).snapshot, '20260506T000000Z');
  });
});
