import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { arrange, directory, file, symlink } from './entry.ts';
import { ImageError } from './image-error.ts';
import { tarStream } from './tar.ts';
import { unpackLayers } from './unpack.ts';

describe('unpackLayers', () => {
  it('writes files, directories and links, with their modes whatever the umask', async (t) => {
    const dir = join(await temporaryDirectory(t), 'root');
    const host = join(await temporaryDirectory(t), 'source');
    await writeFile(host, 'from the host', { mode: 0o600 });
    const before = process.umask(0o077);
    t.after(() => process.umask(before));
    const entries = [
      file('app/x.js', 'x'),
      file('bin/tool', { hostPath: host }, { mode: 0o755 }),
      symlink('sh', 'bin/tool'),
      directory('tmp', { mode: 0o1777 }),
    ];
    await unpackLayers([{ name: 'one', entries }], dir);
    const mode = async (path: string) => (await stat(join(dir, path))).mode & 0o7777;
    assert.equal(await readFile(join(dir, 'app', 'x.js'), 'utf8'), 'x');
    assert.equal(await readFile(join(dir, 'bin', 'tool'), 'utf8'), 'from the host');
    assert.equal(await readlink(join(dir, 'sh')), 'bin/tool');
    assert.deepEqual(
      [await mode('app'), await mode('app/x.js'), await mode('bin/tool'), await mode('tmp')],
      [0o755, 0o644, 0o755, 0o1777],
    );
  });

  it('lets a higher layer replace what a lower one has, a link as well', async (t) => {
    const dir = join(await temporaryDirectory(t), 'root');
    const lower = { name: 'lower', entries: [file('a', 'old'), symlink('b', 'a'), file('kept', 'kept')] };
    const upper = { name: 'upper', entries: [file('a', 'new'), file('b', 'a file now')] };
    await unpackLayers([lower, upper], dir);
    const read = (name: string) => readFile(join(dir, name), 'utf8');
    assert.deepEqual([await read('a'), await read('b'), await read('kept')], ['new', 'a file now', 'kept']);
  });

  it('fills a directory that forbids writing', async (t) => {
    const dir = join(await temporaryDirectory(t), 'root');
    await unpackLayers([{ name: 'x', entries: [directory('locked', { mode: 0o555 }), file('locked/x', 'in')] }], dir);
    assert.equal(await readFile(join(dir, 'locked', 'x'), 'utf8'), 'in');
    assert.equal((await stat(join(dir, 'locked'))).mode & 0o777, 0o555);
  });

  it('takes an empty directory that is there', async (t) => {
    const dir = await temporaryDirectory(t);
    await unpackLayers([{ name: 'x', entries: [file('x', '')] }], dir);
    assert.equal(await readFile(join(dir, 'x'), 'utf8'), '');
  });

  it('refuses one that holds something, and leaves it alone', async (t) => {
    const dir = await temporaryDirectory(t);
    await mkdir(join(dir, 'mine'));
    await assert.rejects(unpackLayers([{ name: 'x', entries: [file('x', '')] }], dir), (thrown) => {
      assert.ok(thrown instanceof ImageError);
      assert.equal(thrown.code, 'BadEntry');
      return thrown.message.startsWith(`${dir} is not empty`);
    });
    await assert.rejects(stat(join(dir, 'x')), { code: 'ENOENT' });
  });

  it('writes what a container runtime would: the same as unpacking the layers one over the other', async (t) => {
    const name = fc.constantFrom('a', 'b', 'c');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    // A path has one kind in both layers: a file that becomes a directory is what runtimes differ on.
    const kindOf = (where: string) => (where.split('/').length === 3 ? 'file' : 'directory');
    const layer = fc
      .uniqueArray(path)
      .chain((paths) =>
        fc.tuple(
          ...paths.map((where) =>
            kindOf(where) === 'file'
              ? fc.tuple(fc.string(), fc.constantFrom(0o644, 0o755)).map(([text, mode]) => file(where, text, { mode }))
              : fc.constantFrom(0o755, 0o1777).map((mode) => directory(where, { mode })),
          ),
        ),
      );
    await fc.assert(
      fc.asyncProperty(layer, layer, async (lower, upper) => {
        const home = await temporaryDirectory(t);
        const layers = [lower, upper].map((entries, index) => ({ name: String(index), entries }));
        await unpackLayers(layers, join(home, 'ours'));
        await mkdir(join(home, 'theirs'));
        for (const { entries } of layers) {
          const tar = Buffer.concat(await Array.fromAsync(tarStream(arrange(entries))));
          await writeFile(join(home, 'layer.tar'), tar);
          await promisify(execFile)('tar', ['-xpf', join(home, 'layer.tar')], { cwd: join(home, 'theirs') });
        }
        assert.deepEqual(await contentOf(join(home, 'ours')), await contentOf(join(home, 'theirs')));
      }),
      { numRuns: 20 },
    );
  });
});

/** Every path below a directory with its mode and, for a file, its text. */
async function contentOf(dir: string): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const path of (await readdir(dir, { recursive: true })).sort()) {
    const facts = await stat(join(dir, path));
    const text = facts.isFile() ? await readFile(join(dir, path), 'utf8') : '';
    content[path] = `${(facts.mode & 0o7777).toString(8)} ${text}`;
  }
  return content;
}
