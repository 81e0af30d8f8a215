import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../../../test/support/temporary-directory.ts';
import { codeLines } from './code-lines.ts';
import { type CoverageRange, coveredLines, readCoverage, type ScriptCoverage } from './v8-coverage.ts';

function script(...functions: readonly CoverageRange[][]): ScriptCoverage {
  return { url: 'file:///a.ts', functions: functions.map((ranges) => ({ ranges })) };
}

function range(startOffset: number, endOffset: number, count: number): CoverageRange {
  return { startOffset, endOffset, count };
}

const lines = [
  { number: 1, start: 0, end: 10 },
  { number: 2, start: 11, end: 20 },
  { number: 3, start: 21, end: 30 },
];

const covered = (...scripts: ScriptCoverage[]) => [...coveredLines(lines, scripts)];

describe('the lines that ran', () => {
  it('are all that the script has when nothing in it was left out', () => {
    assert.deepEqual(covered(script([range(0, 30, 1)])), [1, 2, 3]);
  });

  it('are not those of a range that never ran', () => {
    assert.deepEqual(covered(script([range(0, 30, 1), range(11, 20, 0)])), [1, 3]);
  });

  it('are those of a range that ran inside one that did not', () => {
    assert.deepEqual(covered(script([range(0, 30, 1)], [range(0, 30, 0), range(21, 30, 2)])), [3]);
  });

  it('are not changed by a range that holds only a part of a line', () => {
    assert.deepEqual(covered(script([range(0, 30, 1), range(13, 30, 0)])), [1, 2]);
  });

  it('are those that ran in any of the processes', () => {
    const first = script([range(0, 30, 1), range(11, 30, 0)]);
    const second = script([range(0, 30, 1), range(0, 20, 0)]);
    assert.deepEqual(covered(first, second), [1, 3]);
  });

  it('are none when no process loaded the file', () => {
    assert.deepEqual(covered(), []);
  });
});

const source = `export function sign(value: number): string {
  if (value < 0) {
    return 'negative';
  }
  return 'positive';
}

export function never(): void {
  console.log('never');
}
`;

/** Runs a program that loads `source`, with coverage, as a test does. */
async function measured(test: TestContext, call: string) {
  const root = await temporaryDirectory(test);
  const directory = join(root, 'coverage');
  await mkdir(join(root, 'src'));
  await mkdir(directory);
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  await writeFile(join(root, 'src', 'sign.ts'), source);
  await writeFile(join(root, 'main.ts'), `import { sign } from './src/sign.ts';\n${call}\n`);
  const run = () =>
    promisify(execFile)(process.execPath, [join(root, 'main.ts')], {
      env: { ...process.env, NODE_V8_COVERAGE: directory },
    });
  return { root, directory, file: join(root, 'src', 'sign.ts'), run };
}

describe('the coverage that processes write', () => {
  it('tells which branch ran and which function did not', async (test) => {
    const { root, directory, file, run } = await measured(test, 'sign(1);');
    await run();
    const scripts = await readCoverage(directory, join(root, 'src'));
    assert.deepEqual([...scripts.keys()], [file]);
    const lines = codeLines(source);
    const ran = coveredLines(lines, scripts.get(file) ?? []);
    assert.deepEqual(
      lines.map(({ number }) => number).filter((number) => !ran.has(number)),
      [3, 4, 9, 10],
    );
  });

  it('comes from every process', async (test) => {
    const { root, directory, file, run } = await measured(test, 'sign(1);');
    await Promise.all([run(), run()]);
    assert.equal((await readCoverage(directory, join(root, 'src'))).get(file)?.length, 2);
  });

  it('comes from a process that was told to end, when it ends by itself', async (test) => {
    const call = "sign(1); process.on('SIGTERM', () => process.exit(0)); process.kill(process.pid, 'SIGTERM');";
    const { root, directory, file, run } = await measured(test, `${call} setInterval(() => {}, 1000);`);
    await run();
    assert.equal((await readCoverage(directory, join(root, 'src'))).get(file)?.length, 1);
  });

  it('counts without the half file of one that was killed', async (test) => {
    const { root, directory, file, run } = await measured(test, 'sign(1);');
    await run();
    await writeFile(join(directory, 'coverage-1-1-0.json'), '{"result":[{"scriptId":"1","url":"file:///');
    assert.equal((await readCoverage(directory, join(root, 'src'))).get(file)?.length, 1);
  });

  it('leaves out what is not below the directory asked for', async (test) => {
    const { root, directory, run } = await measured(test, 'sign(1);');
    await run();
    assert.equal((await readCoverage(directory, join(root, 'sr'))).size, 0);
  });
});
