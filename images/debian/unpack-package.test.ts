import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../../test/support/temporary-directory.ts';
import { arMembers, unpackPackage } from './unpack-package.ts';

const execute = promisify(execFile);

/** An `ar` archive as dpkg writes it. */
function ar(members: readonly (readonly [name: string, content: Buffer])[]): Buffer {
  const parts: Buffer[] = [Buffer.from('!<arch>\n')];
  for (const [name, content] of members) {
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`;
    parts.push(Buffer.from(header), content, Buffer.alloc(content.length % 2, '\n'));
  }
  return Buffer.concat(parts);
}

async function tarOf(directory: string): Promise<Buffer> {
  const { stdout } = await execute('tar', ['-czf', '-', '-C', directory, '.'], { encoding: 'buffer' });
  return stdout;
}

describe('arMembers', () => {
  it('finds members of even and odd length', () => {
    const members = arMembers(
      ar([
        ['debian-binary', Buffer.from('2.0\n')],
        ['odd', Buffer.from('abc')],
        ['last', Buffer.from('z')],
      ]),
      'x',
    );
    assert.deepEqual(
      members.map(({ name, content }) => [name, content.toString()]),
      [
        ['debian-binary', '2.0\n'],
        ['odd', 'abc'],
        ['last', 'z'],
      ],
    );
  });

  it("takes the other spelling of a name, with GNU's slash", () => {
    assert.equal(arMembers(ar([['data.tar.xz/', Buffer.from('x')]]), 'x')[0]?.name, 'data.tar.xz');
  });

  it('refuses what is no archive', () => {
    assert.throws(() => arMembers(Buffer.from('<html>'), 'x.deb'), {
      code: 'BadEntry',
      message: /x\.deb is no package/,
    });
  });

  it('refuses one that is cut off, and says in which member', () => {
    const whole = ar([['data.tar.xz', Buffer.from('0123456789')]]);
    assert.throws(
      () => arMembers(whole.subarray(0, whole.length - 4), 'x.deb'),
      /ends in the middle of "data\.tar\.xz"/,
    );
  });
});

describe('unpackPackage', () => {
  it('unpacks files and what the package says of itself, once', async (t) => {
    const directory = await temporaryDirectory(t);
    const [data, control] = [join(directory, 'data'), join(directory, 'control')];
    await mkdir(join(data, 'usr', 'lib'), { recursive: true });
    await mkdir(control);
    await writeFile(join(data, 'usr', 'lib', 'libx.so'), 'x');
    await writeFile(join(control, 'control'), 'Package: libx\n');
    await writeFile(join(control, 'postinst'), '#!/bin/sh\ntouch /ran\n');
    const path = join(directory, 'abc.deb');
    await writeFile(
      path,
      ar([
        ['debian-binary', Buffer.from('2.0\n')],
        ['control.tar.gz', await tarOf(control)],
        ['data.tar.gz', await tarOf(data)],
      ]),
    );
    const context = { architecture: 'amd64', cacheDir: directory, progress: () => undefined } as const;
    const unpacked = await unpackPackage(context, path);
    assert.equal(unpacked.control, 'Package: libx\n');
    assert.equal(await readFile(join(unpacked.root, 'usr', 'lib', 'libx.so'), 'utf8'), 'x');
    const before = await stat(join(unpacked.root, 'usr'));
    await unpackPackage(context, path);
    assert.equal((await stat(join(unpacked.root, 'usr'))).ino, before.ino, 'it was not unpacked again');
  });

  it('refuses a package without files, and leaves nothing half', async (t) => {
    const directory = await temporaryDirectory(t);
    const path = join(directory, 'abc.deb');
    await writeFile(path, ar([['debian-binary', Buffer.from('2.0\n')]]));
    const context = { architecture: 'amd64', cacheDir: directory, progress: () => undefined } as const;
    await assert.rejects(unpackPackage(context, path), { code: 'BadEntry', message: /has no control\.tar/ });
    await assert.rejects(stat(join(directory, 'abc')), { code: 'ENOENT' });
  });
});
