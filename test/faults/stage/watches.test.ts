import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestEntry, TraceEntry } from '../proxy/trace.ts';
import { areWatchesOpen } from './watches.ts';

const read = (verb: 'list' | 'watch', resource: string, outcome: RequestEntry['outcome'], instance = '1') =>
  ({ kind: 'request', verb, resource, outcome, instance }) as TraceEntry;
const pods = [read('list', 'pods', 'answered'), read('watch', 'pods', 'open')];
const services = [read('list', 'services', 'answered'), read('watch', 'services', 'open')];

test('every watch is open', () => {
  assert.equal(areWatchesOpen([...pods, ...services], '1'), true);
});

test('one is not open yet, has ended, or is listed for anew', () => {
  for (const more of [
    read('list', 'secrets', 'answered'),
    read('list', 'services', 'faked'),
    read('watch', 'services', 'lost'),
  ]) {
    assert.equal(areWatchesOpen([...pods, ...services, more], '1'), false);
  }
});

test('what another operator watches is of no use, and what has not begun is not open', () => {
  assert.equal(areWatchesOpen(pods, '2'), false);
  assert.equal(areWatchesOpen(pods, undefined), false);
  assert.equal(areWatchesOpen([], '1'), false);
});
