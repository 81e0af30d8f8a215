import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import type { Consistency } from './consistency.ts';
import { createConsistency } from './consistency.ts';
import type { ObservedVersion } from './informer.ts';

describe('consistency', () => {
  let clock = createFakeClock();
  /** What the caches have seen, by `resource key`. */
  let caches: Record<string, ObservedVersion>;
  let consistency: Consistency;

  function sees(collection: string | undefined, object?: string, epoch = 0): void {
    caches['deployments a/web'] = { object, collection, epoch };
  }

  beforeEach(() => {
    clock = createFakeClock();
    caches = {};
    consistency = createConsistency(clock, (resource, key) => caches[`${resource} ${key}`]);
  });

  it('is current where nothing was written', () => {
    assert.equal(consistency.isCurrent('a/web'), true);
  });

  it('is not current until the event of the write has come', () => {
    sees('10', '5');
    consistency.wrote('a/web', 'deployments', 'a/web', '11');
    assert.equal(consistency.isCurrent('a/web'), false);
    sees('11', '11');
    assert.equal(consistency.isCurrent('a/web'), true);
  });

  it('takes a later version of the collection for proof, whatever became of the object', () => {
    sees('10');
    consistency.wrote('a/web', 'deployments', 'a/web', '11');
    sees('12');
    assert.equal(consistency.isCurrent('a/web'), true, 'a bookmark after the write, and the object deleted again');
  });

  it('compares versions as numbers, not as text', () => {
    sees('9', '9');
    consistency.wrote('a/web', 'deployments', 'a/web', '10');
    assert.equal(consistency.isCurrent('a/web'), false);
    sees('10', '10');
    assert.equal(consistency.isCurrent('a/web'), true);
  });

  it('remembers nothing when the event was faster than the answer', () => {
    sees('12', '12');
    consistency.wrote('a/web', 'deployments', 'a/web', '11');
    assert.equal(consistency.size, 0);
    assert.equal(consistency.isCurrent('a/web'), true);
  });

  it('remembers nothing for a write that changed nothing', () => {
    sees('12', '7');
    consistency.wrote('a/web', 'deployments', 'a/web', '7');
    assert.equal(consistency.isCurrent('a/web'), true);
  });

  it('waits for all writes of an owner, of whatever resource', () => {
    sees('10');
    caches['services a/web'] = { object: undefined, collection: '10', epoch: 0 };
    consistency.wrote('a/web', 'deployments', 'a/web', '11');
    consistency.wrote('a/web', 'services', 'a/web', '12');
    sees('11', '11');
    assert.equal(consistency.isCurrent('a/web'), false, 'the service is still to come');
    caches['services a/web'] = { object: '12', collection: '12', epoch: 0 };
    assert.equal(consistency.isCurrent('a/web'), true);
  });

  it('waits for the last of several writes of one object', () => {
    sees('10', '5');
    consistency.wrote('a/web', 'deployments', 'a/web', '11');
    consistency.wrote('a/web', 'deployments', 'a/web', '13');
    sees('11', '11');
    assert.equal(consistency.isCurrent('a/web'), false);
    sees('13', '13');
    assert.equal(consistency.isCurrent('a/web'), true);
  });

  it('keeps owners apart', () => {
    sees('10', '5');
    consistency.wrote('a/web', 'deployments', 'a/web', '11');
    assert.equal(consistency.isCurrent('a/other'), true);
    assert.equal(consistency.isCurrent('a/web'), false);
  });

  it('forgets', () => {
    sees('10', '5');
    consistency.wrote('a/web', 'deployments', 'a/web', '11');
    consistency.forget('a/web');
    assert.equal(consistency.isCurrent('a/web'), true);
    assert.equal(consistency.size, 0);
  });

  it('holds no memory once a write was seen', () => {
    sees('10', '5');
    consistency.wrote('a/web', 'deployments', 'a/web', '11');
    assert.equal(consistency.size, 1);
    sees('11', '11');
    consistency.isCurrent('a/web');
    assert.equal(consistency.size, 0);
  });

  it('waits for nothing that is not cached', () => {
    consistency.wrote('a/web', 'events', 'a/web', '11');
    assert.equal(consistency.isCurrent('a/web'), true);
  });

  it('is not current before the cache has listed anything', () => {
    sees(undefined);
    consistency.wrote('a/web', 'deployments', 'a/web', '11');
    assert.equal(consistency.isCurrent('a/web'), false);
    sees('20');
    assert.equal(consistency.isCurrent('a/web'), true);
  });

  it('lets go of writes from before the API server was restored', () => {
    sees('100', '90');
    consistency.wrote('a/web', 'deployments', 'a/web', '101');
    sees('50', '40', 1);
    assert.equal(consistency.isCurrent('a/web'), true);
  });

  describe('with versions that cannot be compared', () => {
    it('accepts the very version', () => {
      sees('v-a', 'v-a');
      consistency.wrote('a/web', 'deployments', 'a/web', 'v-b');
      assert.equal(consistency.isCurrent('a/web'), false);
      sees('v-b', 'v-b');
      assert.equal(consistency.isCurrent('a/web'), true);
    });

    it('accepts any change of the object since the write', () => {
      sees('v-a', 'v-a');
      consistency.wrote('a/web', 'deployments', 'a/web', 'v-b');
      sees('v-c', 'v-c');
      assert.equal(consistency.isCurrent('a/web'), true);
    });

    it('does not take a change of something else for it', () => {
      sees('v-a', 'v-a');
      consistency.wrote('a/web', 'deployments', 'a/web', 'v-b');
      sees('v-z', 'v-a');
      assert.equal(consistency.isCurrent('a/web'), false);
    });

    it('stops waiting for a version that may have been replaced before it was known', async () => {
      sees('v-c', 'v-c');
      consistency.wrote('a/web', 'deployments', 'a/web', 'v-b');
      await clock.advance(30_000);
      assert.equal(consistency.isCurrent('a/web'), false);
      await clock.advance(1);
      assert.equal(consistency.isCurrent('a/web'), true);
    });

    it('waits however long for one that can be compared', async () => {
      sees('10', '5');
      consistency.wrote('a/web', 'deployments', 'a/web', '11');
      await clock.advance(3_600_000);
      assert.equal(consistency.isCurrent('a/web'), false);
    });
  });
});
