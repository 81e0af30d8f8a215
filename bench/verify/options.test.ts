import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchOptions, help } from './options.ts';

test('without options it is the fleet of the issue', () => {
  assert.deepEqual(benchOptions([]), {
    servers: 1_000,
    pods: 2,
    interval: 30,
    seconds: 90,
    hanging: 200,
    rounds: 8,
    check: false,
  });
});

test('every option is taken, and told of by the help', () => {
  const options = { servers: 10, pods: 3, interval: 5, seconds: 7, hanging: 0, rounds: 1 };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  assert.deepEqual(benchOptions([...args, '--check']), { ...options, check: true });
  for (const name of [...Object.keys(options), 'check']) assert.match(help, new RegExp(`--${name}\\b`));
});

test('help is asked for', () => {
  assert.equal(benchOptions(['--help']), undefined);
});

test('what cannot be is refused in words', () => {
  for (const value of ['0', '-1', '1.5', 'many', '']) {
    assert.throws(() => benchOptions([`--servers=${value}`]), /--servers must be a whole number of at least 1/);
  }
  assert.throws(() => benchOptions(['--interval=1']), /at least 5, not "1"/);
  assert.throws(() => benchOptions(['--sever', '3']), /sever/);
});
