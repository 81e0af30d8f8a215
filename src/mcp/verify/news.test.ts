import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { podReport } from '../../../test/support/probe-results.ts';
import { type Told, tell } from './news.ts';
import type { PodReport } from './report.ts';

const passes = podReport();
const wantsToken = podReport({ standing: 'Unknown', verdict: 'AuthRequired', fingerprint: 'AuthRequired' });
const failsBy = (fingerprint: string): PodReport =>
  podReport({ standing: 'Failed', verdict: 'ServerError', fingerprint, message: fingerprint, server: undefined });

const at = (now: number) => ({ now, firstProbedAt: 0, intervalMs: 30_000 });

/** Tells one report after another; each with the time at which it is there. */
function tellAll(...reports: readonly (readonly [number, PodReport])[]): Told | undefined {
  return reports.reduce<Told | undefined>((told, [now, report]) => tell(told, report, at(now)), undefined);
}

describe('what is told of a pod', () => {
  it('is its first answer, at once', () => {
    assert.equal(tellAll([0, passes])?.report, passes);
    assert.equal(tellAll([0, wantsToken])?.report, wantsToken);
  });

  it('is nothing while it begins to start', () => {
    assert.equal(tellAll([0, failsBy('refused')], [1_000, failsBy('refused')], [2_999, failsBy('refused')]), undefined);
  });

  it('is its failure at once when it is not asked again before the patience ends', () => {
    const asks = (retryAfterMs: number) => tell(undefined, failsBy('503'), { ...at(100), retryAfterMs });
    assert.equal(asks(2_000), undefined);
    assert.equal(asks(120_000)?.report.fingerprint, '503');
  });

  it('is its failure, when it does not come up', () => {
    const told = tellAll([0, failsBy('refused')], [3_000, failsBy('refused')]);
    assert.equal(told?.report.fingerprint, 'refused');
  });

  it('is its failure at once when it had answered', () => {
    assert.equal(tellAll([100, passes], [200, failsBy('refused')])?.report.fingerprint, 'refused');
    assert.equal(tellAll([100, wantsToken], [200, failsBy('refused')])?.report.fingerprint, 'refused');
  });

  it('is its recovery at once', () => {
    assert.equal(tellAll([100, passes], [200, failsBy('refused')], [300, passes])?.report, passes);
  });

  it('does not change when nothing has changed', () => {
    const told = tellAll([0, passes]);
    assert.equal(tell(told, { ...passes }, at(30_000)), told);
    assert.equal(tell(told, { ...passes, message: 'other words' }, at(60_000)), told);
  });

  it('keeps its first words while the fact is the same: they would end up in a write', () => {
    const told = tellAll([4_000, failsBy('500')]);
    const again = tell(told, { ...failsBy('500'), message: 'crashed at 12:31' }, at(5_000));
    assert.equal(again?.report.message, '500');
  });

  it('is another failure at once, the first time', () => {
    assert.equal(tellAll([4_000, failsBy('refused')], [4_001, failsBy('404')])?.report.fingerprint, '404');
  });

  it('is not one failure and another in turn, every second', () => {
    let told: Told | undefined;
    const changes: number[] = [];
    for (let second = 4; second < 200; second++) {
      const next = tell(told, failsBy(second % 2 === 0 ? 'initialize' : 'tools/list'), at(second * 1_000));
      if (next !== told) changes.push(second);
      told = next;
    }
    assert.deepEqual(changes.slice(0, 6), [4, 5, 8, 13, 22, 39]);
    const late = changes.filter((second) => second > 40);
    assert.ok(late.length <= 6, `once an interval: ${late}`);
  });

  it('is told anew after an answer', () => {
    const told = tellAll(
      [0, passes],
      [1, failsBy('a')],
      [2, failsBy('b')],
      [3, passes],
      [4, failsBy('a')],
      [5, failsBy('b')],
    );
    assert.equal(told?.report.fingerprint, 'b');
  });

  it('is never older than an interval, as to the failure, when probes go on', () => {
    const reports = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(reports, (kinds) => {
        let told: Told | undefined;
        let wrongSince: number | undefined;
        kinds.forEach((kind, index) => {
          const now = 3_000 + index * 1_000;
          told = tell(told, failsBy(kind), at(now));
          wrongSince = told?.report.fingerprint === kind ? undefined : (wrongSince ?? now);
          assert.ok(wrongSince === undefined || now - wrongSince < 30_000);
        });
      }),
    );
  });

  it('never keeps back whether a pod answers', () => {
    const kinds = fc.array(fc.constantFrom(passes, wantsToken, failsBy('a'), failsBy('b')), { maxLength: 60 });
    fc.assert(
      fc.property(kinds, fc.integer({ min: 1, max: 5_000 }), (reports, step) => {
        let told: Told | undefined;
        reports.forEach((report, index) => {
          told = tell(told, report, at(3_000 + index * step));
          assert.equal(told?.report.standing, report.standing);
        });
      }),
    );
  });
});
