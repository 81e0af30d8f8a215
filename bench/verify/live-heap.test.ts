import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveHeap } from './live-heap.ts';

test('what is in use counts, and garbage does not', () => {
  const before = liveHeap();
  let kept: unknown[] | undefined = Array.from({ length: 200_000 }, (_, index) => ({ index }));
  const during = liveHeap();
  assert.equal(kept.length, 200_000);
  kept = undefined;
  const after = liveHeap();
  assert.ok(during - before > 4, `${before} MiB, then ${during} MiB`);
  assert.ok(during - after > 4, `${during} MiB, then ${after} MiB`);
});
