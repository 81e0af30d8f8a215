import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { listTar } from '../test/support/image-archive.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { until } from '../test/support/until.ts';
import { arrange, directory, type Entry, file, symlink } from './entry.ts';
import { ImageError } from './image-error.ts';
import { tarStream } from './tar.ts';

const execute = promisify(execFile);

async function tarOf(...entries: Entry[]): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(tarStream(entries)));
}

/** Has the system's tar unpack it. */
async function unpacked(t: Pick<TestContext, 'after'>, ...entries: Entry[]): Promise<string> {
  const dir = await temporaryDirectory(t);
  await writeFile(join(dir, 'it.tar'), await tarOf(...entries));
  await mkdir(join(dir, 'out'));
  const { stderr } = await execute('tar', ['-xpf', '../it.tar'], { cwd: join(dir, 'out') });
  assert.equal(stderr, '', 'tar has nothing to complain about');
  return join(dir, 'out');
}

describe('tarStream', () => {
  it('writes files, directories and links that tar reads back', async (t) => {
    const out = await unpacked(
      t,
      directory('bin', { mode: 0o700 }),
      file('bin/tool', 'the tool', { mode: 0o750 }),
      symlink('sh', 'bin/tool'),
    );
    assert.equal(await readFile(join(out, 'bin', 'tool'), 'utf8'), 'the tool');
    assert.equal((await stat(join(out, 'bin'))).mode & 0o7777, 0o700);
    assert.equal((await stat(join(out, 'bin', 'tool'))).mode & 0o7777, 0o750);
    assert.equal(await readlink(join(out, 'sh')), 'bin/tool');
  });

  it('has no date, no names, and owners by number', async () => {
    const tar = await tarOf(file('x', 'content', { uid: 65532, gid: 65533 }), directory('tmp', { mode: 0o1777 }));
    const [listedFile, listedDirectory] = await listTar(tar);
    assert.deepEqual(listedFile, { permissions: '-rw-r--r--', owner: '65532/65533', path: 'x', target: undefined });
    assert.equal(listedDirectory?.permissions, 'drwxrwxrwt');
    assert.equal(tar.toString('latin1', 136, 147), '00000000000', 'the modification time');
    assert.equal(tar.toString('latin1', 265, 329), '\0'.repeat(64), 'user and group name');
  });

  it('is the same, byte for byte, each time', async () => {
    const entries = [directory('a'), file('a/b', 'x'.repeat(1000)), symlink('c', 'a/b')];
    assert.deepEqual(await tarOf(...entries), await tarOf(...entries));
  });

  it('writes whole blocks and ends with two empty ones', async () => {
    for (const size of [0, 1, 511, 512, 513, 1024]) {
      const tar = await tarOf(file('x', Buffer.alloc(size, 1)));
      assert.equal(tar.length, 512 + Math.ceil(size / 512) * 512 + 1024, `${size} bytes`);
      assert.ok(tar.subarray(-1024).every((byte) => byte === 0));
    }
  });

  it('is an empty archive, not nothing, without entries', async () => {
    assert.deepEqual(await tarOf(), Buffer.alloc(1024));
  });

  it('marks itself as POSIX ustar', async () => {
    const tar = await tarOf(file('x', ''));
    assert.equal(tar.toString('latin1', 257, 265), 'ustar\x0000');
  });

  it('writes no pax header where none is needed: exactly 100 bytes of path fit', async () => {
    const path = 'x'.repeat(100);
    assert.equal((await tarOf(file(path, ''))).length, 512 + 1024);
    assert.equal((await listTar(await tarOf(file(path, ''))))[0]?.path, path);
  });

  it('writes a directory of 100 bytes with its slash', async (t) => {
    const path = 'd'.repeat(100);
    assert.ok((await stat(join(await unpacked(t, directory(path)), path))).isDirectory());
  });

  for (const length of [101, 155, 256, 900, 980, 990, 1000, 4000]) {
    it(`keeps a path of ${length} bytes`, async () => {
      const path = `${'d/'.repeat(length / 2 - 1)}${'f'.repeat(length % 2 === 0 ? 2 : 3)}`.slice(0, length);
      const listed = await listTar(await tarOf(file(path, 'x')));
      assert.deepEqual(
        listed.map((one) => one.path),
        [path],
      );
    });
  }

  it('keeps a link target longer than 100 bytes', async (t) => {
    const target = `../${'very-long/'.repeat(30)}end`;
    assert.equal(await readlink(join(await unpacked(t, symlink('link', target)), 'link')), target);
  });

  it('keeps what is not ASCII, in paths and targets', async (t) => {
    const out = await unpacked(t, file('zażółć/日本.txt', 'gęślą'), symlink('łącze', 'zażółć/日本.txt'));
    assert.equal(await readFile(join(out, 'zażółć', '日本.txt'), 'utf8'), 'gęślą');
    assert.equal(await readlink(join(out, 'łącze')), 'zażółć/日本.txt');
  });

  it('keeps any path, whatever its length and letters', async (t) => {
    const dir = await temporaryDirectory(t);
    const part = fc
      .stringMatching(/^[a-zé日 ._=-]{1,60}$/)
      .filter((text) => !/^\.{1,2}$/.test(text) && text.trim() === text);
    const path = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(path, fc.integer({ min: 0, max: 2000 }), async (name, size) => {
        await writeFile(join(dir, 'it.tar'), await tarOf(...arrange([file(name, Buffer.alloc(size, 'x'))])));
        const { stdout } = await execute('tar', ['-xOf', join(dir, 'it.tar'), '--', name], { encoding: 'buffer' });
        assert.deepEqual(stdout, Buffer.alloc(size, 'x'));
      }),
      { numRuns: 40 },
    );
  });

  it('pads host files too, so that the next entry begins on a block', async (t) => {
    const dir = await temporaryDirectory(t);
    const sizes = [0, 1, 511, 512, 513, 1000];
    const entries: Entry[] = [];
    for (const size of sizes) {
      await writeFile(join(dir, `${size}`), Buffer.alloc(size, 'x'));
      entries.push(file(`size-${size}`, { hostPath: join(dir, `${size}`) }));
    }
    const out = await unpacked(t, ...entries);
    for (const size of sizes) assert.deepEqual(await readFile(join(out, `size-${size}`)), Buffer.alloc(size, 'x'));
  });

  it('streams a large host file in pieces', async (t) => {
    const dir = await temporaryDirectory(t);
    const hostPath = join(dir, 'large');
    const size = 64 << 20;
    await writeFile(hostPath, '');
    await truncate(hostPath, size);
    let total = 0;
    let largest = 0;
    for await (const chunk of tarStream([file('large', { hostPath })])) {
      total += chunk.length;
      largest = Math.max(largest, chunk.length);
    }
    assert.equal(total, 512 + size + 1024);
    assert.ok(largest <= 1 << 20, `a chunk has ${largest} bytes`);
  });

  it('gives the size of a file beyond 8 GiB in a pax header', async (t) => {
    const dir = await temporaryDirectory(t);
    const hostPath = join(dir, 'huge');
    await writeFile(hostPath, '');
    await truncate(hostPath, 9 * 2 ** 30);
    const stream = tarStream([file('huge', { hostPath })]);
    const { value: head } = await stream.next();
    const { value: records } = await stream.next();
    await stream.return(undefined);
    assert.equal(head?.toString('latin1', 156, 157), 'x');
    assert.match(records?.toString() ?? '', /^19 size=9663676416\n/);
  });

  it('notices a host file that grows while it is read', async (t) => {
    const hostPath = join(await temporaryDirectory(t), 'growing');
    await writeFile(hostPath, 'short');
    const stream = tarStream([file('x', { hostPath })]);
    await stream.next();
    await writeFile(hostPath, 'much longer than it was');
    let written = 0;
    await assert.rejects(
      async () => {
        for await (const chunk of stream) written += chunk.length;
      },
      (thrown) =>
        thrown instanceof ImageError && thrown.code === 'BadEntry' && /growing \(for x\) changed/.test(thrown.message),
    );
    assert.equal(written, 0, 'no more than the header says: not a byte beyond the 5');
  });

  it('notices a host file that shrinks while it is read', async (t) => {
    const hostPath = join(await temporaryDirectory(t), 'shrinking');
    await writeFile(hostPath, 'long enough');
    const stream = tarStream([file('x', { hostPath })]);
    await stream.next();
    await truncate(hostPath, 3);
    await assert.rejects(async () => {
      for await (const _ of stream);
    }, /changed while it was read: build again/);
  });

  it('closes the host file when its reader stops early', async (t) => {
    const hostPath = join(await temporaryDirectory(t), 'file');
    await writeFile(hostPath, Buffer.alloc(4 << 20));
    const stream = tarStream([file('x', { hostPath })]);
    await stream.next();
    await stream.next();
    assert.ok((await openFiles()).includes(hostPath), 'it is open while it is read');
    await stream.return(undefined);
    await until(async () => !(await openFiles()).includes(hostPath), { what: 'the file to be closed' });
  });
});

/** The files that this process has open. */
async function openFiles(): Promise<string[]> {
  const files: string[] = [];
  for (const fd of await readdir('/proc/self/fd')) {
    // The one that readdir itself had is gone again.
    files.push(await readlink(`/proc/self/fd/${fd}`).catch((thrown: unknown) => String(thrown)));
  }
  return files;
}
