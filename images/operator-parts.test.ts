import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BundledFile } from './bundle.ts';
import { debianLock } from './debian/lock.ts';
import { lockedPackages } from './node-package.ts';
import { bundleOperator } from './operator.ts';
import { debianParts, nodeParts, npmParts } from './operator-parts.ts';

const bundled = (...inputs: string[]): BundledFile[] => [
  { path: 'x.js', content: Buffer.alloc(0), imports: [], inputs },
];

describe('npmParts', () => {
  it('lists each package that has lines in the bundle once, and none of our own files', () => {
    const locked = { 'node_modules/pino': { version: '1.0.0', license: 'MIT' } };
    const files = bundled('src/main.ts', 'node_modules/pino/pino.js', 'node_modules/pino/lib/tools.js');
    assert.deepEqual(npmParts(files, locked), [
      { name: 'pino', version: '1.0.0', purl: 'pkg:npm/pino@1.0.0', license: 'MIT', checksum: undefined },
    ]);
  });

  it('keeps two versions of a package apart, and writes a scope as package URLs do', () => {
    const locked = {
      'node_modules/@a/b': { version: '2.0.0' },
      'node_modules/c/node_modules/@a/b': { version: '1.0.0' },
      'node_modules/d/node_modules/@a/b': { version: '1.0.0' },
    };
    const files = bundled(...Object.keys(locked).map((path) => `${path}/index.js`));
    assert.deepEqual(
      npmParts(files, locked).map(({ purl }) => purl),
      ['pkg:npm/%40a/b@1.0.0', 'pkg:npm/%40a/b@2.0.0'],
    );
  });

  it("turns npm's checksum into SPDX's", () => {
    const integrity = `sha512-${Buffer.alloc(64, 0xab).toString('base64')}`;
    const [part] = npmParts(bundled('node_modules/x/a.js'), { 'node_modules/x': { version: '1.0.0', integrity } });
    assert.deepEqual(part?.checksum, { algorithm: 'SHA512', value: 'ab'.repeat(64) });
  });

  it('refuses a package that nobody locked: an SBOM with a hole is worse than none', () => {
    assert.throws(() => npmParts(bundled('node_modules/x/a.js'), {}), /node_modules\/x, which is not in package-lock/);
  });

  it("knows everything in the operator's own bundle, all of it from production dependencies, with a licence", async () => {
    const locked = await lockedPackages();
    const parts = npmParts(await bundleOperator(), locked);
    const names = parts.map(({ name }) => name);
    for (const name of ['pino', 'prom-client', 'commander', '@kubernetes/client-node'])
      assert.ok(names.includes(name), name);
    const dev = Object.entries(locked).filter(([, { dev }]) => dev === true);
    const devOnly = dev.map(([path]) => path.replace(/^node_modules\//, ''));
    assert.deepEqual(
      names.filter((name) => devOnly.includes(name) && locked[`node_modules/${name}`]?.dev === true),
      [],
    );
    for (const { name, license, checksum } of parts) {
      assert.ok(license, `${name} has no licence`);
      assert.ok(checksum, `${name} has no checksum`);
    }
  });
});

describe('nodeParts', () => {
  it("lists Node, and what is built into it: OpenSSL's version is what a scanner asks for", async () => {
    const parts = nodeParts('amd64', await lockedPackages(), process.versions);
    assert.equal(parts[0]?.name, 'node');
    assert.equal(parts[0]?.version, process.versions.node);
    const openssl = parts.find(({ name }) => name === 'openssl');
    assert.equal(openssl?.version, process.versions.openssl);
    assert.equal(openssl?.within, parts[0]?.purl);
    assert.ok(!parts.some(({ name, version }) => name === 'modules' || version === ''));
  });

  it('says nothing of the inside of a Node that is not the one at hand', async () => {
    const parts = nodeParts('arm64', await lockedPackages(), { ...process.versions, node: '1.2.3' });
    assert.deepEqual(
      parts.map(({ name }) => name),
      ['node'],
    );
  });

  it('has the checksum of the package for that machine', async () => {
    const locked = await lockedPackages();
    const [one, other] = (['amd64', 'arm64'] as const).map(
      (machine) => nodeParts(machine, locked, {})[0]?.checksum?.value,
    );
    assert.ok(one && other && one !== other);
  });
});

describe('debianParts', () => {
  it('names packages as scanners look them up, with machine and release', async () => {
    const lock = await debianLock();
    const parts = debianParts(
      lock.packages.filter(({ architecture }) => architecture === 'arm64'),
      lock,
    );
    const stdcpp = parts.find(({ name }) => name === 'libstdc++6');
    assert.match(stdcpp?.purl ?? '', /^pkg:deb\/debian\/libstdc%2B%2B6@[^+]+\?arch=arm64&distro=debian-13$/);
    assert.match(stdcpp?.checksum?.value ?? '', /^[0-9a-f]{64}$/);
  });
});
