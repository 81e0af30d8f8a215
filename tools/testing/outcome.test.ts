import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countLine, type Failure, failureLines, nothing, type Outcome, sum } from './outcome.ts';

const failure: Failure = { title: 'suite › bad', where: 'src/a.test.ts:3', text: 'first\n\n  second' };
const mixed: Outcome = { passed: 3, failures: [failure], skips: [{ title: 'pods', reason: 'not root' }] };

describe('the count', () => {
  it('is plain, and the same whatever happened', () => {
    assert.equal(countLine({ ...nothing, passed: 12 }), '12 passed, 0 failed');
    assert.equal(countLine({ ...nothing, failures: [failure] }), '0 passed, 1 failed');
  });

  it('tells of skipped tests only when there are any', () => {
    assert.equal(countLine(mixed), '3 passed, 1 failed, 1 skipped');
    assert.equal(countLine(nothing), '0 passed, 0 failed');
  });
});

describe('several outcomes', () => {
  it('add up, and keep their order', () => {
    const other: Outcome = { passed: 2, failures: [{ ...failure, title: 'other' }], skips: [] };
    const all = sum([mixed, other]);
    assert.equal(all.passed, 5);
    assert.deepEqual(
      all.failures.map(({ title }) => title),
      ['suite › bad', 'other'],
    );
    assert.equal(all.skips.length, 1);
  });

  it('are nothing when there are none', () => {
    assert.deepEqual(sum([]), nothing);
  });
});

describe('a failure', () => {
  it('is told with number, name, place and text, whose lines are set off', () => {
    assert.deepEqual(failureLines(failure, 4), [
      '4) suite › bad',
      '   src/a.test.ts:3',
      '     first',
      '',
      '       second',
    ]);
  });

  it('is told with what its process printed, when it printed something', () => {
    const lines = failureLines({ ...failure, output: ['started', 'crashed'] }, 1);
    assert.deepEqual(lines.slice(-3), ['   what its process printed last:', '     | started', '     | crashed']);
  });

  it('has no line for a place when it is nowhere', () => {
    assert.deepEqual(failureLines({ title: 'coverage', where: '', text: 'too little' }, 1), [
      '1) coverage',
      '     too little',
    ]);
  });
});
