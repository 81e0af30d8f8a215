import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { ImageError } from './image-error.ts';
import { blobPath } from './oci.ts';

/** An image archive on disk, as `writeArchive` writes it. */
export interface ImageArchive {
  /** The JSON in one of its files. */
  json(path: string): Promise<unknown>;
  /** Bytes of a blob. */
  sizeOf(digest: string): number;
  /** The content of a blob, in memory: for documents. */
  bytes(digest: string): Promise<Buffer>;
  /** The content of a blob, as a stream that can be asked for again. */
  stream(digest: string): Readable;
}

interface Member {
  readonly offset: number;
  readonly size: number;
}

const block = 512;

/**
 * Opens an image archive: its headers are read, its content when it is asked for.
 *
 * @throws ImageError `Io` when it is not there, `BadEntry` when it is no archive of ours
 */
export async function openArchive(path: string): Promise<ImageArchive> {
  const members = await membersOf(path);
  const find = (name: string): Member => {
    const member = members.get(name);
    if (member === undefined) throw new ImageError('BadEntry', `${path} has no ${name}: it is no image archive`);
    return member;
  };
  const blob = (digest: string) => find(blobPath(digest));
  const read = async ({ offset, size }: Member) => {
    const handle = await open(path);
    try {
      const { buffer } = await handle.read({ buffer: Buffer.alloc(size), position: offset, length: size });
      return buffer;
    } finally {
      await handle.close();
    }
  };
  return {
    json: async (name) => JSON.parse((await read(find(name))).toString()),
    sizeOf: (digest) => blob(digest).size,
    bytes: (digest) => read(blob(digest)),
    stream(digest) {
      const { offset, size } = blob(digest);
      return createReadStream(path, { start: offset, end: offset + size - 1, highWaterMark: 1 << 20 });
    },
  };
}

/** Plain ustar, with short names: our archives have nothing else. */
async function membersOf(path: string): Promise<ReadonlyMap<string, Member>> {
  const handle = await open(path).catch((thrown: unknown) => {
    throw ImageError.from(thrown);
  });
  try {
    const members = new Map<string, Member>();
    const header = Buffer.alloc(block);
    for (let at = 0; ; ) {
      const { bytesRead } = await handle.read({ buffer: header, position: at, length: block });
      // Two empty blocks end an archive; a name is what the first would begin with.
      if (bytesRead < block || header[0] === 0) return members;
      if (header.toString('latin1', 257, 262) !== 'ustar')
        throw new ImageError('BadEntry', `${path} is no tar archive`);
      const text = (start: number, end: number) => header.toString('latin1', start, end).replace(/\0.*$/s, '');
      const size = Number.parseInt(text(124, 136), 8);
      members.set(text(0, 100), { offset: at + block, size });
      at += block + Math.ceil(size / block) * block;
    }
  } finally {
    await handle.close();
  }
}
