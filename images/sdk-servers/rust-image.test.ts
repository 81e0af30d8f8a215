import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { sdkServers } from './catalog.ts';
import { cargoBuildArgs, cargoEnvironment, rustImage } from './rust-image.ts';
import { emptyPath, isMissingTool } from './test-support.ts';

const sourceDir = join(import.meta.dirname, 'rust');

describe('cargoBuildArgs', () => {
  it('compiles what is locked, for release, where it is told', () => {
    const args = cargoBuildArgs('/cache/rust-target');
    assert.equal(args[0], 'build');
    for (const flag of ['--release', '--locked']) assert.ok(args.includes(flag), flag);
    assert.equal(args[args.indexOf('--target-dir') + 1], '/cache/rust-target');
  });
});

describe('cargoEnvironment', () => {
  const user = {
    PATH: '/usr/bin',
    HTTPS_PROXY: 'http://proxy.example:3128',
    RUSTFLAGS: '-C target-cpu=native',
    CARGO_ENCODED_RUSTFLAGS: '-C',
    CARGO_BUILD_TARGET: 'wasm32-wasip2',
  };

  it('keeps how the user reaches the registry', () => {
    const { PATH, HTTPS_PROXY } = cargoEnvironment(user);
    assert.deepEqual([PATH, HTTPS_PROXY], ['/usr/bin', 'http://proxy.example:3128']);
  });

  it('drops what compiles for another machine or puts the binary elsewhere', () => {
    const { RUSTFLAGS, CARGO_ENCODED_RUSTFLAGS, CARGO_BUILD_TARGET } = cargoEnvironment(user);
    assert.deepEqual([RUSTFLAGS, CARGO_ENCODED_RUSTFLAGS, CARGO_BUILD_TARGET], ['', undefined, undefined]);
  });
});

describe('the crate of sdk-rust', () => {
  it('pins the SDK that the catalog names', async () => {
    const version = /^rmcp = \{ version = "=([^"]+)"/m.exec(await readFile(join(sourceDir, 'Cargo.toml'), 'utf8'))?.[1];
    assert.equal(`rmcp ${version}`, sdkServers['rust-stateful'].sdk);
  });

  it('locks every crate by its checksum, from nowhere but crates.io', async () => {
    const lock = await readFile(join(sourceDir, 'Cargo.lock'), 'utf8');
    const packages = lock.split('[[package]]\n').slice(1);
    assert.ok(packages.length > 20);
    for (const each of packages) {
      const name = /^name = "(.+)"$/m.exec(each)?.[1];
      if (name === 'sdk-rust') continue;
      assert.ok(name !== undefined, each);
      assert.match(each, /^source = "registry\+https:\/\/github\.com\/rust-lang\/crates\.io-index"$/m, name);
      assert.match(each, /^checksum = "[0-9a-f]{64}"$/m, name);
    }
  });

  it('needs the Rust that the recipe asks for', async () => {
    assert.match(await readFile(join(sourceDir, 'Cargo.toml'), 'utf8'), /^rust-version = "1\.88"$/m);
  });
});

describe('rustImage', () => {
  it('says what to do without Rust', async (t) => {
    emptyPath(t);
    const context = {
      architecture: 'amd64',
      cacheDir: await temporaryDirectory(t),
      progress: () => undefined,
    } as const;
    await assert.rejects(
      rustImage(context),
      isMissingTool(/^rustc is not installed: .*https:\/\/rustup\.rs.*sdk-rust/),
    );
  });
});
