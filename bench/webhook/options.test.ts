import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchOptions, help } from './options.ts';

test('the defaults are those of the help', () => {
  assert.deepEqual(benchOptions([]), { calls: 600, concurrency: 4, check: false });
  assert.match(help, /--calls N .*default 600/);
  assert.match(help, /--concurrency N .*default 4/);
});

test('numbers are read, and what is none is named', () => {
  assert.deepEqual(benchOptions(['--calls', '7', '--concurrency=2', '--check']), {
    calls: 7,
    concurrency: 2,
    check: true,
  });
  for (const bad of ['0', '-1', '1.5', 'many']) {
    assert.throws(() => benchOptions([`--calls=${bad}`]), new RegExp(`--calls must be .*"${bad}"`));
  }
  assert.throws(() => benchOptions(['--unknown']), /--unknown/);
});

test('help is no run', () => assert.equal(benchOptions(['--help']), undefined));
