import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createLineDecoder } from './line-decoder.ts';

/** All lines of a stream that comes in these chunks. */
function decode(chunks: readonly (string | Uint8Array)[], maxLineBytes?: number): string[] {
  const decoder = createLineDecoder(maxLineBytes);
  const lines = chunks.flatMap((chunk) => [...decoder.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)]);
  decoder.end();
  return lines;
}

/** Bytes in pieces that end where the cuts say. */
function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

describe('line decoder', () => {
  it('splits a chunk into lines', () => {
    assert.deepEqual(decode(['one\ntwo\n']), ['one', 'two']);
  });

  it('joins a line from many chunks', () => {
    assert.deepEqual(decode(['o', 'n', 'e', '\n', 'tw', 'o\n']), ['one', 'two']);
  });

  it('passes over empty lines, such as a proxy sends to keep a connection alive', () => {
    assert.deepEqual(decode(['\n\none\n \r\n\ntwo\n']), ['one', 'two']);
  });

  it('decodes a character that two chunks share', () => {
    const bytes = Buffer.from('a€😀ü\n');
    for (let at = 0; at <= bytes.length; at++) {
      assert.deepEqual(decode([bytes.subarray(0, at), bytes.subarray(at)]), ['a€😀ü'], `cut at byte ${at}`);
    }
  });

  it('refuses a stream that ends within a line', () => {
    assert.throws(() => decode(['one\n{"type":']), { code: 'Malformed', message: /middle of a line/ });
  });

  it('refuses bytes that are not UTF-8 instead of replacing them', () => {
    assert.throws(() => decode([Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a])]), { code: 'Malformed', message: /UTF-8/ });
  });

  it('refuses a line without end', () => {
    assert.throws(() => decode(['x'.repeat(60), 'x'.repeat(60)], 100), { code: 'Malformed', message: /100 bytes/ });
  });

  it('takes a line of exactly the limit, again and again', () => {
    const line = 'x'.repeat(100);
    assert.deepEqual(decode([`${line}\n`, line.slice(1), 'x\n'], 100), [line, line]);
  });

  it('forgets the line before: none is glued to the next', () => {
    const decoder = createLineDecoder();
    assert.deepEqual([...decoder.push(Buffer.from('ab'))], []);
    assert.deepEqual([...decoder.push(Buffer.from('c\nd'))], ['abc']);
    assert.deepEqual([...decoder.push(Buffer.from('ef\n'))], ['def']);
  });

  it('gives the same lines however the bytes are cut', () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => text.trim() !== '' && !/[\n\r]/.test(text));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(), { maxLength: 40 }), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        assert.deepEqual(decode(cut(bytes, cuts)), lines);
      }),
    );
  });
});
