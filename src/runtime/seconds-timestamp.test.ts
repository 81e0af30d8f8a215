import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secondsTimestamp } from './seconds-timestamp.ts';

test('a timestamp has whole seconds, and no second that is still to come', () => {
  assert.equal(secondsTimestamp(0), '1970-01-01T00:00:00Z');
  assert.equal(secondsTimestamp(999), '1970-01-01T00:00:00Z');
  assert.equal(secondsTimestamp(Date.UTC(2026, 10, 22, 9, 30)), '2026-11-22T09:30:00Z');
});
