import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLru } from './lru.ts';

describe('lru', () => {
  test('keeps what it is given, up to its capacity', () => {
    const lru = createLru<number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    assert.deepEqual([lru.get('a'), lru.get('b'), lru.get('c'), lru.size()], [1, 2, undefined, 2]);
  });

  test('forgets what was set first', () => {
    const lru = createLru<number>(2);
    for (const [key, value] of Object.entries({ a: 1, b: 2, c: 3 })) lru.set(key, value);
    assert.deepEqual([lru.get('a'), lru.get('b'), lru.get('c'), lru.size()], [undefined, 2, 3, 2]);
  });

  test('what is read is kept longer', () => {
    const lru = createLru<number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    lru.get('a');
    lru.set('c', 3);
    assert.deepEqual([lru.get('a'), lru.get('b'), lru.get('c')], [1, undefined, 3]);
  });

  test('what is set again is kept longer, with its new value, and takes no second place', () => {
    const lru = createLru<number>(2);
    lru.set('a', 1);
    lru.set('b', 2);
    lru.set('a', 10);
    assert.equal(lru.size(), 2);
    lru.set('c', 3);
    assert.deepEqual([lru.get('a'), lru.get('b'), lru.get('c')], [10, undefined, 3]);
  });

  test('deletes', () => {
    const lru = createLru<number>(2);
    lru.set('a', 1);
    lru.delete('a');
    lru.delete('never');
    assert.deepEqual([lru.get('a'), lru.size()], [undefined, 0]);
  });
});
