import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Entry } from './entry.ts';
import { ImageError } from './image-error.ts';

/** Everything is from the epoch: a time of day in a layer would give every build its own digest. */
const mtimeSeconds = 0;
const block = 512;
/** Twelve octal digits less the terminator: the most that a ustar size field holds. */
const largestUstarSize = 0o77777777777;

/**
 * A tar archive, as a stream: POSIX ustar, with a pax header (IEEE Std 1003.1-2008, "pax Interchange Format") where
 * a path or link target is longer than 100 bytes or not ASCII, or a file larger than 8 GiB.
 *
 * Host files are read as they are needed, so an archive of any size takes a few buffers of memory.
 *
 * @param entries in the order in which they are written; `arrange` makes a good one
 * @yields the archive's bytes, with the two empty blocks that end it
 * @throws ImageError `BadEntry` when a host file changes size while it is read
 */
export async function* tarStream(entries: Iterable<Entry>): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    const size = await sizeOf(entry);
    const name = entry.kind === 'directory' ? `${entry.path}/` : entry.path;
    const target = entry.kind === 'symlink' ? entry.target : '';
    const pax = paxRecords({ path: name, linkpath: target, size });
    if (pax.length > 0) {
      yield header({ name: 'PaxHeader', mode: 0o644, uid: 0, gid: 0, size: pax.length, type: 'x', target: '' });
      yield padded(pax);
    }
    yield header({ name, mode: entry.mode, uid: entry.uid, gid: entry.gid, size, type: typeFlag[entry.kind], target });
    if (entry.kind === 'file') yield* contentOf(entry.path, entry.content, size);
  }
  yield Buffer.alloc(2 * block);
}

const typeFlag = { file: '0', symlink: '2', directory: '5' } as const;

async function sizeOf(entry: Entry): Promise<number> {
  if (entry.kind !== 'file') return 0;
  return Buffer.isBuffer(entry.content) ? entry.content.length : (await stat(entry.content.hostPath)).size;
}

async function* contentOf(
  path: string,
  content: Buffer | { readonly hostPath: string },
  size: number,
): AsyncGenerator<Buffer> {
  if (Buffer.isBuffer(content)) return yield padded(content);
  let read = 0;
  for await (const chunk of createReadStream(content.hostPath, { highWaterMark: 1 << 20 })) {
    const bytes: Buffer = chunk;
    read += bytes.length;
    // Stop before the bytes leave: a longer body than its header says would shift every entry after it.
    if (read > size) break;
    yield bytes;
  }
  if (read !== size) {
    throw new ImageError('BadEntry', `${content.hostPath} (for ${path}) changed while it was read: build again`);
  }
  yield Buffer.alloc(padding(size));
}

interface Header {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly type: string;
  readonly target: string;
}

function header({ name, mode, uid, gid, size, type, target }: Header): Buffer {
  const bytes = Buffer.alloc(block);
  // What does not fit is in the pax header before this one; here it is cut, which old readers at least survive.
  bytes.write(name, 0, 100);
  octal(bytes, mode, 100, 8);
  octal(bytes, uid, 108, 8);
  octal(bytes, gid, 116, 8);
  octal(bytes, Math.min(size, largestUstarSize), 124, 12);
  octal(bytes, mtimeSeconds, 136, 12);
  bytes.fill(' ', 148, 156);
  bytes.write(type, 156);
  bytes.write(target, 157, 100);
  bytes.write('ustar\0' + '00', 257);
  octal(bytes, 0, 329, 8);
  octal(bytes, 0, 337, 8);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

function octal(bytes: Buffer, value: number, offset: number, width: number): void {
  bytes.write(value.toString(8).padStart(width - 1, '0'), offset);
}

function paxRecords(fields: { readonly path: string; readonly linkpath: string; readonly size: number }): Buffer {
  const records: string[] = [];
  if (!fitsUstar(fields.path)) records.push(paxRecord('path', fields.path));
  if (!fitsUstar(fields.linkpath)) records.push(paxRecord('linkpath', fields.linkpath));
  if (fields.size > largestUstarSize) records.push(paxRecord('size', String(fields.size)));
  return Buffer.from(records.join(''));
}

function fitsUstar(text: string): boolean {
  return /^[\x20-\x7e]{0,100}$/.test(text);
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length += 1;
  return `${length} ${key}=${value}\n`;
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc(padding(content.length))]);
}

function padding(size: number): number {
  return (block - (size % block)) % block;
}
