import assert from 'node:assert/strict';
import { readdir, readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readArchive } from '../test/support/image-archive.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { buildImage, buildRecipe, unpackImage } from './build.ts';
import { catalog } from './catalog.ts';
import { file } from './entry.ts';
import { ImageError } from './image-error.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

async function options(t: TestContext) {
  const said: string[] = [];
  return { cacheDir: await temporaryDirectory(t), progress: (line: string) => said.push(line), said };
}

describe('buildImage', () => {
  it('makes an archive of an image, under the name that it has by default', async (t) => {
    const built = await buildImage('pause', await options(t));
    assert.equal(built.ref, 'smooth-operator/pause:dev');
    assert.equal(built.canonicalRef, 'docker.io/smooth-operator/pause:dev');
    assert.equal(built.cached, false);
    assert.equal(built.size, (await stat(built.archivePath)).size);
    const archive = await readArchive(built.archivePath);
    const config = await archive.config();
    assert.equal(config.architecture, architecture);
    assert.deepEqual(config.config.Entrypoint, ['/pause']);
    assert.equal(config.config.User, '65535:65535');
    assert.deepEqual(await archive.layer(0), [
      { permissions: '-rwxr-xr-x', owner: '0/0', path: 'pause', target: undefined },
    ]);
  });

  it('says the digest that a container runtime will show', async (t) => {
    const built = await buildImage('pause', await options(t));
    const index = await (await readArchive(built.archivePath)).json<{ manifests: { digest: string }[] }>('index.json');
    assert.equal(index.manifests[0]?.digest, built.digest);
  });

  it('says what it does the first time, and nothing the second', async (t) => {
    const given = await options(t);
    const first = await buildImage('pause', given);
    assert.match(
      given.said.join('\n'),
      /^compiling pause .*\nwriting layer pause .*\nwriting smooth-operator\/pause:dev$/,
    );
    given.said.length = 0;
    const second = await buildImage('pause', given);
    assert.deepEqual(given.said, []);
    assert.deepEqual(second, { ...first, cached: true });
  });

  it('gives the same digest from an empty cache', async (t) => {
    const [one, other] = [await buildImage('pause', await options(t)), await buildImage('pause', await options(t))];
    assert.equal(one.digest, other.digest);
    assert.deepEqual(await readFile(one.archivePath), await readFile(other.archivePath));
  });

  it('takes another name, which changes the archive but not the image', async (t) => {
    const given = await options(t);
    const named = await buildImage('pause', { ...given, ref: 'registry.example:5000/team/pause:v1' });
    const plain = await buildImage('pause', given);
    assert.equal(named.ref, 'registry.example:5000/team/pause:v1');
    assert.equal(named.canonicalRef, named.ref);
    assert.equal(named.digest, plain.digest);
    assert.notEqual(named.archivePath, plain.archivePath);
    const [docker] = await (await readArchive(named.archivePath)).json<{ RepoTags: string[] }[]>('manifest.json');
    assert.deepEqual(docker?.RepoTags, [named.ref]);
  });

  it('refuses a bad name before it does anything', async (t) => {
    const given = await options(t);
    await assert.rejects(buildImage('pause', { ...given, ref: 'Team/Pause' }), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      return thrown.code === 'BadReference';
    });
    assert.deepEqual(await readdir(given.cacheDir), []);
  });

  it('puts a copy where it is told, making the directory', async (t) => {
    const given = await options(t);
    const out = join(await temporaryDirectory(t), 'deep', 'pause.tar');
    const built = await buildImage('pause', { ...given, out });
    assert.equal(built.archivePath, out);
    assert.deepEqual(await readdir(join(out, '..')), ['pause.tar'], 'no passing file is left');
    assert.deepEqual((await readArchive(out)).paths.includes('oci-layout'), true);
  });

  it('replaces an older copy', async (t) => {
    const given = await options(t);
    const out = join(await temporaryDirectory(t), 'pause.tar');
    await buildImage('pause', { ...given, out, ref: 'team/old:v1' });
    await buildImage('pause', { ...given, out, ref: 'team/new:v1' });
    const [docker] = await (await readArchive(out)).json<{ RepoTags: string[] }[]>('manifest.json');
    assert.deepEqual(docker?.RepoTags, ['team/new:v1']);
  });

  it('leaves nothing behind when the copy cannot be made, and says why', async (t) => {
    const given = await options(t);
    const dir = await temporaryDirectory(t);
    const building = buildImage('pause', { ...given, out: dir });
    await assert.rejects(building, (thrown) => thrown instanceof ImageError && thrown.code === 'Io');
    assert.deepEqual(await readdir(dir), []);
    const leftOver = (await readdir(join(dir, '..'))).filter((name) => name.endsWith(`${process.pid}.part`));
    assert.deepEqual(leftOver, []);
  });

  it('keeps the cache small: two archives of an image', async (t) => {
    const given = await options(t);
    for (const tag of ['a', 'b', 'c']) {
      const { archivePath } = await buildImage('pause', { ...given, ref: `team/pause:${tag}` });
      // Long ago: what was just built is kept for whoever is about to read it.
      if (tag !== 'c') await utimes(archivePath, 1, 1);
    }
    assert.equal((await readdir(join(given.cacheDir, 'archives'))).length, 2);
  });

  it("does not count the archives of an image whose name begins with another's", async (t) => {
    const given = await options(t);
    const recipe = catalog.pause.recipe;
    const names = ['sdk', 'sdk-go', 'sdk-go-old'];
    for (const name of names) {
      const { archivePath } = await buildRecipe(name, recipe, given);
      await utimes(archivePath, 1, 1);
    }
    await buildRecipe('sdk', recipe, given);
    assert.equal((await readdir(join(given.cacheDir, 'archives'))).length, names.length);
  });

  it('can be asked for twice at once', async (t) => {
    const given = await options(t);
    const [one, other] = await Promise.all([buildImage('pause', given), buildImage('pause', given)]);
    assert.equal(one.archivePath, other.archivePath);
    assert.deepEqual(await readdir(join(given.cacheDir, 'layers')).then((names) => names.length), 1);
  });

  it('stops on a signal with its own error, leaving no half-made file', async (t) => {
    const given = await options(t);
    const controller = new AbortController();
    const progress = (line: string) => {
      if (line.startsWith('compiling')) controller.abort();
    };
    const building = buildImage('pause', { ...given, progress, signal: controller.signal });
    await assert.rejects(building, (thrown) => thrown instanceof ImageError && thrown.code === 'Aborted');
    assert.deepEqual(await readdir(join(given.cacheDir, 'pause')), []);
  });
});

describe('buildRecipe', () => {
  it('makes an image that is not in the catalog, under the name that it is given', async (t) => {
    const recipe = async () => ({
      layers: [{ name: 'one', entries: [file('hello', 'hi')] }],
      run: { entrypoint: ['/hello'], user: '1:1' },
    });
    const built = await buildRecipe('test-only', recipe, await options(t));
    assert.equal(built.name, 'test-only');
    assert.equal(built.ref, 'smooth-operator/test-only:dev');
    assert.deepEqual((await (await readArchive(built.archivePath)).config()).config.Entrypoint, ['/hello']);
  });

  it("gives a recipe's failure a code", async (t) => {
    const recipe = async () => {
      throw new Error('no such thing');
    };
    await assert.rejects(buildRecipe('test-only', recipe, await options(t)), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      return thrown.code === 'Unknown' && thrown.message === 'no such thing';
    });
  });
});

describe('unpackImage', () => {
  it('writes the files that the archive has', async (t) => {
    const dir = join(await temporaryDirectory(t), 'root');
    await unpackImage('pause', dir, await options(t));
    assert.deepEqual(await readdir(dir), ['pause']);
    assert.equal((await stat(join(dir, 'pause'))).mode & 0o777, 0o755);
  });

  it('refuses a directory that holds something', async (t) => {
    const given = await options(t);
    await buildImage('pause', given);
    await assert.rejects(unpackImage('pause', given.cacheDir, given), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      return thrown.code === 'BadEntry' && thrown.message.includes(given.cacheDir);
    });
  });
});
