import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Claim, claimed, type Lease, leases, microTime, newLease, released } from './lease.ts';
import { apiVersionOf, nameOf } from './resource.ts';

const claim: Claim = { identity: 'me', leaseDurationMs: 15_000, now: Date.UTC(2026, 0, 1, 12, 0, 0, 5) };
const time = '2026-01-01T12:00:00.005000Z';
const others: Lease = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace: 'ns', name: 'lease', resourceVersion: '7', annotations: { a: 'b' } },
  spec: {
    holderIdentity: 'other',
    leaseDurationSeconds: 60,
    acquireTime: 'then',
    renewTime: 'later',
    leaseTransitions: 3,
  },
};

describe('lease', () => {
  test('times have six fraction digits', () => {
    assert.equal(microTime(0), '1970-01-01T00:00:00.000000Z');
    assert.equal(microTime(claim.now), time);
    assert.match(microTime(Date.now()), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  test('a new one belongs to the claimant', () => {
    assert.deepEqual(newLease('ns', 'lease', claim), {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: 'ns', name: 'lease' },
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 15,
        acquireTime: time,
        renewTime: time,
        leaseTransitions: 0,
      },
    });
  });

  test('taking one over counts the change of hands', () => {
    assert.deepEqual(claimed(others, claim).spec, {
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 4,
    });
  });

  test('renewing keeps when it was acquired and how often it changed hands', () => {
    const own: Lease = { ...others, spec: { ...others.spec, holderIdentity: 'me' } };
    assert.deepEqual(claimed(own, claim).spec, {
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: 'then',
      renewTime: time,
      leaseTransitions: 3,
    });
  });

  test('everything else survives, its resourceVersion above all', () => {
    const foreign = { ...others, spec: { ...others.spec, strategy: 'OldestEmulationVersion' } };
    for (const lease of [claimed(foreign, claim), released(foreign, claim.now)]) {
      assert.deepEqual(lease.metadata, others.metadata);
      assert.equal(Reflect.get(lease.spec ?? {}, 'strategy'), 'OldestEmulationVersion');
    }
  });

  test('one without a spec can be taken', () => {
    assert.equal(claimed({ metadata: { name: 'lease' } }, claim).spec?.leaseTransitions, 1);
  });

  test('giving back leaves no holder, a second of duration, and the count', () => {
    assert.deepEqual(released(others, claim.now).spec, {
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 3,
    });
  });

  test('a duration of parts of a second is rounded up: the others wait longer, never shorter', () => {
    assert.equal(newLease('ns', 'l', { ...claim, leaseDurationMs: 1_200 }).spec?.leaseDurationSeconds, 2);
  });

  test('needs exactly get, create and update', () => {
    assert.deepEqual([nameOf(leases), apiVersionOf(leases)], ['leases.coordination.k8s.io', 'coordination.k8s.io/v1']);
    assert.deepEqual(leases.verbs, ['get', 'create', 'update']);
  });
});
