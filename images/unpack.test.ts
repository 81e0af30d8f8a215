import assert from 'node:assert/strict';
import { mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { directory, file, symlink } from './entry.ts';
import { ImageError } from './image-error.ts';
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
});
