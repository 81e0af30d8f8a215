import { open } from 'node:fs/promises';
import { errnoOf } from './errno.ts';

/** Enough for twenty long lines of klog; a log of gigabytes is not read whole. */
const tailBytes = 64 * 1024;

/**
 * The last lines of a text file.
 *
 * @param file a log; one that does not exist has no lines
 * @param count how many lines at most
 */
export async function tailOf(file: string, count = 20): Promise<string[]> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    const length = Math.min(size, tailBytes);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const lines = buffer.toString('utf8').trimEnd().split('\n');
    // The first line is cut somewhere in the middle, unless the whole file was read.
    const whole = length < size ? lines.slice(1) : lines;
    return whole.filter((line) => line !== '').slice(-count);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
