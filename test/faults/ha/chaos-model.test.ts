import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from '../command/random.ts';
import { blows, createChaosModel, type UserAction } from './chaos-model.ts';

const names = ['a', 'b', 'c'];
const play = (seed: number, actions: number) => {
  const model = createChaosModel(createRandom(seed), names);
  return { done: Array.from({ length: actions }, () => model.next()), wished: model.wished() };
};

test('the same seed is the same chaos', () => {
  assert.deepEqual(play(7, 50), play(7, 50));
  assert.notDeepEqual(play(7, 50).done, play(8, 50).done);
  assert.deepEqual(blows(createRandom(7), 300_000), blows(createRandom(7), 300_000));
});

test('what is wished for is what the actions, played one after the other, come to', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(60), (seed, count) => {
      const { done, wished } = play(seed, count);
      const expected = new Map<string, unknown>();
      for (const action of done) {
        if (action.do === 'delete') assert.ok(expected.delete(action.name), 'only what is there is deleted');
        else {
          assert.notDeepEqual(action.wish, expected.get(action.name), 'an action changes something');
          assert.equal(action.do === 'replace' && !expected.has(action.name), false);
          expected.set(action.name, action.wish);
        }
      }
      assert.deepEqual(new Map(wished), expected);
    }),
    { numRuns: 100 },
  );
});

test('everything that users do comes up', () => {
  const kinds = new Set(play(1, 200).done.map((action: UserAction) => action.do));
  assert.deepEqual([...kinds].sort(), ['apply', 'delete', 'replace']);
});

test('the leader is ended every 20 to 40 s, in both ways', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const all = blows(createRandom(seed), 600_000);
      const gaps = all.map(({ atMs }, index) => atMs - (all[index - 1]?.atMs ?? 0));
      assert.ok(gaps.every((gap) => gap >= 20_000 && gap <= 40_000));
      assert.ok(all.length >= 14, `${all.length} in ten minutes`);
    }),
    { numRuns: 50 },
  );
  const ways = new Set(blows(createRandom(1), 3_600_000).map(({ how }) => how));
  assert.equal(ways.size, 2);
});
