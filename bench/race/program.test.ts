import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

function run(program: string, ...args: string[]) {
  const file = join(import.meta.dirname, '..', program);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('each program has help, and starts nothing for it', () => {
  for (const [program, first] of [
    ['race/run.ts', /^Usage: make bench /],
    ['race/check.ts', /^Usage: make bench-check /],
    ['floor/main.ts', /^Usage: node bench\/floor\/main\.ts /],
  ] as const) {
    const { status, stdout, stderr } = run(program, '--help');
    assert.deepEqual([status, stderr], [0, ''], program);
    assert.match(stdout, first);
  }
});

test('what cannot be is said in one line, and is a failure', () => {
  const cases = [
    ['race/run.ts', '--n=many', 'error: --n must be a whole number of at least 1, not "many"\n'],
    [
      'race/run.ts',
      '--adapter=/none.json',
      /^error: --adapter=\/none\.json cannot be read \(ENOENT\); it is the path of/m,
    ],
    ['race/check.ts', '--runs=0', 'error: --runs must be a whole number of at least 1, not "0"\n'],
    ['floor/main.ts', '--concurrency=1', 'floor: --kubeconfig is missing; --help tells more\n'],
  ] as const;
  for (const [program, argument, expected] of cases) {
    const { status, stderr } = run(program, argument);
    assert.equal(status, 1, argument);
    if (typeof expected === 'string') assert.equal(stderr, expected);
    else assert.match(stderr, expected);
  }
});
