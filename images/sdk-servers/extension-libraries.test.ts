import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { ImageError } from '../image-error.ts';
import { copyLibraries, extensionLibraries, parseExtensionLibraries } from './extension-libraries.ts';

const asyncio = `/py/lib-dynload/_asyncio.so:
\tlinux-vdso.so.1 (0x00007faa0f5da000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007faa0f3d5000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007faa0f5dc000)
`;
const bisect = `/py/lib-dynload/_bisect.so:
\tstatically linked
`;
const bz2 = `/py/lib-dynload/_bz2.so:
\tlinux-vdso.so.1 (0x00007fa9c7f84000)
\tlibbz2.so.1.0 => /lib/x86_64-linux-gnu/libbz2.so.1.0 (0x00007fa9c7f59000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fa9c7d77000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007fa9c7f86000)
`;
const dbm = `/py/lib-dynload/_dbm.so:
\tlinux-vdso.so.1 (0x00007fa9c7f84000)
\tlibdb-5.3.so => not found
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fa9c7d77000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007fa9c7f86000)
`;

describe('parseExtensionLibraries', () => {
  it('puts the libraries of all modules together', () => {
    const { libraries, unusable } = parseExtensionLibraries(asyncio + bisect + bz2);
    assert.deepEqual(
      [...libraries],
      [
        ['libc.so.6', '/lib/x86_64-linux-gnu/libc.so.6'],
        ['libbz2.so.1.0', '/lib/x86_64-linux-gnu/libbz2.so.1.0'],
      ],
    );
    assert.equal(unusable.size, 0);
  });

  it('tells modules that cannot be loaded, by the library that they miss, and leaves out what else they link', () => {
    const { libraries, unusable } = parseExtensionLibraries(dbm + bisect);
    assert.deepEqual([...unusable], [['/py/lib-dynload/_dbm.so', 'libdb-5.3.so']]);
    assert.equal(libraries.size, 0);
  });

  it('takes a module that links nothing', () => {
    const { libraries, unusable } = parseExtensionLibraries(bisect);
    assert.deepEqual([libraries.size, unusable.size], [0, 0]);
  });

  it('refuses modules of another libc', () => {
    const musl = '/py/_ssl.so:\n\tlibc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f1)\n';
    assert.throws(
      () => parseExtensionLibraries(musl),
      (thrown) => thrown instanceof ImageError && thrown.code === 'HostUnsupported' && /_ssl\.so/.test(thrown.message),
    );
  });
});

describe('extensionLibraries', () => {
  it('asks nobody about nothing', async () => {
    assert.equal((await extensionLibraries([], AbortSignal.abort())).libraries.size, 0);
  });

  it('asks about a single file as about many', async () => {
    const { libraries } = await extensionLibraries([process.execPath], undefined);
    assert.ok(libraries.has('libc.so.6'));
  });
});

describe('copyLibraries', () => {
  it('copies each under its name, except what lies where it stays', async (t) => {
    const dir = await temporaryDirectory(t);
    const packages = join(dir, 'packages');
    await mkdir(join(packages, 'x.libs'), { recursive: true });
    await writeFile(join(dir, 'libssl.so.3.0.1'), 'ssl');
    await writeFile(join(packages, 'x.libs', 'libx.so'), 'x');
    const libraries = new Map([
      ['libssl.so.3', join(dir, 'libssl.so.3.0.1')],
      ['libx.so', join(packages, 'x.libs', 'libx.so')],
    ]);
    await copyLibraries(libraries, join(dir, 'out'), packages);
    assert.deepEqual(await readdir(join(dir, 'out')), ['libssl.so.3']);
    assert.equal(await readFile(join(dir, 'out', 'libssl.so.3'), 'utf8'), 'ssl');
  });

  it('makes the directory also for nothing', async (t) => {
    const dir = await temporaryDirectory(t);
    await copyLibraries(new Map(), join(dir, 'deep', 'out'));
    assert.deepEqual(await readdir(join(dir, 'deep', 'out')), []);
  });

  it('refuses a library that is linked by its path', async (t) => {
    const dir = await temporaryDirectory(t);
    await assert.rejects(
      copyLibraries(new Map([['../x.so', process.execPath]]), dir),
      (thrown) => thrown instanceof ImageError && thrown.code === 'BadEntry' && thrown.message.startsWith('../x.so'),
    );
  });
});
