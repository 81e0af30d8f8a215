import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afresh, afterFault, afterProbe, type History, noHistory, type Outcome } from './history.ts';

const passed: Outcome = { standing: 'Passed', durationMs: 40, timedOut: false, short: false, retryAfterMs: undefined };
const failed: Outcome = { ...passed, standing: 'Failed', durationMs: 3 };
const hung: Outcome = { ...failed, timedOut: true, durationMs: 5_000 };
const cut: Outcome = { ...hung, short: true, durationMs: 800 };

const after = (...outcomes: readonly Outcome[]): History => outcomes.reduce(afterProbe, noHistory);

describe('the history of a pod', () => {
  it('knows nothing at first', () => {
    assert.deepEqual(after(), noHistory);
    assert.equal(noHistory.last, undefined);
  });

  it('counts answers, and remembers how long the last took', () => {
    const history = after(passed, failed, { ...passed, durationMs: 70 });
    assert.deepEqual(history, { ...noHistory, last: 'Passed', answers: 2, answerMs: 70 });
  });

  it('takes a wish for credentials for an answer', () => {
    assert.deepEqual(after({ ...passed, standing: 'Unknown' }), {
      ...noHistory,
      last: 'Unknown',
      answers: 1,
      answerMs: 40,
    });
  });

  it('counts failures in a row, and begins anew with an answer', () => {
    assert.equal(after(failed, failed, failed).failures, 3);
    assert.equal(after(failed, failed, passed).failures, 0);
    assert.equal(after(failed, failed, passed, failed).failures, 1);
  });

  it('keeps how fast the pod was while it fails', () => {
    const { answers, answerMs } = after(passed, hung, cut, failed);
    assert.deepEqual({ answers, answerMs }, { answers: 1, answerMs: 40 });
  });

  it('tells short probes that were cut off from whole ones in vain', () => {
    const rows: readonly (readonly [readonly Outcome[], Pick<History, 'cuts' | 'hangs'>])[] = [
      [[failed], { cuts: 0, hangs: 0 }],
      [[hung], { cuts: 0, hangs: 1 }],
      [[cut], { cuts: 1, hangs: 0 }],
      [[hung, cut, cut], { cuts: 2, hangs: 1 }],
      [[hung, cut, cut, hung], { cuts: 0, hangs: 2 }],
      [[hung, cut, cut, hung, cut], { cuts: 1, hangs: 2 }],
      // A refusal in between: it is another trouble now.
      [[hung, cut, failed], { cuts: 0, hangs: 0 }],
      [[hung, cut, failed, cut], { cuts: 1, hangs: 0 }],
      [[hung, cut, passed], { cuts: 0, hangs: 0 }],
    ];
    for (const [outcomes, { cuts, hangs }] of rows) {
      const history = after(...outcomes);
      assert.deepEqual({ cuts: history.cuts, hangs: history.hangs }, { cuts, hangs }, JSON.stringify(outcomes));
    }
  });

  it('keeps what the server asked for until the next answer', () => {
    assert.equal(after({ ...failed, retryAfterMs: 7_000 }).retryAfterMs, 7_000);
    assert.equal(after({ ...failed, retryAfterMs: 7_000 }, failed).retryAfterMs, undefined);
    assert.equal(after({ ...failed, retryAfterMs: 7_000 }, passed).retryAfterMs, undefined);
  });
});

describe('a probe that did not come about', () => {
  it('changes nothing that is known of the pod', () => {
    for (const before of [after(passed), after(failed, failed), after(hung, cut), noHistory]) {
      assert.deepEqual(afterProbe(before, { ...failed, standing: 'None' }), { ...before, faults: 1 });
    }
  });

  it('is counted, in a row', () => {
    assert.equal(afterFault(afterFault(after(passed))).faults, 2);
    assert.equal(afterProbe(afterFault(after(passed)), passed).faults, 0);
    assert.equal(afterProbe(afterFault(after(passed)), failed).faults, 0);
  });
});

describe('asking afresh', () => {
  it('forgets the failures and the wishes, not what the pod can do', () => {
    const history = after(passed, passed, hung, cut, { ...failed, retryAfterMs: 9_000 });
    assert.deepEqual(afresh(afterFault(history)), { ...noHistory, answers: 2, answerMs: 40 });
  });
});
