import { type FileHandle, open } from 'node:fs/promises';
import { ImageError } from './image-error.ts';
import type { Architecture } from './oci.ts';

/** What a program says about how it is to be loaded. */
export interface Elf {
  readonly architecture: Architecture;
  /** The dynamic loader, as it stands in the program: `/lib64/ld-linux-x86-64.so.2`. Libraries have none. */
  readonly interpreter: string | undefined;
  /** The libraries that it links, by name, in its own order: `libc.so.6`. */
  readonly needed: readonly string[];
}

// Numbers of the ELF-64 object file format, version 1.5, and of its supplements for the two processors.
const machines: Readonly<Record<number, Architecture>> = { 62: 'amd64', 183: 'arm64' };
const loadSegment = 1;
const dynamicSegment = 2;
const interpreterSegment = 3;
const neededTag = 1n;
const stringTableTag = 5n;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/**
 * Reads the header of a program or library of any architecture. `ldd` can only read those of its own.
 *
 * @param path a 64-bit little-endian ELF file
 * @throws ImageError `BadEntry` for anything else
 */
export async function readElf(path: string): Promise<Elf> {
  const handle = await open(path);
  try {
    return await read(handle, path);
  } finally {
    await handle.close();
  }
}

async function read(handle: FileHandle, path: string): Promise<Elf> {
  const header = await bytes(handle, path, 0, 64);
  // Magic number, 64 bits, little-endian.
  if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) {
    throw new ImageError('BadEntry', `${path} is not a 64-bit little-endian ELF file`);
  }
  const machine = header.readUInt16LE(18);
  const architecture = machines[machine];
  if (architecture === undefined) {
    throw new ImageError('BadEntry', `${path} is for the ELF machine ${machine}: only amd64 and arm64 are known`);
  }
  const segments = await segmentsOf(handle, path, header);
  const find = (type: number) => segments.find((segment) => segment.type === type);

  const interpreter = find(interpreterSegment);
  const text = interpreter && (await bytes(handle, path, interpreter.offset, interpreter.size));
  const dynamic = find(dynamicSegment);
  return {
    architecture,
    interpreter: text && stringAt(text, 0),
    needed: dynamic === undefined ? [] : await neededBy(handle, path, segments, dynamic),
  };
}

async function segmentsOf(handle: FileHandle, path: string, header: Buffer): Promise<Segment[]> {
  const [size, count] = [header.readUInt16LE(54), header.readUInt16LE(56)];
  const table = await bytes(handle, path, Number(header.readBigUInt64LE(32)), size * count);
  return Array.from({ length: count }, (_, index) => {
    const at = index * size;
    return {
      type: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: Number(table.readBigUInt64LE(at + 16)),
      size: Number(table.readBigUInt64LE(at + 32)),
    };
  });
}

async function neededBy(handle: FileHandle, path: string, segments: readonly Segment[], dynamic: Segment) {
  const table = await bytes(handle, path, dynamic.offset, dynamic.size);
  const offsets: number[] = [];
  let strings: number | undefined;
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const [tag, value] = [table.readBigInt64LE(at), Number(table.readBigUInt64LE(at + 8))];
    if (tag === neededTag) offsets.push(value);
    if (tag === stringTableTag) strings = value;
  }
  // The table's address is one of memory: the segment that is loaded there says where it lies in the file.
  const home = segments.find(
    ({ type, address, size }) =>
      type === loadSegment && strings !== undefined && strings >= address && strings < address + size,
  );
  if (offsets.length === 0) return [];
  if (home === undefined || strings === undefined) {
    throw new ImageError('BadEntry', `${path} names libraries, and has no table of their names`);
  }
  const start = home.offset + strings - home.address;
  // Long enough for any name of a library; the end of the file may come first.
  return Promise.all(offsets.map(async (offset) => stringAt(await someBytes(handle, start + offset, 256), 0)));
}

async function bytes(handle: FileHandle, path: string, position: number, length: number): Promise<Buffer> {
  const buffer = await someBytes(handle, position, length);
  if (buffer.length < length) throw new ImageError('BadEntry', `${path} ends before its headers do`);
  return buffer;
}

async function someBytes(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), position, length });
  return buffer.subarray(0, bytesRead);
}

function stringAt(buffer: Buffer, start: number): string {
  const end = buffer.indexOf(0, start);
  return buffer.toString('latin1', start, end < 0 ? buffer.length : end);
}
