import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from './figures.ts';

test('figures stand in columns, each with its verdict', () => {
  const text = table([
    { what: 'processor', value: '9.1 % of a core', wanted: 'under 15 %', met: true },
    { what: 'loop delay, p99', value: '31 ms', wanted: 'under 20 ms', met: false },
    { what: 'memory', value: '101 MiB' },
  ]);
  assert.deepEqual(text.split('\n'), [
    '  processor        9.1 % of a core  met (wanted: under 15 %)',
    '  loop delay, p99            31 ms  MISSED (wanted: under 20 ms)',
    '  memory                   101 MiB',
  ]);
});

test('no figures are no lines', () => {
  assert.equal(table([]), '');
});
