import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { words } from './words.ts';

const rows: readonly { readonly name: string; readonly text: string | undefined; readonly words: string }[] = [
  { name: 'a sentence loses its full stop', text: 'It is broken.', words: 'It is broken' },
  { name: 'lines become one', text: ' a\n\tb\r\n c ', words: 'a b c' },
  { name: 'nothing', text: undefined, words: 'no reason given' },
  { name: 'nothing but space', text: ' \n ', words: 'no reason given' },
  { name: 'as long as it may be', text: 'x'.repeat(400), words: 'x'.repeat(400) },
  { name: 'longer', text: 'x'.repeat(401), words: `${'x'.repeat(400)}…` },
  { name: 'cut before a character, not within it', text: `${'x'.repeat(399)}🙈🙈`, words: `${'x'.repeat(399)}…` },
  { name: 'what was half a character before', text: 'a\uD83D', words: 'a\uFFFD' },
];

for (const row of rows) {
  test(row.name, () => assert.equal(words(row.text), row.words));
}

test('whatever is said, it is one bounded line of text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 1, max: 30 }), (text, max) => {
      const said = words(text, max);
      assert.ok(said.length <= max + 1 || said === 'no reason given', said);
      assert.ok(said.isWellFormed());
      assert.ok(!/[\n\r\t]/.test(said));
    }),
  );
});
