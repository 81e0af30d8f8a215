import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aConfiguration, aSecret, aSet } from '../../../test/support/certificates.ts';
import type { OwnerReference } from '../object.ts';
import { isOwnedBy, ownedBy, ownersOf } from './secret-owner.ts';

const secret = aSecret(aSet());
const ours: OwnerReference = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  name: 'hooks',
  uid: 'uid-hooks',
};
const somebody: OwnerReference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: 'uid-other' };
const withOwners = (...ownerReferences: OwnerReference[]) => ({
  ...secret,
  metadata: { ...secret.metadata, ownerReferences },
});

test('the owner is the configuration, and blocks nothing', () => {
  assert.deepEqual(ownedBy(aConfiguration()), ours);
});

describe('isOwnedBy', () => {
  const rows: Readonly<Record<string, readonly [owners: OwnerReference[], boolean]>> = {
    'by it': [[ours], true],
    'by it beside somebody else': [[somebody, ours], true],
    'by a namesake': [[{ ...ours, uid: 'another' }], false],
    'by somebody else': [[somebody], false],
    'by nobody': [[], false],
  };
  for (const [what, [owners, expected]] of Object.entries(rows)) {
    test(what, () => assert.equal(isOwnedBy(withOwners(...owners), aConfiguration()), expected));
  }

  test('without the field', () => {
    const { ownerReferences: _, ...metadata } = secret.metadata;
    assert.equal(isOwnedBy({ ...secret, metadata }, aConfiguration()), false);
  });
});

describe('ownersOf', () => {
  test('are those of ours, also one that is gone: who looks at changes of owners has nothing to look at', () => {
    const former = { ...ours, uid: 'another' };
    assert.deepEqual(ownersOf(withOwners(somebody, former, ours)), [former, ours]);
  });

  test('are none of no Secret', () => {
    assert.deepEqual(ownersOf(undefined), []);
  });
});
