import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPhase, aTurn } from '../../test/support/race-turns.ts';
import { baselineOf, compare, comparisonText } from './baseline.ts';
import { rowsOf } from './figures.ts';

interface Race {
  readonly ratio?: number;
  readonly rss?: number;
  readonly writes?: number;
}

/** Three alternations, all alike but for the last one's writes. */
function race({ ratio = 1.2, rss = 100, writes = 1_500 }: Race = {}) {
  const steady = aPhase({ rss });
  return rowsOf(
    [1, 2, 3].flatMap((run) => [
      aTurn('floor', 10, { run }),
      aTurn('operator', 10 * ratio, {
        run,
        phases: {
          burst: aPhase({ seconds: 10 * ratio }, { writes: run === 3 ? writes : 1_500 }),
          steady,
        },
      }),
    ]),
  );
}

const baseline = baselineOf(race());
const failing = (given: Race) =>
  compare(baseline, race(given))
    .filter(({ ok }) => !ok)
    .map(({ id }) => id);

test('kept are ratios, memory and counts, but no times', () => {
  assert.deepEqual(baseline, {
    burst: 1.2,
    'burst-cpu': 1,
    'burst-writes': 3,
    refused: 0,
    'steady-requests': 0,
    rss: 100,
  });
});

test('the same again is all right', () => {
  assert.deepEqual(failing({}), []);
});

test('a ratio and the memory may be a tenth higher, and no more', () => {
  assert.deepEqual(failing({ ratio: 1.319 }), []);
  assert.deepEqual(failing({ ratio: 1.321 }), ['burst']);
  assert.deepEqual(failing({ rss: 110 }), []);
  assert.deepEqual(failing({ rss: 111 }), ['rss']);
});

test('one request too many in one of the runs is one too many', () => {
  assert.deepEqual(failing({ writes: 1_501 }), ['burst-writes']);
  assert.deepEqual(failing({ writes: 1_500 }), []);
});

test('what is not measured any more fails; what is new is not compared', () => {
  const comparisons = compare({ ...baseline, gone: 1 }, race());
  assert.deepEqual(
    comparisons.filter(({ ok }) => !ok).map(({ id, title }) => [id, title]),
    [['gone', 'gone (not measured)']],
  );
  assert.deepEqual(compare({}, race()), []);
});

test('each comparison is a line that says how it was', () => {
  const text = comparisonText(compare({ rss: 80, 'burst-writes': 3 }, race()));
  assert.deepEqual(text.split('\n'), [
    '  memory with all servers, at rest   100.00  was   80.00, at most   88.00  TOO MUCH',
    '  writes for a new server              3.00  was    3.00, at most    3.00  ok',
  ]);
});
