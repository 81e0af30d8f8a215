import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { seeds } from '../seeds/catalog.ts';
import { parseOptions } from './options.ts';

describe('the command line of the fault plans', () => {
  test('runs a part of everything, with the same seed for everybody', () => {
    const options = parseOptions([]);
    assert.deepEqual(options.parts, ['plans', 'fields', 'seeds']);
    assert.deepEqual([options.full, options.list, options.plan, options.seeds], [false, false, undefined, undefined]);
    assert.deepEqual([options.jobs, options.workloads], [3, []]);
    assert.equal(options.seed, parseOptions([]).seed);
  });

  test('takes names of workloads and seeds, and numbers', () => {
    const options = parseOptions(['--workload', 'create', 'scale', '--jobs', '2', '--count', '9', '--seed', '4']);
    assert.deepEqual(options.workloads, ['create', 'scale']);
    assert.deepEqual(parseOptions(['--kind', 'older-list', 'conflict']).kinds, ['older-list', 'conflict']);
    assert.deepEqual([options.jobs, options.count, options.seed], [2, 9, 4]);
    assert.deepEqual(parseOptions(['--seeds', 'hash-omitted']).seeds, ['hash-omitted']);
  });

  test('takes all seeds by one word', () => {
    assert.equal(parseOptions(['--seeds', 'all']).seeds?.length, seeds.length);
  });

  test('runs the parts that are named', () => {
    assert.deepEqual(parseOptions(['--only', 'fields', 'seeds']).parts, ['fields', 'seeds']);
  });
});

function run(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, '..', 'cli.ts'), ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

describe('a wrong command line', () => {
  for (const [args, message] of [
    [['--workload', 'bogus'], /no such workload: bogus\. There are create, /],
    [['--kind', 'bogus'], /no such kind of fault: bogus\. There are crash-before, /],
    [['--seeds', 'bogus'], /no such seed: bogus\. There are owner-omitted, /],
    [['--only', 'bogus'], /'bogus' is invalid.*There are plans, fields, seeds/],
    [['--jobs', '0'], /'0' is invalid.*a number from 1/],
    [['--bogus'], /unknown option '--bogus'/],
  ] as const) {
    test(`is refused by name, with exit code 2, before anything is started: ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.match(stderr, /--help/);
      assert.equal(stdout, '');
    });
  }
});

test('--help teaches: what is done, examples, the last line, the exit codes', async () => {
  const { code, stdout } = await run('--help');
  assert.equal(code, 0);
  for (const word of ['--plan', '--report', 'Examples:', 'N passed, N failed', 'Exit codes']) {
    assert.ok(stdout.includes(word), word);
  }
});
