import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { displayName, excerpt } from './display-text.ts';

describe('a stranger’s words', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['plain text', 'plain text'],
    ['', ''],
    ['two\nlines\r\n and\ttabs  ', 'two lines and tabs'],
    ['\u001b[31mred\u001b[0m', '[31mred[0m'],
    ['a\u0000b\u0007c\u007fd\u009be', 'abcde'],
    ['left\u202eright\u2066x\u200bz\ufeff', 'leftrightxz'],
    ['line\u2028paragraph\u2029', 'line paragraph'],
    ['żółw 🐢 naïve', 'żółw 🐢 naïve'],
    ['half \ud800 a pair', 'half \ufffd a pair'],
    ['Authorization: Bearer abc123def456', 'Authorization: Bearer [redacted]'],
    ['password=hunter2 x', 'password=[redacted] x'],
  ];
  for (const [text, shown] of rows) {
    it(`${JSON.stringify(text)} are shown as ${JSON.stringify(shown)}`, () => {
      assert.equal(excerpt(text), shown);
    });
  }

  it('are short: 200, and 128 for a name', () => {
    assert.equal(excerpt('x'.repeat(200)), 'x'.repeat(200));
    assert.equal(excerpt('x'.repeat(201)), `${'x'.repeat(200)}…`);
    assert.equal(displayName('x'.repeat(1_000_000)), `${'x'.repeat(128)}…`);
  });

  it('are shown to be cut also where what was left out is invisible', () => {
    assert.equal(excerpt(`a${'\u200b'.repeat(10_000)}b`), 'a…');
  });

  it('do not end in half a character', () => {
    assert.ok(excerpt(`${'x'.repeat(199)}🐢🐢`).isWellFormed());
  });

  it('never hold the secret, wherever it stands', () => {
    const secret = 's3cr3t-t0ken';
    fc.assert(
      fc.property(fc.string(), fc.nat(2_000), (text, place) => {
        const padded = `${'-'.repeat(place)}${secret}${text}${secret}`;
        assert.equal(excerpt(padded, secret).includes(secret), false);
        assert.equal(excerpt(padded, secret).includes('s3cr3t'), false, 'nor half of it');
      }),
    );
  });

  it('are one short line of visible text, whatever they were', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = excerpt(text);
        assert.ok(shown.length <= 201 && shown.isWellFormed());
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\r\n]/u);
      }),
    );
  });
});
