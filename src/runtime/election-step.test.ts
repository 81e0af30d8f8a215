import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  candidate,
  type ElectionInput,
  type ElectionRules,
  type ElectionState,
  type Instant,
  leads,
  step,
} from './election-step.ts';
import { ApiError } from './errors.ts';
import type { Lease, LeaseSpec } from './lease.ts';

const rules: ElectionRules = {
  namespace: 'ns',
  name: 'lease',
  identity: 'me',
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2_000,
};
const epoch = Date.UTC(2026, 0, 1);
const at = (ms: number): Instant => ({ monotonic: ms, wall: epoch + ms });
const leaseOf = (holderIdentity: string, spec: LeaseSpec = {}): Lease => ({
  metadata: { namespace: 'ns', name: 'lease', resourceVersion: '1' },
  spec: { holderIdentity, leaseDurationSeconds: 15, renewTime: 'r1', leaseTransitions: 0, ...spec },
});
const waitingFor = (lease: Lease, since: number): ElectionState => ({
  observed: { lease, at: since },
  renewed: undefined,
});
const leading = (since: number): ElectionState => ({
  observed: { lease: leaseOf('me'), at: since },
  renewed: at(since),
});
const failed: ElectionInput = { kind: 'failed', error: new ApiError('ServerError', 'down') };
const next = (state: ElectionState, input: ElectionInput, now: number, random = 0) =>
  step(state, input, rules, at(now), random);

describe('election: a candidate', () => {
  test('begins by reading', () => {
    assert.deepEqual(next(candidate, { kind: 'time' }, 0), [candidate, { kind: 'read' }]);
  });

  test('makes the lease when there is none', () => {
    const [, action] = next(candidate, { kind: 'absent' }, 0);
    assert.ok(action.kind === 'create');
    assert.equal(action.lease.spec?.holderIdentity, 'me');
    assert.equal(action.lease.metadata.name, 'lease');
  });

  test('makes a deleted lease anew only when its holder must have noticed: there were two leaders', () => {
    // Whoever was seen last, another may have held it since.
    for (const holder of ['other', '', 'me']) {
      const [gone, action] = next(waitingFor(leaseOf(holder), 100), { kind: 'absent' }, 60_000);
      assert.deepEqual(action, { kind: 'wait', ms: 1_000 }, holder);
      assert.equal(next(gone, { kind: 'absent' }, 74_999)[1].kind, 'wait', holder);
      assert.equal(next(gone, { kind: 'absent' }, 75_000)[1].kind, 'create', holder);
    }
  });

  test('goes by the lease again when its holder has made it again', () => {
    const [gone] = next(waitingFor(leaseOf('other'), 100), { kind: 'absent' }, 200);
    const [back, action] = next(gone, { kind: 'found', lease: leaseOf('other', { acquireTime: 'a2' }) }, 300);
    assert.equal(action.kind, 'wait');
    assert.deepEqual(back.observed, { lease: leaseOf('other', { acquireTime: 'a2' }), at: 300 });
  });

  test('takes a lease that nobody holds', () => {
    for (const lease of [leaseOf(''), { metadata: { name: 'lease' } }]) {
      const [, action] = next(candidate, { kind: 'found', lease }, 0);
      assert.ok(action.kind === 'update');
      assert.equal(action.lease.spec?.holderIdentity, 'me');
    }
  });

  test('takes a lease that is its own: the answer to an earlier write was lost', () => {
    const [, action] = next(candidate, { kind: 'found', lease: leaseOf('me') }, 0);
    assert.equal(action.kind, 'update');
  });

  test('waits for one that is held, however old its times look', () => {
    const lease = leaseOf('other', { renewTime: '1999-01-01T00:00:00.000000Z' });
    const [state, action] = next(candidate, { kind: 'found', lease }, 5);
    assert.deepEqual(action, { kind: 'wait', ms: 1_000 });
    assert.deepEqual(state, waitingFor(lease, 5));
  });

  test('counts the time from when it first saw the lease as it is', () => {
    const lease = leaseOf('other');
    const [state] = next(waitingFor(lease, 100), { kind: 'found', lease: leaseOf('other') }, 9_000);
    assert.equal(state.observed?.at, 100);
  });

  const signsOfLife: readonly LeaseSpec[] = [
    { renewTime: 'r2' },
    { acquireTime: 'a2' },
    { leaseTransitions: 1 },
    { leaseDurationSeconds: 16 },
    { holderIdentity: 'third' },
  ];
  for (const change of signsOfLife) {
    test(`counts anew when the holder has changed ${Object.keys(change)}`, () => {
      const lease = leaseOf('other', change);
      const [state, action] = next(waitingFor(leaseOf('other'), 100), { kind: 'found', lease }, 16_000);
      assert.equal(state.observed?.at, 16_000);
      assert.equal(action.kind, 'wait');
    });
  }

  test('an annotation is no sign of life', () => {
    const touched = {
      ...leaseOf('other'),
      metadata: { name: 'lease', resourceVersion: '99', annotations: { a: 'b' } },
    };
    const [state] = next(waitingFor(leaseOf('other'), 100), { kind: 'found', lease: touched }, 200);
    assert.equal(state.observed?.at, 100);
    assert.equal(state.observed?.lease.metadata.resourceVersion, '99', 'but the next write is based on it');
  });

  test('takes it over when the holder was silent for its duration, not a moment before', () => {
    const lease = leaseOf('other');
    assert.equal(next(waitingFor(lease, 100), { kind: 'found', lease }, 15_099)[1].kind, 'wait');
    const [, action] = next(waitingFor(lease, 100), { kind: 'found', lease }, 15_100);
    assert.ok(action.kind === 'update');
    assert.equal(action.lease.spec?.leaseTransitions, 1);
  });

  test('it is the holder’s own duration that counts', () => {
    const lease = leaseOf('other', { leaseDurationSeconds: 60 });
    assert.equal(next(waitingFor(lease, 0), { kind: 'found', lease }, 59_999)[1].kind, 'wait');
    assert.equal(next(waitingFor(lease, 0), { kind: 'found', lease }, 60_000)[1].kind, 'update');
  });

  test('without a duration, or with a nonsensical one, ours counts', () => {
    for (const leaseDurationSeconds of [0, -5]) {
      const lease = leaseOf('other', { leaseDurationSeconds });
      assert.equal(next(waitingFor(lease, 0), { kind: 'found', lease }, 14_999)[1].kind, 'wait');
      assert.equal(next(waitingFor(lease, 0), { kind: 'found', lease }, 15_000)[1].kind, 'update');
    }
  });

  test('spreads its tries, by a fifth of the period at most, and never waits longer than half the period', () => {
    const input: ElectionInput = { kind: 'found', lease: leaseOf('other') };
    assert.deepEqual(next(candidate, input, 0, 0)[1], { kind: 'wait', ms: 1_000 });
    assert.deepEqual(next(candidate, input, 0, 0.5)[1], { kind: 'wait', ms: 900 });
  });

  test('does not sleep through the moment at which the lease expires', () => {
    const lease = leaseOf('other');
    assert.deepEqual(next(waitingFor(lease, 0), { kind: 'found', lease }, 14_500)[1], { kind: 'wait', ms: 500 });
    assert.deepEqual(next(waitingFor(lease, 0), { kind: 'found', lease }, 14_500, 0.5)[1], { kind: 'wait', ms: 600 });
  });

  test('tries again after a failure and after somebody was faster', () => {
    for (const input of [failed, { kind: 'beaten' } as const]) {
      assert.deepEqual(next(candidate, input, 0)[1], { kind: 'wait', ms: 1_000 });
      assert.deepEqual(next(waitingFor(leaseOf('other'), 0), input, 20_000)[1], { kind: 'wait', ms: 1_000 });
    }
  });

  test('leads once its write has succeeded, from the moment at which it was sent', () => {
    const [state, action] = next(candidate, { kind: 'written', lease: leaseOf('me'), sent: at(1_000) }, 1_500);
    assert.deepEqual(state.renewed, at(1_000));
    assert.equal(leads(state, rules, at(1_500)), true);
    assert.deepEqual(action, { kind: 'wait', ms: 2_000 });
  });

  test('does not lead when it reads the answer only after a long pause', () => {
    const [state, action] = next(candidate, { kind: 'written', lease: leaseOf('me'), sent: at(0) }, 10_000);
    assert.equal(leads(state, rules, at(10_000)), false);
    assert.deepEqual(action, { kind: 'read' });
  });
});

describe('election: a leader', () => {
  test('renews with one request', () => {
    const [, action] = next(leading(0), { kind: 'time' }, 2_000);
    assert.ok(action.kind === 'update');
    assert.equal(action.lease.spec?.holderIdentity, 'me');
    assert.equal(action.lease.spec?.leaseTransitions, 0);
    assert.equal(action.lease.spec?.renewTime, '2026-01-01T00:00:02.000000Z');
    assert.equal(action.lease.metadata.resourceVersion, '1', 'guarded by the version that it knows');
  });

  test('reads when somebody has changed the lease, and goes on when it is still its own', () => {
    const [state, action] = next(leading(0), { kind: 'beaten' }, 2_000);
    assert.deepEqual(action, { kind: 'read' });
    const [, again] = next(state, { kind: 'found', lease: leaseOf('me') }, 2_000);
    assert.equal(again.kind, 'update');
  });

  test('is lost when another holds it, at once', () => {
    const [state, action] = next(leading(0), { kind: 'found', lease: leaseOf('thief') }, 2_000);
    assert.deepEqual(action, { kind: 'lost', reason: 'thief holds it now' });
    assert.equal(leads(state, rules, at(2_000)), false);
  });

  test('is lost when somebody gave it back', () => {
    const [, action] = next(leading(0), { kind: 'found', lease: leaseOf('') }, 2_000);
    assert.deepEqual(action, { kind: 'lost', reason: 'somebody else gave it back' });
  });

  test('makes it again when somebody deleted it', () => {
    assert.equal(next(leading(0), { kind: 'absent' }, 2_000)[1].kind, 'create');
  });

  test('does not when the machine has slept, by the wall clock, beyond the lease: another may have made it', () => {
    const awake: Instant = { monotonic: 2_000, wall: epoch + 40_000 };
    const [, action] = step(leading(0), { kind: 'absent' }, rules, awake, 0);
    assert.equal(action.kind, 'wait');
  });

  test('tries again after a failure, and wakes at the deadline', () => {
    assert.deepEqual(next(leading(0), failed, 3_000)[1], { kind: 'wait', ms: 2_000 });
    assert.deepEqual(next(leading(0), failed, 9_000)[1], { kind: 'wait', ms: 1_000 });
  });

  test('never waits for less than a millisecond, which rounding could turn into no time at all', () => {
    assert.deepEqual(next(leading(0), failed, 9_999.999_999)[1], { kind: 'wait', ms: 1 });
    const lease = leaseOf('other');
    const input: ElectionInput = { kind: 'found', lease };
    assert.deepEqual(next(waitingFor(lease, 0), input, 14_999.999_999)[1], { kind: 'wait', ms: 1 });
  });

  test('is lost when the deadline has passed, whether it failed or slept', () => {
    const [, slept] = next(leading(0), { kind: 'time' }, 10_000);
    assert.deepEqual(slept, { kind: 'lost', reason: 'it was not renewed within 10 s' });
    const [, refused] = next(leading(0), failed, 10_000);
    assert.deepEqual(refused, { kind: 'lost', reason: 'it could not be renewed: down' });
    const [, late] = next(leading(0), { kind: 'written', lease: leaseOf('me'), sent: at(2_000) }, 12_000);
    assert.equal(late.kind, 'lost');
  });

  test('a wall clock that is set forward costs the writes until the next renewal, not the lease', () => {
    const jumped: Instant = { monotonic: 2_000, wall: epoch + 3_600_000 };
    assert.equal(leads(leading(0), rules, jumped), false);
    const [state, action] = step(leading(0), { kind: 'time' }, rules, jumped, 0);
    assert.equal(action.kind, 'update');
    const [renewed] = step(state, { kind: 'written', lease: leaseOf('me'), sent: jumped }, rules, jumped, 0);
    assert.equal(leads(renewed, rules, jumped), true);
  });

  test('a jump during the renewal makes it look again, and changes nothing else', () => {
    const jumped: Instant = { monotonic: 2_010, wall: epoch + 3_600_000 };
    const input: ElectionInput = { kind: 'written', lease: leaseOf('me'), sent: at(2_000) };
    const [state, action] = step(leading(0), input, rules, jumped, 0);
    assert.deepEqual(action, { kind: 'read' });
    assert.notEqual(state.renewed, undefined);
  });

  test('a wall clock that is set back does not make a renewal last longer', () => {
    assert.equal(leads(leading(0), rules, { monotonic: 10_000, wall: epoch - 3_600_000 }), false);
  });
});

describe('election: the fence', () => {
  const rows: readonly (readonly [ms: number, boolean])[] = [
    [0, true],
    [9_999, true],
    [10_000, false],
    [60_000, false],
  ];
  for (const [ms, expected] of rows) {
    test(`${ms} ms after the last renewal was sent: ${expected}`, () => {
      assert.equal(leads(leading(0), rules, at(ms)), expected);
    });
  }

  test('is shut for one who never led', () => assert.equal(leads(candidate, rules, at(0)), false));

  test('is shut before any other may take over, with a margin of a third of the duration', () => {
    const holder = leading(0);
    const seen = waitingFor(leaseOf('me'), 0);
    for (let ms = 0; ms < 30_000; ms += 500) {
      const other = { ...rules, identity: 'other' };
      const [, action] = step(seen, { kind: 'found', lease: leaseOf('me') }, other, at(ms), 0);
      assert.ok(!(leads(holder, rules, at(ms)) && action.kind === 'update'), `both at ${ms} ms`);
    }
  });
});
