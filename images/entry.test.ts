import assert from 'node:assert/strict';
import { chmod, symlink as linkOnHost, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { arrange, directory, type Entry, file, symlink, tree } from './entry.ts';
import { ImageError } from './image-error.ts';

const isBadEntry = (says: RegExp) => (thrown: unknown) =>
  thrown instanceof ImageError && thrown.code === 'BadEntry' && says.test(thrown.message);

const paths = (entries: readonly Entry[]) => entries.map((entry) => entry.path);

describe('an entry', () => {
  it('belongs to root and is readable by all unless told otherwise', () => {
    assert.deepEqual(file('etc/x', 'text'), {
      kind: 'file',
      path: 'etc/x',
      mode: 0o644,
      uid: 0,
      gid: 0,
      content: Buffer.from('text'),
    });
    assert.equal(directory('etc').mode, 0o755);
    assert.equal(symlink('bin', 'usr/bin').target, 'usr/bin');
  });

  it('takes mode and owner', () => {
    const entry = file('x', '', { mode: 0o600, uid: 65532, gid: 7 });
    assert.deepEqual([entry.mode, entry.uid, entry.gid], [0o600, 65532, 7]);
  });

  it('points at a host file without reading it', () => {
    assert.deepEqual(file('x', { hostPath: '/no/such/file' }).content, { hostPath: '/no/such/file' });
  });
});

describe('arrange', () => {
  it('sorts by path and puts parents first', () => {
    const arranged = arrange([file('b/x', ''), file('a', ''), directory('b')]);
    assert.deepEqual(paths(arranged), ['a', 'b', 'b/x']);
  });

  it('adds the parents that nobody listed, as plain directories', () => {
    const arranged = arrange([file('usr/local/bin/node', '')]);
    assert.deepEqual(paths(arranged), ['usr', 'usr/local', 'usr/local/bin', 'usr/local/bin/node']);
    assert.deepEqual(arranged[0], directory('usr'));
  });

  it("keeps a listed parent's own mode", () => {
    const [tmp] = arrange([file('tmp/x', ''), directory('tmp', { mode: 0o1777 })]);
    assert.equal(tmp?.mode, 0o1777);
  });

  it('gives one order whatever order it is given', () => {
    const entry = fc.stringMatching(/^[a-c]{1,2}(\/[a-c]{1,2}){0,3}$/).map((path) => directory(path));
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: (one) => one.path }), (entries) => {
        assert.deepEqual(arrange(entries), arrange([...entries].reverse()));
      }),
    );
  });

  it('never puts an entry before its parent', () => {
    const entry = fc.stringMatching(/^[a-c.!-]{1,2}x(\/[a-c.!-]{1,2}x){0,3}$/).map((path) => directory(path));
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: (one) => one.path }), (entries) => {
        const seen = new Set<string>();
        for (const { path } of arrange(entries)) {
          const slash = path.lastIndexOf('/');
          assert.ok(slash < 0 || seen.has(path.slice(0, slash)), `${path} comes before its parent`);
          seen.add(path);
        }
      }),
    );
  });

  it('refuses the same path twice, which would make the last one win in silence', () => {
    assert.throws(() => arrange([file('a', '1'), file('a', '2')]), isBadEntry(/has a twice/));
  });

  it('refuses a file under a file', () => {
    assert.throws(() => arrange([file('a', ''), file('a/b', '')]), isBadEntry(/a\/b lies under a, which is a file/));
  });

  it('refuses a file under a symbolic link, which extractors follow or break', () => {
    assert.throws(() => arrange([symlink('lib', 'usr/lib'), file('lib/x', '')]), isBadEntry(/is a symlink/));
  });

  for (const path of ['', '/etc/x', 'etc/', 'a//b', './a', 'a/../b', '..', 'a\0b']) {
    it(`refuses the path ${JSON.stringify(path)}`, () => {
      assert.throws(() => arrange([file(path, '')]), isBadEntry(/is not a path inside an image/));
    });
  }
});

describe('tree', () => {
  it('takes everything below a directory, sorted, under another name', async (t) => {
    const dir = await temporaryDirectory(t);
    await mkdir(join(dir, 'lib', 'deep'), { recursive: true });
    await writeFile(join(dir, 'lib', 'deep', 'z.js'), 'z');
    await writeFile(join(dir, 'lib', 'a.js'), 'a');
    await linkOnHost('lib/a.js', join(dir, 'main.js'));
    const entries = await tree(dir, 'app');
    assert.deepEqual(paths(entries), [
      'app',
      'app/lib',
      'app/lib/a.js',
      'app/lib/deep',
      'app/lib/deep/z.js',
      'app/main.js',
    ]);
    assert.deepEqual(entries[2], file('app/lib/a.js', { hostPath: join(dir, 'lib', 'a.js') }));
    assert.deepEqual(entries[5], symlink('app/main.js', 'lib/a.js'));
  });

  it("makes modes plain, so that the host's umask does not change the digest", async (t) => {
    const dir = await temporaryDirectory(t);
    for (const [name, mode] of [
      ['private', 0o600],
      ['tool', 0o700],
      ['open', 0o666],
      ['setuid', 0o4755],
    ] as const) {
      await writeFile(join(dir, name), '');
      await chmod(join(dir, name), mode);
    }
    const modes = Object.fromEntries((await tree(dir, 'app')).map((entry) => [entry.path, entry.mode]));
    assert.deepEqual(modes, {
      app: 0o755,
      'app/open': 0o644,
      'app/private': 0o644,
      'app/setuid': 0o755,
      'app/tool': 0o755,
    });
  });

  it('leaves out what it is told to, and does not enter directories that are left out', async (t) => {
    const dir = await temporaryDirectory(t);
    await mkdir(join(dir, 'skip', 'inner'), { recursive: true });
    await writeFile(join(dir, 'keep.js'), '');
    await writeFile(join(dir, 'keep.d.ts'), '');
    const asked: string[] = [];
    const entries = await tree(dir, 'app', (path) => {
      asked.push(path);
      return path !== 'skip' && !path.endsWith('.d.ts');
    });
    assert.deepEqual(paths(entries), ['app', 'app/keep.js']);
    assert.deepEqual(asked, ['keep.d.ts', 'keep.js', 'skip']);
  });

  it('keeps an empty directory', async (t) => {
    const dir = await temporaryDirectory(t);
    await mkdir(join(dir, 'empty'));
    assert.deepEqual(paths(await tree(dir, 'app')), ['app', 'app/empty']);
  });

  it('does not follow a link to a directory, which may lead in a circle', async (t) => {
    const dir = await temporaryDirectory(t);
    await linkOnHost('.', join(dir, 'self'));
    assert.deepEqual(paths(await tree(dir, 'app')), ['app', 'app/self']);
  });

  it('refuses what an image cannot hold, by name', async (t) => {
    const dir = await temporaryDirectory(t);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(dir, 'socket'), resolve));
    try {
      await assert.rejects(tree(dir, 'app'), isBadEntry(/socket is neither a file/));
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
