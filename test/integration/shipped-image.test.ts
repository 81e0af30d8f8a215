import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { findProgram, searchPath } from '../../cluster/binaries/find.ts';
import { defaultCacheDir } from '../../images/cache.ts';
import { hostArchitecture } from '../../images/host-architecture.ts';
import { ImageError } from '../../images/image-error.ts';
import { nodePath } from '../../images/node-runtime.ts';
import type { Architecture } from '../../images/oci.ts';
import { operatorImage } from '../../images/operator.ts';
import type { ImageContent } from '../../images/recipe.ts';
import { type Shipped, shipOperator } from '../../images/ship.ts';
import { unpackLayers } from '../../images/unpack.ts';
import { readArchive } from '../support/image-archive.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

// The image that others run, with its libraries from Debian and a Node for each machine. Both are downloaded the first time.

const architectures: readonly Architecture[] = ['amd64', 'arm64'];
const ref = 'registry.example/team/smooth-operator:v1';
const biggest = 70e6;
const emulators: Readonly<Record<Architecture, string>> = { amd64: 'qemu-x86_64-static', arm64: 'qemu-aarch64-static' };

/** Says why nothing can be tested here: the machine has no way to the packages. */
let unreachable: string | undefined;
const contents = new Map<Architecture, ImageContent>();
before(async () => {
  try {
    for (const architecture of architectures) contents.set(architecture, await operatorImage(contextFor(architecture)));
  } catch (thrown) {
    const error = ImageError.from(thrown);
    if (error.code !== 'Download') throw error;
    unreachable = error.message;
  }
});

function contextFor(architecture: Architecture, cacheDir = defaultCacheDir()) {
  return { architecture, cacheDir, progress: () => undefined, signal: undefined, libraries: 'debian' } as const;
}

/** A cache with what was downloaded, and nothing that was built. */
async function coldCache(t: TestContext): Promise<string> {
  const dir = await temporaryDirectory(t);
  for (const name of ['debian', 'node']) {
    await mkdir(join(defaultCacheDir(), name), { recursive: true });
    await symlink(join(defaultCacheDir(), name), join(dir, name));
  }
  return dir;
}

async function ship(t: TestContext, wanted: readonly Architecture[]): Promise<Shipped> {
  const cacheDir = await coldCache(t);
  return shipOperator({ ref, architectures: wanted, out: join(cacheDir, 'out.tar'), cacheDir });
}

describe('the image that is shipped', () => {
  for (const architecture of architectures) {
    it(`runs on ${architecture} with nothing else to see`, async (t) => {
      if (unreachable !== undefined) return t.skip(unreachable);
      if (process.getuid?.() !== 0) return t.skip('not root, so the new root cannot be entered');
      const root = join(await temporaryDirectory(t), 'root');
      const content = contents.get(architecture);
      assert.ok(content !== undefined);
      await unpackLayers(content.layers, root);
      const program = [...content.run.entrypoint, '--version'];
      if (architecture !== hostArchitecture()) {
        const emulator = await findProgram(emulators[architecture], searchPath(process.env));
        if (emulator === undefined) return t.skip(`no ${emulators[architecture]} here: install qemu-user-static`);
        // A static program, so it runs in there too, whether the kernel knows of it or not.
        await copyFile(emulator, join(root, 'emulator'));
        program.unshift('/emulator');
      }
      const args = ['--userspec=65532:65532', root, ...program];
      const { stdout } = await promisify(execFile)('/usr/sbin/chroot', args, { env: {} });
      assert.match(stdout, /\d+\.\d+\.\d+/);
    });
  }

  it('has no shell, no package manager, and nothing that its user could change but /tmp', (t) => {
    if (unreachable !== undefined) return t.skip(unreachable);
    for (const { layers } of contents.values()) {
      for (const { path, kind, uid, gid, mode } of layers.flatMap(({ entries }) => entries)) {
        if (kind === 'file' && /(^|\/)s?bin\//.test(path)) assert.equal(path, nodePath.slice(1));
        assert.deepEqual([uid, gid], [0, 0], path);
        if (path !== 'tmp' && kind !== 'symlink') assert.equal(mode & 0o022, 0, path);
      }
    }
  });

  it('tells scanners which packages it has, with the licence of each', (t) => {
    if (unreachable !== undefined) return t.skip(unreachable);
    for (const { layers, parts = [] } of contents.values()) {
      const paths = layers.flatMap(({ entries }) => entries.map(({ path }) => path));
      for (const { name } of parts.filter(({ purl }) => purl.startsWith('pkg:deb/'))) {
        assert.ok(paths.includes(`var/lib/dpkg/status.d/${name}`), name);
        assert.ok(
          paths.some((path) => path.startsWith(`usr/share/doc/${name}`)),
          name,
        );
      }
      assert.ok(paths.includes('etc/os-release'));
    }
  });

  it('is the same, byte for byte, from two empty caches', async (t) => {
    if (unreachable !== undefined) return t.skip(unreachable);
    const [one, other] = [await ship(t, [hostArchitecture()]), await ship(t, [hostArchitecture()])];
    assert.equal(one.digest, other.digest);
    assert.deepEqual(one.images, other.images);
  });

  it('is one name for both machines, each small, with an SBOM of each', async (t) => {
    if (unreachable !== undefined) return t.skip(unreachable);
    const shipped = await shipOperator({
      ref,
      architectures,
      out: join(await temporaryDirectory(t), 'out.tar'),
      source: 'https://example.com/smooth-operator',
      revision: 'a'.repeat(40),
    });
    const archive = await readArchive(shipped.archivePath);
    const layout = await archive.json<{ manifests: { digest: string }[] }>('index.json');
    assert.deepEqual(
      layout.manifests.map(({ digest }) => digest),
      [shipped.digest],
    );
    interface Index {
      readonly annotations: Readonly<Record<string, string>>;
      readonly manifests: readonly { digest: string; platform: { architecture: string } }[];
    }
    const blob = (digest: string) => `blobs/${digest.replace(':', '/')}`;
    const index = await archive.json<Index>(blob(shipped.digest));
    assert.equal(index.annotations['org.opencontainers.image.source'], 'https://example.com/smooth-operator');
    assert.equal(index.annotations['org.opencontainers.image.revision'], 'a'.repeat(40));
    assert.deepEqual(
      index.manifests.map(({ platform }) => platform.architecture),
      ['amd64', 'arm64', 'unknown', 'unknown'],
    );
    for (const { size, sbom, digest } of shipped.images) {
      assert.ok(size < biggest, `${size} bytes`);
      assert.ok(index.manifests.some((one) => one.digest === digest));
      const text = JSON.stringify(sbom);
      for (const part of ['pkg:generic/node@', 'pkg:npm/pino@', 'pkg:deb/debian/libc6@', digest.slice(7)]) {
        assert.ok(text.includes(part), part);
      }
    }
  });
});
