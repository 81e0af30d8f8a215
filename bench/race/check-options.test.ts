import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOptions, help } from './check-options.ts';

test('without options it is 500 servers, three times, and three more in doubt', () => {
  assert.deepEqual(checkOptions([]), { servers: 500, runs: 3, more: 3, update: false });
});

test('every option is taken, and told of by the help', () => {
  const args = ['--n=100', '--runs=1', '--more=0', '--update'];
  assert.deepEqual(checkOptions(args), { servers: 100, runs: 1, more: 0, update: true });
  for (const name of ['n', 'runs', 'more', 'update']) assert.match(help, new RegExp(`--${name}\\b`));
  assert.equal(checkOptions(['--help']), undefined);
});

test('what cannot be is refused in words', () => {
  assert.throws(() => checkOptions(['--runs=0']), /--runs must be a whole number of at least 1, not "0"/);
  assert.throws(() => checkOptions(['--more=-1']), /--more must be a whole number of at least 0/);
  assert.throws(() => checkOptions(['--baseline=x']), /baseline/);
});
