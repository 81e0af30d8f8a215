import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { type Budget, createBudget } from './budget.ts';

const never = new AbortController().signal;

/** Whether a place is had at once. */
async function enters(budget: Budget): Promise<(() => void) | undefined> {
  return Promise.race([budget.enter(never), new Promise<undefined>((resolve) => setImmediate(resolve, undefined))]);
}

test('so many at a time, and the next when one leaves', async () => {
  const budget = createBudget({ clock: createFakeClock(), atATime: 2 });
  const first = await enters(budget);
  assert.ok(first);
  assert.ok(await enters(budget));
  const third = budget.enter(never);
  assert.equal(await Promise.race([third, new Promise((resolve) => setImmediate(resolve, 'waits'))]), 'waits');
  first();
  const leave = await third;
  // The place was handed on, not freed: there is none for another.
  assert.equal(await enters(budget), undefined);
  leave();
});

test('so many waiting, and no more', async () => {
  const budget = createBudget({ clock: createFakeClock(), atATime: 1, waiting: 1 });
  const leave = await budget.enter(never);
  const waits = budget.enter(never);
  await assert.rejects(budget.enter(never), { name: 'WebhookError', code: 'Busy' });
  leave();
  (await waits)();
});

test('who gives up waiting takes no place', async () => {
  const budget = createBudget({ clock: createFakeClock(), atATime: 1 });
  const leave = await budget.enter(never);
  const late = new AbortController();
  const waits = assert.rejects(budget.enter(late.signal), /late/);
  late.abort(new Error('late'));
  await waits;
  leave();
  assert.ok(await enters(budget));
  await assert.rejects(budget.enter(AbortSignal.abort(new Error('late already'))), /late already/);
});

test('so many a second, over time', async () => {
  const clock = createFakeClock();
  const budget = createBudget({ clock, perSecond: 2, burst: 3 });
  const pass = async () => (await budget.enter(never))();
  for (let i = 0; i < 3; i++) await pass();
  await assert.rejects(pass(), { code: 'Busy' });
  await clock.advance(500);
  await pass();
  await assert.rejects(pass(), { code: 'Busy' });
  // A quiet time is worth no more than the burst.
  await clock.advance(60_000);
  for (let i = 0; i < 3; i++) await pass();
  await assert.rejects(pass(), { code: 'Busy' });
});
