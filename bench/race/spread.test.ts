import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spreadOf, spreadText } from './spread.ts';

test('the median is the middle one, or lies between the two middle ones', () => {
  assert.deepEqual(spreadOf([5, 1, 3]), { median: 3, min: 1, max: 5, count: 3 });
  assert.deepEqual(spreadOf([4, 1, 2, 10]), { median: 3, min: 1, max: 10, count: 4 });
  assert.deepEqual(spreadOf([7]), { median: 7, min: 7, max: 7, count: 1 });
  assert.equal(spreadOf([]), undefined);
});

test('numbers are sorted as numbers', () => {
  assert.equal(spreadOf([10, 9, 100])?.median, 10);
});

test('a spread is told only where there is one that shows', () => {
  const write = (value: number) => value.toFixed(1);
  assert.equal(spreadText({ median: 3.1, min: 2.9, max: 3.4, count: 3 }, write), '3.1 (2.9–3.4)');
  assert.equal(spreadText({ median: 3, min: 3.01, max: 3.04, count: 3 }, write), '3.0');
});
