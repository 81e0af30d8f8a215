import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aSnapshot } from '../../test/support/snapshots.ts';
import { oncePerSnapshot } from './once-per-snapshot.ts';

describe('oncePerSnapshot', () => {
  test('computes once for one snapshot, and again for another', () => {
    const asked: number[] = [];
    const nowOf = oncePerSnapshot(({ now }) => asked.push(now));
    const first = aSnapshot();
    const second = aSnapshot();
    assert.deepEqual([nowOf(first), nowOf(first), nowOf(second), nowOf(first)], [1, 1, 2, 1]);
  });

  test('knows undefined from what was not computed yet', () => {
    let count = 0;
    const nothing = oncePerSnapshot(() => void count++);
    const snapshot = aSnapshot();
    assert.deepEqual([nothing(snapshot), nothing(snapshot), count], [undefined, undefined, 1]);
  });

  test('two questions of one snapshot have two answers', () => {
    const snapshot = aSnapshot();
    assert.equal(oncePerSnapshot(() => 1)(snapshot), 1);
    assert.equal(oncePerSnapshot(() => 2)(snapshot), 2);
  });
});
