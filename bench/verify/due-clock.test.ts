import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createDueClock } from './due-clock.ts';

test('lateness is counted from when the timer was due, over promises, until it is asked for', async () => {
  const fake = createFakeClock();
  const clock = createDueClock(fake);
  const seen: (number | undefined)[] = [];
  let goOn: () => void = () => undefined;
  clock.after(100, () => {
    seen.push(clock.lateness());
    void new Promise<void>((resolve) => {
      goOn = resolve;
    }).then(() => seen.push(clock.lateness()));
  });
  await fake.advance(150);
  goOn();
  await fake.advance(0);
  assert.deepEqual(seen, [0, 50]);
});

test('it is that of the innermost timer, and of nobody else', async () => {
  const fake = createFakeClock();
  const clock = createDueClock(fake);
  const seen: (number | undefined)[] = [];
  clock.after(10, () => clock.after(20, () => seen.push(clock.lateness())));
  await fake.advance(1_000);
  assert.equal(clock.lateness(), undefined);
  assert.deepEqual(seen, [0]);
});

test('a timer can be cancelled', async () => {
  const fake = createFakeClock();
  const clock = createDueClock(fake);
  clock.after(10, () => assert.fail('cancelled'))();
  await fake.advance(100);
});
