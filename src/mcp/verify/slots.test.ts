import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createSlots } from './slots.ts';

/** Lets promise continuations run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('slots', () => {
  it('are given at once while there are some', async () => {
    const slots = createSlots(2);
    await slots.take();
    await slots.take();
    assert.equal(slots.taken, 2);
  });

  it('make others wait, and serve them in the order in which they came', async () => {
    const slots = createSlots(1);
    const order: string[] = [];
    const first = await slots.take();
    const others = ['a', 'b', 'c'].map(async (name) => {
      const giveBack = await slots.take();
      order.push(name);
      return giveBack;
    });
    await settle();
    assert.deepEqual(order, []);
    first();
    (await others[0])?.();
    (await others[1])?.();
    (await others[2])?.();
    assert.deepEqual(order, ['a', 'b', 'c']);
    assert.equal(slots.taken, 0);
  });

  it('are not overtaken by who comes in the moment one is given back', async () => {
    const slots = createSlots(1);
    const order: string[] = [];
    const first = await slots.take();
    const waited = slots.take().then((giveBack) => {
      order.push('waited');
      giveBack();
    });
    first();
    const late = slots.take().then((giveBack) => {
      order.push('late');
      giveBack();
    });
    await Promise.all([waited, late]);
    assert.deepEqual(order, ['waited', 'late']);
  });

  it('can be given back twice without a second one coming free', async () => {
    const slots = createSlots(1);
    const giveBack = await slots.take();
    giveBack();
    giveBack();
    assert.equal(slots.taken, 0);
    const again = await slots.take();
    giveBack();
    assert.equal(slots.taken, 1, 'the slot of somebody else is not given back');
    again();
  });

  it('cannot be given back twice to two who wait', async () => {
    const slots = createSlots(1);
    const giveBack = await slots.take();
    let served = 0;
    void slots.take().then(() => served++);
    void slots.take().then(() => served++);
    giveBack();
    giveBack();
    await settle();
    assert.equal(served, 1);
  });

  it('number at least one', () => {
    for (const count of [0, -1, Number.NaN]) assert.throws(() => createSlots(count), RangeError);
  });

  it('are never more than there are, lose nobody, and keep the order, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.oneof(fc.constant('take' as const), fc.nat(9)), { maxLength: 60 }),
        async (count, steps) => {
          const slots = createSlots(count);
          const held: (() => void)[] = [];
          const given: (() => void)[] = [];
          const served: number[] = [];
          let asked = 0;
          for (const step of steps) {
            if (step === 'take') {
              const number = asked++;
              void slots.take().then((giveBack) => {
                served.push(number);
                held.push(giveBack);
              });
            } else {
              // Give back one that is held; or, once more, one that was given back before.
              const [pick] = held.splice(step % Math.max(1, held.length), 1);
              if (pick !== undefined) given.push(pick);
              (pick ?? given[step % Math.max(1, given.length)])?.();
            }
            await settle();
            assert.ok(slots.taken <= count);
            assert.equal(held.length, slots.taken);
            assert.equal(held.length, Math.min(count, asked - given.length), 'nobody waits while a slot is free');
          }
          assert.deepEqual(
            served,
            served.toSorted((a, b) => a - b),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
