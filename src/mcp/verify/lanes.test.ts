import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import { createLanes, type Lane } from './lanes.ts';

/** Enters, and tells whether it is inside. */
function entrant(lanes: ReturnType<typeof createLanes>, lane: Lane) {
  const state: { inside: boolean; leave: () => void } = { inside: false, leave: () => undefined };
  void lanes.enter(lane).then((leave) => {
    state.inside = true;
    state.leave = leave;
  });
  return state;
}

describe('the lanes', () => {
  it('let as many in as they are wide, twice as many where it is doubtful', async () => {
    const clock = createFakeClock();
    const lanes = createLanes(clock, 2);
    const answering = Array.from({ length: 5 }, () => entrant(lanes, 'answering'));
    const doubtful = Array.from({ length: 5 }, () => entrant(lanes, 'doubtful'));
    await clock.advance(0);
    assert.equal(answering.filter(({ inside }) => inside).length, 2);
    assert.equal(doubtful.filter(({ inside }) => inside).length, 4);
    assert.equal(lanes.inside, 6);
  });

  it('make room when a probe takes longer than a second', async () => {
    const clock = createFakeClock();
    const lanes = createLanes(clock, 1);
    const slow = entrant(lanes, 'answering');
    const next = entrant(lanes, 'answering');
    await clock.advance(999);
    assert.deepEqual([slow.inside, next.inside], [true, false]);
    await clock.advance(1);
    assert.equal(next.inside, true);
    assert.equal(lanes.inside, 2, 'the slow one is still counted');
  });

  it('keep a slow one in its place while the slow lane is full', async () => {
    const clock = createFakeClock();
    const lanes = createLanes(clock, 1);
    const entrants = Array.from({ length: 5 }, () => entrant(lanes, 'answering'));
    const inside = () => entrants.map((each) => each.inside);
    await clock.advance(0);
    await clock.advance(1_000);
    await clock.advance(1_000);
    assert.deepEqual(inside(), [true, true, true, false, false], 'two slow, and one who cannot move over');
    await clock.advance(60_000);
    assert.deepEqual(inside(), [true, true, true, false, false]);
    entrants[0]?.leave();
    await clock.advance(0);
    assert.deepEqual(inside(), [true, true, true, true, false], 'the third has moved over for the fourth');
  });

  it('do not give a place to somebody who has left while waiting for it', async () => {
    const clock = createFakeClock();
    const lanes = createLanes(clock, 1);
    const entrants = Array.from({ length: 3 }, () => entrant(lanes, 'answering'));
    await clock.advance(0);
    await clock.advance(1_000);
    await clock.advance(1_000);
    await clock.advance(1_000);
    // The third waits for a place in the slow lane, and leaves.
    entrants[2]?.leave();
    entrants[0]?.leave();
    await clock.advance(0);
    assert.equal(lanes.inside, 1);
    entrants[1]?.leave();
    assert.equal(lanes.inside, 0);
  });

  it('may be left twice', async () => {
    const clock = createFakeClock();
    const lanes = createLanes(clock, 1);
    const leave = await lanes.enter('answering');
    await clock.advance(1_500);
    leave();
    leave();
    assert.equal(lanes.inside, 0);
    await lanes.enter('answering');
    leave();
    assert.equal(lanes.inside, 1);
  });

  it('leave no timer behind', async () => {
    const clock = createFakeClock();
    const lanes = createLanes(clock, 1);
    (await lanes.enter('answering'))();
    (await lanes.enter('doubtful'))();
    assert.deepEqual(clock.pending(), []);
  });

  it('do not let the doubtful delay those that answer, however many hang', async () => {
    const clock = createFakeClock();
    const lanes = createLanes(clock, 4);
    for (let count = 0; count < 500; count++) entrant(lanes, 'doubtful');
    await clock.advance(10_000);
    for (let count = 0; count < 4; count++) {
      const good = entrant(lanes, 'answering');
      await clock.advance(0);
      assert.equal(good.inside, true);
    }
  });

  it('hold no more than five times their width, and nobody twice, whatever happens', async () => {
    const step = fc.oneof(
      fc.constantFrom<Lane[]>('answering', 'doubtful'),
      fc.record({ leave: fc.nat(50) }),
      fc.record({ advance: fc.constantFrom(1, 400, 1_000) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 80 }), async (width, steps) => {
        const clock = createFakeClock();
        const lanes = createLanes(clock, width);
        const inside: ReturnType<typeof entrant>[] = [];
        const all: ReturnType<typeof entrant>[] = [];
        for (const each of steps) {
          if (typeof each === 'string') all.push(entrant(lanes, each));
          else if ('advance' in each) await clock.advance(each.advance);
          else {
            const [leaver] = inside.splice(each.leave % Math.max(1, inside.length), 1);
            leaver?.leave();
            if (leaver !== undefined) all.splice(all.indexOf(leaver), 1);
          }
          await clock.advance(0);
          inside.splice(0, inside.length, ...all.filter((one) => one.inside));
          assert.ok(lanes.inside <= width * 5);
          assert.equal(lanes.inside, inside.length);
        }
        for (const one of inside) one.leave();
        for (let left = all.length; left > 0; left--) {
          await clock.advance(0);
          for (const one of all) if (one.inside) one.leave();
        }
        assert.equal(lanes.inside, 0, 'every place has been given back');
        assert.deepEqual(clock.pending(), []);
      }),
      { numRuns: 60 },
    );
  });
});
