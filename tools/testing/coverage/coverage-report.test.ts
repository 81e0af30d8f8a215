import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../../../test/support/temporary-directory.ts';
import {
  byFolder,
  coverageLines,
  type FileCoverage,
  measureCoverage,
  percent,
  ranges,
  shortfalls,
} from './coverage-report.ts';

function file(path: string, lines: number, missing: number): FileCoverage {
  return { path, lines, uncovered: Array.from({ length: missing }, (_, index) => index + 1) };
}

describe('coverage by folder', () => {
  it('adds the files of a folder up, those deeper in it too', () => {
    const rows = byFolder([file('src/runtime/a.ts', 10, 1), file('src/runtime/deep/b.ts', 10, 4)]);
    assert.deepEqual(rows[0], { folder: 'src/runtime', lines: 20, covered: 15 });
  });

  it('lists the folders by name, then src itself, then all', () => {
    const rows = byFolder([file('src/main.ts', 1, 0), file('src/runtime/a.ts', 1, 0), file('src/api/v1/b.ts', 1, 0)]);
    assert.deepEqual(
      rows.map(({ folder }) => folder),
      ['src/api', 'src/runtime', 'src', 'all'],
    );
    assert.equal(rows.at(-1)?.lines, 3);
  });

  it('takes no lines for all of them', () => {
    assert.equal(percent({ lines: 0, covered: 0 }), 100);
    assert.equal(percent({ lines: 8, covered: 2 }), 25);
  });
});

describe('the table', () => {
  const required = { 'src/runtime': 90 };

  it('has a row a folder, with what it must have', () => {
    const [row] = coverageLines([file('src/runtime/a.ts', 200, 1)], required);
    assert.match(row ?? '', /^ {2}src\/runtime +99\.50 % {2}199 of 200 lines {2}\(at least 90 %\)$/);
  });

  it('never rounds up to what is not there', () => {
    const lines = coverageLines([file('src/runtime/a.ts', 100_000, 10_001)], {});
    assert.match(lines[0] ?? '', / 89\.99 %/);
  });

  it('names the files below 90 %, the one with most to do first, with their lines', () => {
    const files = [file('src/runtime/a.ts', 10, 2), file('src/runtime/b.ts', 10, 9), file('src/runtime/c.ts', 10, 1)];
    assert.deepEqual(coverageLines(files, required).slice(2), [
      '  files below 90 %, and their lines that no test ran:',
      '   10.00 %  src/runtime/b.ts: 1-9',
      '   80.00 %  src/runtime/a.ts: 1-2',
    ]);
  });

  it('does not name a file’s every line when there are many', () => {
    const uncovered = Array.from({ length: 40 }, (_, index) => index * 2);
    const lines = coverageLines([{ path: 'src/runtime/a.ts', lines: 80, uncovered }], required);
    assert.match(lines.at(-1) ?? '', / 28, …$/);
  });

  it('names no file when only some of the tests ran', () => {
    assert.equal(coverageLines([file('src/runtime/a.ts', 10, 9)], {}).length, 2);
  });
});

describe('runs of numbers', () => {
  for (const [numbers, expected] of [
    [[], []],
    [[4], ['4']],
    [
      [1, 2, 3, 7],
      ['1-3', '7'],
    ],
    [
      [1, 3, 5],
      ['1', '3', '5'],
    ],
    [
      [1, 2, 4, 5],
      ['1-2', '4-5'],
    ],
  ] as const) {
    it(`are ${JSON.stringify(expected)} for ${JSON.stringify(numbers)}`, () => {
      assert.deepEqual(ranges(numbers), expected);
    });
  }
});

describe('the least that a folder must have', () => {
  const required = { 'src/runtime': 90, 'src/controller': 90 };

  it('is met by exactly that', () => {
    assert.deepEqual(shortfalls([file('src/runtime/a.ts', 100, 10)], required), []);
  });

  it('is told with how many lines are missing', () => {
    assert.deepEqual(shortfalls([file('src/runtime/a.ts', 200, 25), file('src/controller/b.ts', 10, 0)], required), [
      'src/runtime has 87.50 %, needs 90 %: test 5 lines more',
    ]);
  });

  it('does not bind other folders', () => {
    assert.deepEqual(shortfalls([file('src/mcp/a.ts', 10, 10)], required), []);
  });
});

describe('measuring', () => {
  it('counts files that no test loaded, and leaves out tests and types', async (test) => {
    const root = await temporaryDirectory(test);
    const sources = {
      'src/runtime/a.ts': 'export const a = 1;\nexport const b = 2;\n',
      'src/runtime/a.test.ts': 'export const test = 1;\n',
      'src/runtime/types.ts': 'export interface A {\n  readonly b: string;\n}\n',
      'tools/b.ts': 'export const tool = 1;\n',
    };
    for (const [path, text] of Object.entries(sources)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    await mkdir(join(root, 'coverage'));
    assert.deepEqual(await measureCoverage(root, join(root, 'coverage')), [
      { path: 'src/runtime/a.ts', lines: 2, uncovered: [1, 2] },
      { path: 'src/runtime/types.ts', lines: 0, uncovered: [] },
    ]);
  });
});
