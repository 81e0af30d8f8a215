import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ImageError } from '../image-error.ts';
import { sdkServers } from './catalog.ts';
import { cargoBuildArgs, cargoEnvironment, rustImage } from './rust-image.ts';
import { emptyPath, isMissingTool, pretendTool } from './test-support.ts';

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

  /** A toolchain that compiles at once: what it makes is Node, which links as a Rust program does, and more. */
  async function pretendRust(t: TestContext, version = 'rustc 1.95.0 (59807616e 2026-04-14)') {
    const dir = await temporaryDirectory(t);
    await pretendTool(t, dir, 'rustc', `echo '${version}'`);
    const cargo = `
      echo "$@" >>'${dir}/calls'
      while [ "$1" != --target-dir ]; do shift; done
      mkdir -p "$2/release" && cp '${process.execPath}' "$2/release/sdk-rust"`;
    await pretendTool(t, dir, 'cargo', cargo);
    const calls = async () => (await readFile(join(dir, 'calls'), 'utf8')).trim().split('\n');
    return { dir, calls };
  }

  async function contextOf(t: TestContext) {
    const said: string[] = [];
    const progress = (line: string) => said.push(line);
    return { architecture: 'amd64', cacheDir: await temporaryDirectory(t), progress, said } as const;
  }

  it('has the binary, the loader and the libraries, and starts the binary', async (t) => {
    await pretendRust(t);
    const { layers, run } = await rustImage(await contextOf(t));
    const entries = new Map(layers.flatMap((layer) => layer.entries).map((entry) => [`/${entry.path}`, entry]));
    assert.equal(entries.get(run.entrypoint[0] ?? '')?.mode, 0o755);
    const paths = [...entries.keys()];
    assert.ok(paths.some((path) => path.endsWith('/libc.so.6')));
    assert.ok(paths.some((path) => /\/ld-linux/.test(path)));
    assert.ok(entries.has('/etc/passwd') && entries.has('/tmp'));
  });

  it('is compiled once, and again by another compiler', async (t) => {
    const { dir, calls } = await pretendRust(t);
    const context = await contextOf(t);
    await rustImage(context);
    assert.deepEqual(context.said, ['compiling sdk-rust with rustc 1.95.0 (the first time takes some minutes)']);
    await rustImage(context);
    assert.equal(context.said.length, 1);
    await pretendTool(t, dir, 'rustc', "echo 'rustc 1.96.0 (abc 2026-05-28)'");
    await rustImage(context);
    assert.equal(context.said.length, 2);
    const target = join(context.cacheDir, 'rust-target');
    assert.deepEqual(await calls(), Array(2).fill(cargoBuildArgs(target).join(' ')));
  });

  it('refuses a compiler that is too old, before it compiles', async (t) => {
    await pretendRust(t, 'rustc 1.70.0 (90c541806 2023-05-31)');
    const context = await contextOf(t);
    await assert.rejects(rustImage(context), isMissingTool(/^Rust 1\.88 or newer is needed, here is 1\.70\.0: /));
    assert.deepEqual(context.said, []);
  });

  it('repeats what the compiler said, and keeps nothing of it', async (t) => {
    const { dir } = await pretendRust(t);
    await pretendTool(t, dir, 'cargo', "echo 'error[E0425]: cannot find value' >&2; exit 101");
    const context = await contextOf(t);
    await assert.rejects(rustImage(context), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      return thrown.code === 'ToolFailed' && /exit code 101\):\nerror\[E0425\]/.test(thrown.message);
    });
    assert.deepEqual(await readdir(join(context.cacheDir, 'sdk-rust')), []);
  });
});
