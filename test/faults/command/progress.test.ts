import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createProgress } from './progress.ts';

test('tells every ten seconds how far it is and how long it will take, and at the end', async () => {
  const clock = createFakeClock();
  const lines: string[] = [];
  const progress = createProgress('plans', 4, clock, (line) => lines.push(line));
  await clock.advance(1_000);
  progress.done(true);
  assert.deepEqual(lines, [], 'nothing to tell yet');
  await clock.advance(9_000);
  progress.done(false);
  assert.deepEqual(lines, ['  2 of 4 plans, 1 failed, 10 s, about 10 s left']);
  progress.done(true);
  assert.equal(lines.length, 1);
  await clock.advance(2_000);
  progress.done(true);
  assert.deepEqual(lines.slice(1), ['  4 of 4 plans, 1 failed, 12 s']);
});
