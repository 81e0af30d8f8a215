import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MarkerError, replaceBetween } from './document.ts';

const document = 'before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n';

test('what is between the markers is replaced, and nothing else', () => {
  const next = replaceBetween(document, 'bench', '\nnew\n');
  assert.equal(next, 'before\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\nafter\n');
  assert.equal(replaceBetween(next, 'bench', 'new'), next);
});

test('text is put in as it is', () => {
  assert.match(replaceBetween(document, 'bench', '$& $1'), /\$& \$1/);
});

test('a document without its markers is refused', () => {
  for (const wrong of ['', '<!-- bench:begin -->', '<!-- bench:end --><!-- bench:begin -->', document + document]) {
    assert.throws(() => replaceBetween(wrong, 'bench', 'x'), MarkerError);
  }
  assert.throws(() => replaceBetween(document, 'other', 'x'), /<!-- other:begin -->/);
});
