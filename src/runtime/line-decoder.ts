import { ApiError } from './errors.ts';

/** A line longer than this is no event: etcd keeps no object above 1.5 MiB. */
const MAX_LINE_BYTES = 16 * 2 ** 20;

const NEWLINE = 0x0a;

/** Bytes in, lines out. */
export interface LineDecoder {
  /**
   * The lines that a chunk completes. Bytes are joined before they are decoded, so a chunk may end anywhere, also
   * within a character.
   *
   * @throws ApiError `Malformed` for a line without end, or one that is not UTF-8
   */
  push(chunk: Uint8Array): Iterable<string>;
  /**
   * To be called when the stream has ended.
   *
   * @throws ApiError `Malformed` when it ended within a line
   */
  end(): void;
}

/** One decoder for one stream. */
export function createLineDecoder(maxLineBytes: number = MAX_LINE_BYTES): LineDecoder {
  // `fatal`: a broken byte must not become a U+FFFD in somebody's object.
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;

  function keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    pendingBytes += bytes.length;
    if (pendingBytes > maxLineBytes) {
      throw new ApiError('Malformed', `the watch sent a line of more than ${maxLineBytes} bytes`);
    }
    pending.push(bytes);
  }

  function decode(bytes: Uint8Array): string {
    let line = bytes;
    if (pendingBytes > 0) {
      keep(bytes);
      line = Buffer.concat(pending, pendingBytes);
      pending = [];
      pendingBytes = 0;
    }
    try {
      return utf8.decode(line);
    } catch (error) {
      throw new ApiError('Malformed', 'the watch sent a line that is not UTF-8', { cause: error });
    }
  }

  return {
    *push(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        const line = decode(chunk.subarray(from, at));
        from = at + 1;
        if (line.trim() !== '') yield line;
      }
      keep(chunk.subarray(from));
    },
    end() {
      if (pendingBytes > 0) throw new ApiError('Malformed', 'the watch ended in the middle of a line');
    },
  };
}
