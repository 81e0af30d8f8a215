import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from './follow.ts';

async function lines(chunks: readonly string[], at?: number): Promise<readonly string[]> {
  const whole = Buffer.from(chunks.join(''));
  const parts = at === undefined ? chunks.map((chunk) => Buffer.from(chunk)) : cut(whole, at);
  async function* stream() {
    yield* parts;
  }
  return Array.fromAsync(linesOf(stream()));
}

const cut = (whole: Buffer, size: number) =>
  Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
    whole.subarray(index * size, (index + 1) * size),
  );

test('a chunk may have several lines, or a part of one', async () => {
  assert.deepEqual(await lines(['one\ntwo\nth', 're', 'e\n']), ['one', 'two', 'three']);
});

test('however it is cut, within a character too, the lines are the same', async () => {
  for (let size = 1; size < 12; size++)
    assert.deepEqual(await lines(['a ü 🙂\n', 'b\n\n', 'c\n'], size), ['a ü 🙂', 'b', '', 'c']);
});

test('a line without an end is not told: the watch was broken off within it', async () => {
  assert.deepEqual(await lines(['one\n', '{"type":"ADD']), ['one']);
});
