import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createFakeClock } from '../test/support/fake-clock.ts';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { defaultCacheDir, once, prune } from './cache.ts';

describe('defaultCacheDir', () => {
  it('is below XDG_CACHE_HOME', () => {
    assert.equal(defaultCacheDir({ XDG_CACHE_HOME: '/var/cache/me' }), '/var/cache/me/smooth-operator/images');
  });

  it('is below ~/.cache otherwise', () => {
    assert.equal(defaultCacheDir({}), join(homedir(), '.cache', 'smooth-operator', 'images'));
  });

  it('ignores a relative XDG_CACHE_HOME, as its specification says', () => {
    assert.equal(defaultCacheDir({ XDG_CACHE_HOME: 'cache' }), defaultCacheDir({}));
  });
});

describe('once', () => {
  it('makes a file, and the directories above it', async (t) => {
    const path = join(await temporaryDirectory(t), 'a', 'b', 'file');
    assert.equal(await once(path, (passing) => writeFile(passing, 'made')), false);
    assert.equal(await readFile(path, 'utf8'), 'made');
  });

  it('does not make it again', async (t) => {
    const path = join(await temporaryDirectory(t), 'file');
    await once(path, (passing) => writeFile(passing, 'first'));
    const found = await once(path, () => assert.fail('it is there'));
    assert.equal(found, true);
    assert.equal(await readFile(path, 'utf8'), 'first');
  });

  it('makes a directory too', async (t) => {
    const path = join(await temporaryDirectory(t), 'dir');
    await once(path, async (passing) => {
      await mkdir(passing);
      await writeFile(join(passing, 'x'), '');
    });
    assert.deepEqual(await readdir(path), ['x']);
  });

  it('is not there while it is made', async (t) => {
    const path = join(await temporaryDirectory(t), 'file');
    await once(path, async (passing) => {
      await writeFile(passing, 'half');
      await assert.rejects(stat(path), { code: 'ENOENT' });
    });
  });

  it('leaves nothing behind when it fails, and tells why', async (t) => {
    const dir = await temporaryDirectory(t);
    const failing = once(join(dir, 'file'), async (passing) => {
      await writeFile(passing, 'half');
      throw new Error('disk on fire');
    });
    await assert.rejects(failing, /disk on fire/);
    assert.deepEqual(await readdir(dir), []);
  });

  it('removes a half-made directory as well', async (t) => {
    const dir = await temporaryDirectory(t);
    const failing = once(join(dir, 'made'), async (passing) => {
      await mkdir(join(passing, 'deep'), { recursive: true });
      throw new Error('no');
    });
    await assert.rejects(failing);
    assert.deepEqual(await readdir(dir), []);
  });

  it('lets two make the same directory at once: one wins, both succeed, nothing is left over', async (t) => {
    const dir = await temporaryDirectory(t);
    const path = join(dir, 'made');
    const bothStarted = Promise.withResolvers<void>();
    let started = 0;
    const make = (who: string) => async (passing: string) => {
      await mkdir(passing);
      await writeFile(join(passing, 'who'), who);
      started += 1;
      if (started === 2) bothStarted.resolve();
      await bothStarted.promise;
    };
    await Promise.all([once(path, make('one')), once(path, make('other'))]);
    assert.match(await readFile(join(path, 'who'), 'utf8'), /^(one|other)$/);
    assert.deepEqual(await readdir(dir), ['made']);
  });

  it('marks what it finds as used, so that pruning keeps it', async (t) => {
    const path = join(await temporaryDirectory(t), 'file');
    await writeFile(path, '');
    await utimes(path, 1, 1);
    await once(path, () => assert.fail('it is there'));
    assert.ok((await stat(path)).mtimeMs > 1000);
  });
});

describe('prune', () => {
  async function filled(t: Parameters<typeof temporaryDirectory>[0], names: readonly string[]): Promise<string> {
    const dir = await temporaryDirectory(t);
    for (const [index, name] of names.entries()) {
      await writeFile(join(dir, name), '');
      // The first is the oldest.
      await utimes(join(dir, name), 1000 + index, 1000 + index);
    }
    return dir;
  }

  it('removes what was used longest ago', async (t) => {
    const dir = await filled(t, ['c', 'b', 'a']);
    await prune(dir, { keep: 2 });
    assert.deepEqual((await readdir(dir)).sort(), ['a', 'b']);
  });

  it('removes nothing when there are few enough', async (t) => {
    const dir = await filled(t, ['a', 'b']);
    await prune(dir, { keep: 2 });
    assert.equal((await readdir(dir)).length, 2);
  });

  it('counts and removes only what belongs', async (t) => {
    const dir = await filled(t, ['pause-1', 'other-1', 'pause-2', 'other-2']);
    await prune(dir, { keep: 1, belongs: (name) => name.startsWith('pause-') });
    assert.deepEqual((await readdir(dir)).sort(), ['other-1', 'other-2', 'pause-2']);
  });

  it('leaves what is being written by somebody else', async (t) => {
    const dir = await filled(t, ['x.1.abcd.part', 'a', 'b']);
    await prune(dir, { keep: 1 });
    assert.deepEqual((await readdir(dir)).sort(), ['b', 'x.1.abcd.part']);
  });

  it('removes directories with what is in them', async (t) => {
    const dir = await temporaryDirectory(t);
    await mkdir(join(dir, 'old', 'deep'), { recursive: true });
    await utimes(join(dir, 'old'), 1, 1);
    await prune(dir, { keep: 0 });
    assert.deepEqual(await readdir(dir), []);
  });

  it('removes nothing that was used within the hour: another process may be about to read it', async (t) => {
    const dir = await filled(t, ['a', 'b', 'c']);
    const clock = createFakeClock(1_001_500);
    await prune(dir, { keep: 0, clock });
    assert.equal((await readdir(dir)).length, 3);
    await clock.advance(3_599_000);
    await prune(dir, { keep: 0, clock });
    assert.deepEqual((await readdir(dir)).sort(), ['b', 'c'], 'b was used a second later than a');
  });

  it('has nothing to do in a directory that is not there', async (t) => {
    await prune(join(await temporaryDirectory(t), 'none'), { keep: 1 });
  });
});
