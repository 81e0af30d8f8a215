import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../generated-file.ts';
import { exitCodeOf, parseOptions } from './options.ts';

describe('the command line of the test runner', () => {
  it('runs everything by default', () => {
    assert.deepEqual(parseOptions([]), {
      kinds: ['unit', 'integration', 'e2e'],
      checks: true,
      faults: true,
      filter: undefined,
      concurrency: undefined,
      coverage: true,
    });
    assert.deepEqual(parseOptions(['all']), parseOptions([]));
  });

  it('runs the kinds that are named, in the runner’s order, without lint and types', () => {
    const { kinds, checks, faults } = parseOptions(['integration', 'unit']);
    assert.deepEqual(kinds, ['unit', 'integration']);
    assert.deepEqual([checks, faults], [false, false]);
  });

  it('runs the fault plans alone when they are named, and none of them with a filter', () => {
    const alone = parseOptions(['faults']);
    assert.deepEqual([alone.kinds, alone.checks, alone.faults], [[], false, true]);
    assert.equal(parseOptions(['--filter', 'queue']).faults, false);
  });

  it('measures nothing and checks nothing when a filter leaves some of the tests', () => {
    const { filter, checks, coverage, kinds } = parseOptions(['--filter', 'queue']);
    assert.deepEqual([filter, checks, coverage, kinds.length], ['queue', false, false, 3]);
  });

  it('measures nothing when told so', () => {
    assert.equal(parseOptions(['--no-coverage']).coverage, false);
  });

  it('takes a number of files at a time', () => {
    assert.equal(parseOptions(['--concurrency', '4']).concurrency, 4);
  });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runner(...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(repositoryRoot, 'tools', 'test.ts'), ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe('a wrong command line', () => {
  for (const [args, message] of [
    [['bogus'], /no such kind of test: bogus\. There are unit, integration, e2e, faults, all\./],
    [['--bogus'], /unknown option '--bogus'/],
    [['--concurrency', '0'], /'0' is invalid.*a number from 1 to 99/],
    [['--concurrency', 'two'], /'two' is invalid/],
    [['--filter'], /argument missing/],
    [['--filter', 'queue', '--filter', 'store'], /'store' is invalid.*It comes after queue: only one is taken/],
  ] as const) {
    it(`is refused by name, with exit code 2: ${args.join(' ')}`, async () => {
      const { code, stderr, stdout } = await runner(...args);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.match(stderr, /--help/);
      assert.equal(stdout, '');
    });
  }

  it('is told from other errors', () => {
    assert.equal(exitCodeOf(new Error('other')), undefined);
  });
});

describe('--help', () => {
  it('tells of kinds, options, examples and the last line, and runs nothing', async () => {
    const { code, stdout } = await runner('--help');
    assert.equal(code, 0);
    for (const word of ['integration', '--filter', '--concurrency', 'Examples:', 'N passed, N failed']) {
      assert.ok(stdout.includes(word), word);
    }
  });
});
