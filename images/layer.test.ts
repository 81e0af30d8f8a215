import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { listTar } from '../test/support/image-archive.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { directory, type Entry, file, symlink } from './entry.ts';
import { ImageError } from './image-error.ts';
import { buildLayer, inputHash, sha256Of } from './layer.ts';

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
const entries: readonly Entry[] = [
  file('app/main.js', 'main()'),
  directory('tmp', { mode: 0o1777 }),
  symlink('bin', 'app'),
];

describe('buildLayer', () => {
  it('writes a gzipped tar, and says its digests and size', async (t) => {
    const layer = await buildLayer({ name: 'app', entries }, { cacheDir: await temporaryDirectory(t) });
    const zipped = await readFile(layer.blobPath);
    const plain = gunzipSync(zipped);
    assert.equal(layer.digest, `sha256:${sha256(zipped)}`);
    assert.equal(layer.diffId, `sha256:${sha256(plain)}`);
    assert.equal(layer.size, zipped.length);
    assert.deepEqual(
      (await listTar(plain)).map(({ path }) => path),
      ['app/', 'app/main.js', 'bin', 'tmp/'],
    );
  });

  it('gives the same digest for the same input, in another cache, in another order', async (t) => {
    const one = await buildLayer({ name: 'a', entries }, { cacheDir: await temporaryDirectory(t) });
    const other = await buildLayer(
      { name: 'b', entries: [...entries].reverse() },
      { cacheDir: await temporaryDirectory(t) },
    );
    assert.equal(one.digest, other.digest);
  });

  it("does not look at a host file's name, owner or date, only at its bytes", async (t) => {
    const dir = await temporaryDirectory(t);
    await writeFile(join(dir, 'one'), 'same');
    await writeFile(join(dir, 'other'), 'same');
    await utimes(join(dir, 'other'), 1, 1);
    const digests = [];
    for (const name of ['one', 'other']) {
      const cacheDir = await temporaryDirectory(t);
      digests.push(
        (await buildLayer({ name, entries: [file('x', { hostPath: join(dir, name) })] }, { cacheDir })).digest,
      );
    }
    assert.equal(digests[0], digests[1]);
  });

  it('has a gzip header without a date', async (t) => {
    const layer = await buildLayer({ name: 'app', entries }, { cacheDir: await temporaryDirectory(t) });
    assert.deepEqual((await readFile(layer.blobPath)).subarray(4, 8), Buffer.alloc(4));
  });

  it('takes it from the cache the second time, without a word', async (t) => {
    const cacheDir = await temporaryDirectory(t);
    const said: string[] = [];
    const options = { cacheDir, progress: (line: string) => said.push(line) };
    const first = await buildLayer({ name: 'app', entries }, options);
    const written = await stat(first.blobPath);
    const second = await buildLayer({ name: 'app', entries }, options);
    assert.deepEqual(second, first);
    assert.equal((await stat(second.blobPath)).ino, written.ino);
    assert.deepEqual(said, ['writing layer app (4 entries)']);
  });

  it('leaves nothing in the cache when an entry is bad', async (t) => {
    const cacheDir = await temporaryDirectory(t);
    const bad = buildLayer({ name: 'bad', entries: [file('/x', '')] }, { cacheDir });
    await assert.rejects(bad, (thrown) => thrown instanceof ImageError && thrown.code === 'BadEntry');
    assert.deepEqual(await readdir(cacheDir), []);
  });

  it('stops on a signal and removes what is half done', async (t) => {
    const cacheDir = await temporaryDirectory(t);
    const controller = new AbortController();
    const large = file('large', Buffer.alloc(8 << 20));
    const building = buildLayer(
      { name: 'large', entries: [large] },
      { cacheDir, signal: controller.signal, progress: () => controller.abort() },
    );
    await assert.rejects(building, { name: 'AbortError' });
    assert.deepEqual(await readdir(join(cacheDir, 'layers')), []);
  });

  it('fails when a host file is not there', async (t) => {
    const cacheDir = await temporaryDirectory(t);
    const missing = buildLayer({ name: 'x', entries: [file('x', { hostPath: '/no/such' })] }, { cacheDir });
    await assert.rejects(missing, { code: 'ENOENT' });
  });
});

describe('inputHash', () => {
  const base = file('app/x', 'content');
  const different: readonly [what: string, entry: Entry][] = [
    ['path', file('app/y', 'content')],
    ['content', file('app/x', 'other')],
    ['mode', file('app/x', 'content', { mode: 0o755 })],
    ['owner', file('app/x', 'content', { uid: 1 })],
    ['group', file('app/x', 'content', { gid: 1 })],
    ['kind', symlink('app/x', 'content')],
    ['emptiness', directory('app/x')],
  ];
  for (const [what, entry] of different) {
    it(`changes with the ${what}`, async () => assert.notEqual(await inputHash([entry]), await inputHash([base])));
  }

  it("changes with a link's target", async () => {
    assert.notEqual(await inputHash([symlink('a', 'b')]), await inputHash([symlink('a', 'c')]));
  });

  it('does not mix up where one entry ends and the next begins', async () => {
    assert.notEqual(await inputHash([directory('a'), directory('b')]), await inputHash([directory('a\nb')]));
  });
});

describe('sha256Of', () => {
  it('hashes bytes', async () => assert.equal(await sha256Of(Buffer.from('abc')), sha256('abc')));

  for (const size of [0, 10, 1 << 20, (1 << 20) + 1, 5 << 20]) {
    it(`hashes a host file of ${size} bytes`, async (t) => {
      const hostPath = join(await temporaryDirectory(t), 'file');
      const bytes = Buffer.alloc(size, 'abc');
      await writeFile(hostPath, bytes);
      assert.equal(await sha256Of({ hostPath }), sha256(bytes));
    });
  }
});
