import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './until.ts';

test('a condition that holds returns what it found, without its "no"', async () => {
  const values: (false | { name: string })[] = [false, { name: 'found' }];
  const found = await until(() => values.shift() ?? false, { what: 'it', intervalMs: 1 });
  assert.equal(found.name, 'found');
});

test('an assertion that fails is "not yet", and its message is told in the end', async () => {
  const never = until(() => assert.equal(1, 2, 'one is not two'), {
    what: 'the impossible',
    deadlineMs: 30,
    intervalMs: 1,
  });
  await assert.rejects(never, /waited 0\.03 s for the impossible, in vain; the last look failed with: one is not two/);
});
