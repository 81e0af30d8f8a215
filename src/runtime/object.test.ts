import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { controllerOf, keyOf, splitKey } from './object.ts';

describe('keys', () => {
  it('are namespace and name, or the name of a cluster-scoped object', () => {
    assert.equal(keyOf({ metadata: { namespace: 'a', name: 'w' } }), 'a/w');
    assert.equal(keyOf({ metadata: { name: 'w' } }), 'w');
  });

  it('come apart as they were put together', () => {
    for (const metadata of [
      { namespace: 'a', name: 'w' },
      { name: 'w', namespace: undefined },
    ]) {
      assert.deepEqual(splitKey(keyOf({ metadata: metadata as { name: string } })), metadata);
    }
  });
});

describe('controllerOf', () => {
  const owner = (name: string, controller?: boolean) => ({
    apiVersion: 'v1',
    kind: 'K',
    name,
    uid: name,
    ...(controller !== undefined && { controller }),
  });

  it('is the one owner that controls', () => {
    const ownerReferences = [owner('a'), owner('b', false), owner('c', true)];
    assert.equal(controllerOf({ metadata: { name: 'w', ownerReferences } })?.name, 'c');
  });

  it('is nobody where nobody controls', () => {
    assert.equal(controllerOf({ metadata: { name: 'w', ownerReferences: [owner('a')] } }), undefined);
    assert.equal(controllerOf({ metadata: { name: 'w' } }), undefined);
  });
});
