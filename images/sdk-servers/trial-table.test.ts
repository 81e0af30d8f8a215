import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { passed, refused } from './test-support.ts';
import type { Trial } from './trial.ts';
import { alignColumns, trialHeadings, trialRow } from './trial-table.ts';

const trial: Trial = {
  usual: passed,
  released: { sessions: 1, sessionsLeft: 0 },
  guarded: refused,
  ending: 'exit code 0',
};
const build = { size: 3_440_000, buildMs: 1_234 };

describe('trialRow', () => {
  it('has a cell for each heading', () => {
    assert.equal(trialRow('go-stateful', trial, build).length, trialHeadings.length);
  });

  it('says what was found, and what it took', () => {
    assert.deepEqual(trialRow('go-stateful', trial, build), [
      'go-stateful',
      'HandshakePassed',
      'legacy',
      '2025-11-25',
      'sdk-go',
      '1.0.0',
      'true',
      '2',
      '1',
      '42 ms',
      'Refused 421',
      'exit code 0',
      '3.4 MB',
      '1.2 s',
    ]);
  });

  it('says what is not known as such, and which sessions were left', () => {
    const failed = { ...trial, usual: refused, guarded: undefined, released: { sessions: 2, sessionsLeft: 1 } };
    const row = trialRow('x', failed, build);
    assert.deepEqual(row.slice(1, 9), ['Refused', '-', '-', '-', '-', '-', '-', '2 (1 left)']);
    assert.equal(row[10], '-');
  });

  it('does not hide a guard that let the other name pass', () => {
    assert.equal(trialRow('x', { ...trial, guarded: passed }, build)[10], 'HandshakePassed');
  });
});

describe('alignColumns', () => {
  it('makes columns as wide as their widest cell, with nothing behind the last', () => {
    assert.deepEqual(
      alignColumns([
        ['A', 'LONG', 'C'],
        ['abc', 'x', 'y'],
      ]),
      ['A    LONG  C', 'abc  x     y'],
    );
  });

  it('lets the last cell of a short row be as long as it is', () => {
    assert.deepEqual(
      alignColumns([
        ['A', 'B', 'C'],
        ['x', 'skipped: no cargo'],
      ]),
      ['A  B  C', 'x  skipped: no cargo'],
    );
  });
});
