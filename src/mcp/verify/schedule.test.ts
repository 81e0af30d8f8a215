import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type History, noHistory } from './history.ts';
import { delayBefore, timeFor } from './schedule.ts';

const usual = { intervalMs: 30_000, crowd: 1 };
const passed: History = { ...noHistory, last: 'Passed', answers: 7, answerMs: 40 };
const failing: History = { ...passed, last: 'Failed', failures: 1 };
const starting: History = { ...noHistory, last: 'Failed', failures: 1 };

const anyHistory: fc.Arbitrary<History> = fc.record({
  last: fc.constantFrom<History['last'][]>('Passed', 'Failed', 'Unknown', undefined),
  answers: fc.nat(1_000),
  answerMs: fc.nat(60_000),
  failures: fc.nat(100_000),
  cuts: fc.nat(100_000),
  hangs: fc.nat(100_000),
  faults: fc.oneof(fc.constant(0), fc.nat(100_000)),
  retryAfterMs: fc.option(fc.nat(86_400_000), { nil: undefined }),
});
const anyChance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const anyInterval = fc.integer({ min: 5_000, max: 86_400_000 });
const anyTimeout = fc.integer({ min: 100, max: 60_000 });

describe('the wait before the next probe', () => {
  const rows: readonly (readonly [string, History, { intervalMs?: number; crowd?: number }, number, number])[] = [
    // what, history, circumstances, the wait with the least chance, with (almost) the greatest
    ['the first probe comes at once', noHistory, {}, 0, 100],
    ['as it does when something has changed', { ...noHistory, answers: 3, answerMs: 40 }, {}, 0, 100],
    ['an answer is good for an interval', passed, {}, 30_000, 27_000],
    ['of any length', passed, { intervalMs: 5_000 }, 5_000, 4_500],
    ['the second comes at any time within one', { ...passed, answers: 1 }, {}, 1_000, 30_000],
    ['who wants credentials is asked as seldom', { ...passed, last: 'Unknown' }, {}, 30_000, 27_000],
    ['a pod that failed is asked every second', failing, {}, 1_000, 900],
    ['for ever', { ...failing, failures: 5_000 }, {}, 1_000, 900],
    ['one that starts sooner', starting, {}, 250, 225],
    ['and then later', { ...starting, failures: 2 }, {}, 500, 450],
    ['up to a second', { ...starting, failures: 3 }, {}, 1_000, 900],
    ['and no later', { ...starting, failures: 40 }, {}, 1_000, 900],
    ['a hundred failing pods are not too many', failing, { crowd: 100 }, 1_000, 900],
    ['a thousand share what a hundred have', failing, { crowd: 1_000 }, 10_000, 9_000],
    ['but wait no longer than an interval', failing, { crowd: 50_000 }, 30_000, 30_000],
    ['a crowd does not concern who answers', passed, { crowd: 1_000 }, 30_000, 27_000],
    ['Retry-After is kept to', { ...failing, retryAfterMs: 7_000 }, {}, 7_000, 7_700],
    ['also by a pod that starts', { ...starting, retryAfterMs: 7_000 }, {}, 7_000, 7_700],
    ['up to the interval', { ...failing, retryAfterMs: 3_600_000 }, {}, 30_000, 30_000],
    ['one of nothing is none', { ...failing, retryAfterMs: 0 }, {}, 1_000, 900],
    ['a fault of ours is tried again after a second', { ...passed, faults: 1 }, {}, 1_000, 900],
    ['then after two', { ...passed, faults: 2 }, {}, 2_000, 1_800],
    ['sixteen', { ...failing, faults: 5 }, {}, 16_000, 14_400],
    ['and at last at the interval', { ...noHistory, faults: 500 }, {}, 30_000, 27_000],
  ];
  for (const [what, history, circumstances, least, greatest] of rows) {
    it(what, () => {
      const wait = (random: number) => Math.round(delayBefore(history, { ...usual, ...circumstances }, random));
      assert.equal(wait(0), least);
      assert.equal(wait(1 - Number.EPSILON), greatest);
    });
  }

  it('is never longer than the interval, nor negative', () => {
    fc.assert(
      fc.property(anyHistory, anyInterval, fc.nat(100_000), anyChance, (history, intervalMs, crowd, random) => {
        const wait = delayBefore(history, { intervalMs, crowd }, random);
        assert.ok(wait >= 0 && wait <= intervalMs, `${wait}`);
      }),
    );
  });

  it('of a pod that answers is nearly the interval', () => {
    fc.assert(
      fc.property(anyInterval, anyChance, (intervalMs, random) => {
        assert.ok(delayBefore(passed, { intervalMs, crowd: 0 }, random) >= intervalMs * 0.9);
      }),
    );
  });

  it('of a pod that fails, and asks for nothing, is at most a second, and no busy loop', () => {
    fc.assert(
      fc.property(
        anyHistory,
        anyInterval,
        fc.integer({ min: 0, max: 100 }),
        anyChance,
        (some, intervalMs, crowd, random) => {
          const history: History = {
            ...some,
            last: 'Failed',
            faults: 0,
            retryAfterMs: undefined,
            failures: some.failures + 1,
          };
          const wait = delayBefore(history, { intervalMs, crowd }, random);
          assert.ok(wait <= 1_000 && wait >= 225, `${wait}`);
        },
      ),
    );
  });

  it('is never shorter than the server asked for, up to the interval', () => {
    fc.assert(
      fc.property(fc.nat(86_400_000), anyInterval, anyChance, (retryAfterMs, intervalMs, random) => {
        const wait = delayBefore({ ...failing, retryAfterMs }, { intervalMs, crowd: 1 }, random);
        assert.ok(wait >= Math.min(retryAfterMs, intervalMs));
      }),
    );
  });

  it('keeps all failing pods together to a hundred probes a second, however many they are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), anyChance, (crowd, random) => {
        const perSecond = (crowd * 1_000) / delayBefore(failing, { intervalMs: 86_400_000, crowd }, random);
        assert.ok(perSecond <= 112, `${perSecond}`);
      }),
    );
  });

  it('spreads pods that began together over the interval', () => {
    const first = { ...passed, answers: 1 };
    const waits = Array.from({ length: 1_000 }, (_, index) => delayBefore(first, usual, index / 1_000));
    for (let second = 2; second < 30; second++) {
      const due = waits.filter((wait) => Math.floor(wait / 1_000) === second).length;
      assert.ok(due <= 34, `${due} of 1,000 in second ${second}`);
    }
  });
});

describe('the time of a probe', () => {
  const rows: readonly (readonly [string, History, number])[] = [
    ['is all of it for the first', noHistory, 5_000],
    ['and for a pod that answered', passed, 5_000],
    ['and for one that wants credentials', { ...passed, last: 'Unknown' }, 5_000],
    ['is short once a pod fails', failing, 800],
    ['longer for one that was slow', { ...failing, answerMs: 900 }, 1_800],
    ['never more than all of it', { ...failing, answerMs: 4_000 }, 5_000],
    ['is short after one that was cut off', { ...failing, cuts: 1 }, 800],
    ['whole after two: it may have become slow', { ...failing, cuts: 2 }, 5_000],
    ['short for one that answered and then hung', { ...failing, hangs: 1, cuts: 2 }, 800],
    ['for about two minutes', { ...failing, hangs: 1, cuts: 59 }, 800],
    ['and then whole, once', { ...failing, hangs: 1, cuts: 60 }, 5_000],
    ['whole for a starting one after two', { ...starting, cuts: 2 }, 5_000],
    ['then after four', { ...starting, hangs: 1, cuts: 3 }, 800],
    ['four', { ...starting, hangs: 1, cuts: 4 }, 5_000],
    ['then after eight', { ...starting, hangs: 2, cuts: 7 }, 800],
    ['eight', { ...starting, hangs: 2, cuts: 8 }, 5_000],
    ['and so on up to sixty', { ...starting, hangs: 900, cuts: 60 }, 5_000],
  ];
  for (const [what, history, time] of rows) {
    it(what, () => assert.equal(timeFor(history, 5_000), time));
  }

  it('is at most the timeout, and never so short that nobody could answer', () => {
    fc.assert(
      fc.property(anyHistory, anyTimeout, (history, timeoutMs) => {
        const time = timeFor(history, timeoutMs);
        assert.ok(time <= timeoutMs);
        assert.ok(time >= Math.min(timeoutMs, 800));
      }),
    );
  });

  it('with the wait before it, brings a fast pod that answers again back within two seconds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: 0, max: 400 }),
        anyChance,
        (cuts, answerMs, random) => {
          const history: History = { ...failing, failures: cuts + 1, hangs: 1, cuts, answerMs };
          // It answers again just after a probe has begun, in vain.
          const back = timeFor(history, 60_000) + delayBefore(history, usual, random) + answerMs / 2;
          assert.ok(back <= 2_000, `${back}`);
        },
      ),
    );
  });

  it('is whole again before long, whatever happens: a pod that has become slow comes back', () => {
    for (const answers of [0, 1]) {
      let history: History = { ...noHistory, last: 'Failed', failures: 1, answers };
      let since = 0;
      for (let probes = 0; probes < 1_000; probes++) {
        const isWhole = timeFor(history, 5_000) === 5_000;
        since = isWhole ? 0 : since + 1;
        assert.ok(since <= 60);
        history = { ...history, cuts: isWhole ? 0 : history.cuts + 1, hangs: history.hangs + (isWhole ? 1 : 0) };
      }
    }
  });
});
