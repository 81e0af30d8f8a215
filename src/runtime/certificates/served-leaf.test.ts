import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aSet, DAY, HOUR, MADE_AT } from '../../../test/support/certificates.ts';
import { chooseLeaf, type Offer, trustsAll } from './served-leaf.ts';

const before = aSet();
const after = aSet({ madeAt: MADE_AT + DAY });
const now = MADE_AT + 2 * DAY;
const both = [after.authority.certificate + before.authority.certificate];

function choose(offer: Partial<Offer>) {
  const defaults = {
    now,
    serving: before.leaf,
    offered: after.leaf,
    bundles: both,
    trustedSince: now,
    graceMs: 10_000,
  };
  return chooseLeaf({ ...defaults, ...offer });
}

describe('the first leaf', () => {
  test('is served at once: without it nothing is', () => {
    assert.equal(choose({ serving: undefined, trustedSince: undefined, bundles: ['nothing'] }).serve, after.leaf);
  });

  test('there is none', () => {
    assert.deepEqual(choose({ serving: undefined, offered: undefined }), { serve: undefined });
  });
});

describe('a new leaf', () => {
  test('is not served before the API server trusts it', () => {
    assert.deepEqual(choose({ bundles: [before.authority.certificate], trustedSince: undefined }), {
      serve: before.leaf,
    });
  });

  test('nor in the moment that an API server may lag behind', () => {
    assert.deepEqual(choose({ now: now + 9_999 }), { serve: before.leaf, askAgainAt: now + 10_000 });
  });

  test('and is served after that', () => {
    assert.deepEqual(choose({ now: now + 10_000 }), { serve: after.leaf });
  });

  test('is served at once when the old one has expired', () => {
    const expired = aSet({ leafMs: HOUR });
    assert.equal(choose({ serving: expired.leaf }).serve, after.leaf);
  });

  test('is served at once when the old one is trusted no longer', () => {
    assert.equal(choose({ bundles: [after.authority.certificate] }).serve, after.leaf);
  });

  test('is served at once when nobody is known to call', () => {
    assert.equal(choose({ bundles: [], trustedSince: undefined }).serve, after.leaf);
  });

  const useless: Readonly<Record<string, Offer['offered']>> = {
    nonsense: { certificate: 'nonsense', key: 'nonsense' },
    'one with the key of another': { certificate: after.leaf.certificate, key: before.leaf.key },
    'an expired one': aSet({ leafMs: HOUR }).leaf,
    'one from the future': aSet({ madeAt: now + DAY }).leaf,
  };
  for (const [what, offered] of Object.entries(useless)) {
    test(`${what} is not served, not even instead of nothing`, () => {
      assert.equal(choose({ offered, now: now + HOUR }).serve, before.leaf);
      assert.equal(choose({ offered, serving: undefined, now: now + HOUR }).serve, undefined);
    });
  }
});

test('a deleted Secret takes nothing away from who serves', () => {
  assert.deepEqual(choose({ offered: undefined, trustedSince: undefined }), { serve: before.leaf });
});

test('a leaf is trusted by bundles when each holds its authority', () => {
  assert.equal(trustsAll(both, before.leaf), true);
  assert.equal(trustsAll([...both, after.authority.certificate], before.leaf), false);
  assert.equal(trustsAll(both, undefined), false);
  assert.equal(trustsAll(['nonsense'], before.leaf), false);
  // An issuer of the same name that did not sign it.
  assert.equal(trustsAll([aSet().authority.certificate], before.leaf), false);
});
