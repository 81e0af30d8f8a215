import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnyObject } from '../kube/api.ts';
import { createTracker } from './tracker.ts';

const object = (name: string, status?: unknown, uid = 'uid-1'): AnyObject => ({ metadata: { name, uid }, status });

function stage() {
  let now = 100;
  const tracker = createTracker([(name) => `${name}-deployment`, (name) => name], () => now);
  return {
    tracker,
    at(time: number) {
      now = time;
    },
  };
}

test('it is over when the condition has come true of the last one', async () => {
  const { tracker, at } = stage();
  const expectation = tracker.expect(['a', 'b'], (sight) => sight.object?.status === 'ok');
  at(200);
  tracker.saw('ADDED', object('a', 'ok'));
  assert.equal(expectation.count(), 1);
  assert.deepEqual(expectation.missing(), ['b']);
  at(300);
  tracker.saw('ADDED', object('b'));
  assert.equal(expectation.count(), 1);
  at(400);
  tracker.saw('MODIFIED', object('b', 'ok'));
  assert.equal(await expectation.done, 400);
});

test('what once came true stays so, and what is true already need not happen', async () => {
  const { tracker } = stage();
  tracker.saw('LISTED', object('a', 'ok'));
  const expectation = tracker.expect(['a', 'b'], (sight) => sight.object?.status === 'ok');
  assert.equal(expectation.count(), 1);
  tracker.saw('MODIFIED', object('a', 'not any more'));
  assert.equal(expectation.count(), 1);
  tracker.saw('ADDED', object('b', 'ok'));
  assert.equal(await expectation.done, 100);
});

test('children belong to the resource whose name gives theirs', async () => {
  const { tracker } = stage();
  const expectation = tracker.expect(['a'], ({ children }) => children.every((child) => child !== undefined));
  tracker.saw('ADDED', object('a-deployment'), 0);
  assert.equal(expectation.count(), 0);
  tracker.saw('ADDED', object('kubernetes'), 1);
  tracker.saw('ADDED', object('a'), 1);
  assert.equal(await expectation.done, 100);
  assert.equal(tracker.sight('a').children[0]?.metadata.name, 'a-deployment');
});

test('what is deleted is not there any more', () => {
  const { tracker } = stage();
  tracker.saw('ADDED', object('a'));
  tracker.saw('ADDED', object('a'), 1);
  tracker.saw('DELETED', object('a'), 1);
  assert.deepEqual(tracker.sight('a').children, [undefined, undefined]);
  tracker.saw('DELETED', object('a'));
  assert.equal(tracker.sight('a').object, undefined);
});

test('to expect something of nobody is over at once', async () => {
  assert.equal(await stage().tracker.expect([], () => false).done, 100);
});
