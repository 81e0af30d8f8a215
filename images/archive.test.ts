import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readArchive } from '../test/support/image-archive.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { archiveEntries, writeArchive } from './archive.ts';
import { file } from './entry.ts';
import { buildLayer } from './layer.ts';
import { assemble } from './oci.ts';
import { parseReference } from './reference.ts';

const reference = parseReference('team/app:v1');

async function anImage(cacheDir: string) {
  const lower = await buildLayer({ name: 'lower', entries: [file('etc/passwd', 'root')] }, { cacheDir });
  const upper = await buildLayer({ name: 'upper', entries: [file('app/x.js', 'x')] }, { cacheDir });
  return assemble([lower, upper], { entrypoint: ['/app/x.js'], user: '65532:65532' }, 'amd64');
}

describe('writeArchive', () => {
  it('writes an image layout with the Docker manifest beside it', async (t) => {
    const dir = await temporaryDirectory(t);
    const image = await anImage(dir);
    await writeArchive(join(dir, 'a.tar'), archiveEntries(image, reference));
    const archive = await readArchive(join(dir, 'a.tar'));
    const blobs = [image.config, image.manifest, ...image.layers].map(
      ({ digest }) => `blobs/${digest.replace(':', '/')}`,
    );
    assert.deepEqual(
      [...archive.paths].sort(),
      ['blobs/', 'blobs/sha256/', ...blobs, 'index.json', 'manifest.json', 'oci-layout'].sort(),
    );
    assert.deepEqual(await archive.json('oci-layout'), { imageLayoutVersion: '1.0.0' });
  });

  it('holds every blob under the hash of its bytes', async (t) => {
    const dir = await temporaryDirectory(t);
    await writeArchive(join(dir, 'a.tar'), archiveEntries(await anImage(dir), reference));
    const archive = await readArchive(join(dir, 'a.tar'));
    const blobs = archive.paths.filter((path) => /^blobs\/sha256\/./.test(path));
    assert.equal(blobs.length, 4);
    for (const path of blobs) {
      const hash = createHash('sha256')
        .update(await archive.bytes(path))
        .digest('hex');
      assert.equal(path, `blobs/sha256/${hash}`);
    }
  });

  it('leads from the index to the files of each layer', async (t) => {
    const dir = await temporaryDirectory(t);
    await writeArchive(join(dir, 'a.tar'), archiveEntries(await anImage(dir), reference));
    const archive = await readArchive(join(dir, 'a.tar'));
    assert.deepEqual((await archive.config()).config.Entrypoint, ['/app/x.js']);
    assert.equal((await archive.layer(0)).at(-1)?.path, 'etc/passwd');
    assert.equal((await archive.layer(1)).at(-1)?.path, 'app/x.js');
  });

  it('leads Docker to the same config and layers', async (t) => {
    const dir = await temporaryDirectory(t);
    const image = await anImage(dir);
    await writeArchive(join(dir, 'a.tar'), archiveEntries(image, reference));
    const archive = await readArchive(join(dir, 'a.tar'));
    const [docker] = await archive.json<{ Config: string; Layers: string[]; RepoTags: string[] }[]>('manifest.json');
    assert.ok(docker !== undefined);
    assert.deepEqual(docker.RepoTags, ['team/app:v1']);
    for (const path of [docker.Config, ...docker.Layers]) assert.ok(archive.paths.includes(path), path);
  });

  it('is the same, byte for byte, each time', async (t) => {
    const [one, other] = [await temporaryDirectory(t), await temporaryDirectory(t)];
    await writeArchive(join(one, 'a.tar'), archiveEntries(await anImage(one), reference));
    await writeArchive(join(other, 'a.tar'), archiveEntries(await anImage(other), reference));
    assert.deepEqual(await readFile(join(one, 'a.tar')), await readFile(join(other, 'a.tar')));
  });

  it('stops on a signal', async (t) => {
    const dir = await temporaryDirectory(t);
    const writing = writeArchive(
      join(dir, 'a.tar'),
      archiveEntries(await anImage(dir), reference),
      AbortSignal.abort(),
    );
    await assert.rejects(writing, { name: 'AbortError' });
  });
});

describe('archiveEntries', () => {
  it('holds two equal layers once', async (t) => {
    const cacheDir = await temporaryDirectory(t);
    const layer = await buildLayer({ name: 'same', entries: [file('x', '')] }, { cacheDir });
    const image = assemble([layer, layer], { entrypoint: ['/x'], user: '0:0' }, 'amd64');
    const blobs = archiveEntries(image, reference).filter(
      ({ kind, path }) => kind === 'file' && path.startsWith('blobs/'),
    );
    assert.equal(blobs.length, 3);
  });
});
