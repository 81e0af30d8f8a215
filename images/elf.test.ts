import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../test/support/temporary-directory.ts';
import { readElf } from './elf.ts';
import { ImageError } from './image-error.ts';

const own = process.arch === 'arm64' ? 'arm64' : 'amd64';
const isBad = (says: RegExp) => (thrown: unknown) =>
  thrown instanceof ImageError && thrown.code === 'BadEntry' && says.test(thrown.message);

describe('readElf', () => {
  it('finds what ldd finds of a program itself', async () => {
    const elf = await readElf(process.execPath);
    assert.equal(elf.architecture, own);
    const { stdout } = await promisify(execFile)('ldd', [process.execPath]);
    for (const name of [...elf.needed, elf.interpreter]) assert.ok(stdout.includes(String(name)), `ldd has no ${name}`);
    assert.ok(elf.needed.includes('libc.so.6'));
  });

  it('reads a library, which names no loader of its own', async () => {
    const { stdout } = await promisify(execFile)('ldd', [process.execPath]);
    const libm = /libm\.so\.6 => (\S+)/.exec(stdout)?.[1];
    assert.ok(libm !== undefined, stdout);
    const elf = await readElf(libm);
    assert.deepEqual(elf.interpreter, undefined);
    assert.ok(elf.needed.includes('libc.so.6'), elf.needed.join());
  });

  it('reads one of another architecture', async (t) => {
    const path = join(await temporaryDirectory(t), 'libx.so');
    await writeFile(path, anElf({ machine: 183, needed: ['libc.so.6', 'libm.so.6'], interpreter: '/lib/ld.so.1' }));
    assert.deepEqual(await readElf(path), {
      architecture: 'arm64',
      interpreter: '/lib/ld.so.1',
      needed: ['libc.so.6', 'libm.so.6'],
    });
  });

  it('reads a static program, which needs nothing', async (t) => {
    const path = join(await temporaryDirectory(t), 'static');
    await writeFile(path, anElf({ machine: 62, needed: [] }));
    assert.deepEqual(await readElf(path), { architecture: 'amd64', interpreter: undefined, needed: [] });
  });

  it('refuses what is no program, by name', async (t) => {
    const path = join(await temporaryDirectory(t), 'script');
    await writeFile(path, `#!/bin/sh\n${'#'.repeat(80)}`);
    await assert.rejects(readElf(path), isBad(/script is not a 64-bit little-endian ELF file/));
  });

  it('refuses an unknown processor, by number', async (t) => {
    const path = join(await temporaryDirectory(t), 'riscv');
    await writeFile(path, anElf({ machine: 243, needed: [] }));
    await assert.rejects(readElf(path), isBad(/machine 243/));
  });

  it('refuses a file that is cut off', async (t) => {
    const path = join(await temporaryDirectory(t), 'cut');
    await writeFile(path, anElf({ machine: 62, needed: ['libc.so.6'] }).subarray(0, 100));
    await assert.rejects(readElf(path), isBad(/cut ends before its headers do/));
  });
});

interface Wish {
  readonly machine: number;
  readonly needed: readonly string[];
  readonly interpreter?: string;
}

/** The smallest file that the loader's view of a program has: a header, segments, and a dynamic section with strings. */
function anElf({ machine, needed, interpreter }: Wish): Buffer {
  const file = Buffer.alloc(1024);
  const [table, dynamic, strings, loader] = [64, 512, 640, 960];
  const loadedAt = 0x400000;
  file.writeUInt32BE(0x7f454c46, 0);
  file.set([2, 1, 1], 4);
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(BigInt(table), 32);
  file.writeUInt16LE(56, 54);
  const segments = [
    [1, 0, file.length],
    ...(needed.length > 0 ? [[2, dynamic, (needed.length + 2) * 16]] : []),
    ...(interpreter === undefined ? [] : [[3, loader, interpreter.length + 1]]),
  ] as const;
  file.writeUInt16LE(segments.length, 56);
  for (const [index, [type = 0, offset = 0, size = 0]] of segments.entries()) {
    const at = table + index * 56;
    file.writeUInt32LE(type, at);
    file.writeBigUInt64LE(BigInt(offset), at + 8);
    file.writeBigUInt64LE(BigInt(loadedAt + offset), at + 16);
    file.writeBigUInt64LE(BigInt(size), at + 32);
  }
  let end = 1;
  for (const [index, name] of needed.entries()) {
    file.write(name, strings + end, 'latin1');
    file.writeBigInt64LE(1n, dynamic + index * 16);
    file.writeBigUInt64LE(BigInt(end), dynamic + index * 16 + 8);
    end += name.length + 1;
  }
  file.writeBigInt64LE(5n, dynamic + needed.length * 16);
  file.writeBigUInt64LE(BigInt(loadedAt + strings), dynamic + needed.length * 16 + 8);
  if (interpreter !== undefined) file.write(interpreter, loader, 'latin1');
  return file;
}
