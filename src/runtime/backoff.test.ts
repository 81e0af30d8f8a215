import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createBackoff } from './backoff.ts';

const none = () => 0;

describe('backoff', () => {
  test('doubles from 100 ms up to 5 minutes', () => {
    const backoff = createBackoff({ random: none });
    const waits = Array.from({ length: 14 }, () => backoff.next('a/b'));
    const doubled = [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 102_400, 204_800];
    assert.deepEqual(waits, [...doubled, 300_000, 300_000]);
  });

  test('counts each key by itself', () => {
    const backoff = createBackoff({ random: none });
    backoff.next('a');
    backoff.next('a');
    assert.equal(backoff.next('b'), 100);
    assert.equal(backoff.failures('a'), 2);
    assert.equal(backoff.failures('b'), 1);
    assert.equal(backoff.failures('c'), 0);
  });

  test('begins anew after a success', () => {
    const backoff = createBackoff({ random: none });
    backoff.next('a');
    backoff.next('a');
    backoff.forget('a');
    assert.equal(backoff.failures('a'), 0);
    assert.equal(backoff.next('a'), 100);
  });

  test('jitter only adds, up to half of the wait', () => {
    assert.equal(createBackoff({ random: () => 0.999_999 }).next('a'), 100 * (1 + 0.5 * 0.999_999));
    assert.equal(createBackoff({ random: none }).next('a'), 100);
  });

  test('waits at least as long as the server asked', () => {
    const backoff = createBackoff({ random: none });
    assert.equal(backoff.next('a', 30_000), 30_000);
    assert.equal(backoff.next('a', 10), 200, 'a shorter request does not shorten the own wait');
  });

  test('is not put to sleep by an absurd Retry-After', () => {
    assert.equal(createBackoff({ random: none }).next('a', 1e12), 300_000);
  });

  test('survives so many failures that the power overflows', () => {
    const backoff = createBackoff({ random: none, maxMs: 1_000 });
    for (let failure = 0; failure < 2_000; failure += 1) backoff.next('a');
    assert.equal(backoff.next('a'), 1_000);
  });

  test('takes base, maximum and jitter as told', () => {
    const backoff = createBackoff({ baseMs: 5, maxMs: 15, jitter: 1, random: () => 0.5 });
    assert.deepEqual([backoff.next('a'), backoff.next('a'), backoff.next('a')], [7.5, 15, 22.5]);
  });

  test('property: every wait lies between what is due and that plus the jitter', () => {
    const rounds = fc.array(
      fc.record({ retryAfter: fc.nat(1_000_000), random: fc.double({ min: 0, max: 0.999, noNaN: true }) }),
    );
    fc.assert(
      fc.property(rounds, (all) => {
        let random = 0;
        const backoff = createBackoff({ random: () => random });
        all.forEach((round, failures) => {
          random = round.random;
          const due = Math.min(300_000, Math.max(100 * 2 ** failures, round.retryAfter));
          const wait = backoff.next('key', round.retryAfter);
          assert.ok(wait >= due && wait <= due * 1.5, `${wait} for ${due}`);
        });
      }),
    );
  });
});
