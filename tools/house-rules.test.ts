import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { repositoryRoot } from './generated-file.ts';
import { lineCount, type SourceFile, sourceFiles } from './source-files.ts';

/** The rules of CONTRIBUTING.md that no linter checks. That generated files are fresh is in manifests.test.ts. */

const files = await sourceFiles(repositoryRoot);
const maxLines = 500;
const minRatio = 1.5;

/** Where a rule is broken: a file's path with the number of the line. */
function linesWith(pattern: RegExp, among: readonly SourceFile[] = files): readonly string[] {
  return among.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe('files', () => {
  test(`none has more than ${maxLines} lines`, () => {
    const long = files.filter(({ text }) => lineCount(text) > maxLines);
    assert.deepEqual(
      long.map(({ path, text }) => `${path} has ${lineCount(text)} lines: split it by idea`),
      [],
    );
  });

  test('each is named in kebab-case', () => {
    const odd = files.filter(
      ({ path }) => !/^(?:[a-z0-9-]+\/)*[a-z0-9]+(?:-[a-z0-9]+)*(?:(?:\.[a-z]+)?\.test)?\.ts$/.test(path),
    );
    assert.deepEqual(
      odd.map(({ path }) => path),
      [],
    );
  });

  test('each ends with exactly one line break', () => {
    const odd = files.filter(({ text }) => !text.endsWith('\n') || text.endsWith('\n\n'));
    assert.deepEqual(
      odd.map(({ path }) => path),
      [],
    );
  });
});

describe('code', () => {
  test('no default exports', () => {
    assert.deepEqual(linesWith(/^export default\b/), []);
  });

  test('no test runs alone', () => {
    assert.deepEqual(linesWith(/^\s*(?:test|it|describe|suite)\.only\(|[{,]\s*only:\s*true/), []);
  });

  test('no test is skipped without a reason that is printed', () => {
    assert.deepEqual(linesWith(/^\s*(?:test|it|describe|suite)\.(?:skip|todo)\(|[{,]\s*(?:skip|todo):\s*true/), []);
  });

  test('no file names a directory of one machine', () => {
    // Spelt so that this line does not find itself.
    assert.deepEqual(linesWith(new RegExp(`['"\`( ]/(?:${['work', 'home', 'Users'].join('|')})/[a-z]`)), []);
  });

  test('no suppressed type error, but for marked ones in tests', () => {
    assert.deepEqual(
      linesWith(
        /@ts-(?:ignore|nocheck)/,
        files.filter(({ path }) => path !== 'tools/house-rules.test.ts'),
      ),
      [],
    );
    assert.deepEqual(
      linesWith(
        /@ts-expect-error/,
        files.filter(({ isTest }) => !isTest),
      ),
      [],
    );
  });
});

test(`there are ${minRatio} lines of tests for each line of source, at least`, (t) => {
  const sum = (among: readonly SourceFile[]) => among.reduce((total, { text }) => total + lineCount(text), 0);
  const tests = sum(files.filter(({ isTest }) => isTest));
  const source = sum(files.filter(({ isTest }) => !isTest));
  const ratio = tests / source;
  t.diagnostic(`${tests} lines of tests, ${source} lines of source: ${ratio.toFixed(2)}`);
  assert.ok(ratio >= minRatio, `${tests} lines of tests for ${source} of source is ${ratio.toFixed(2)}: write tests`);
});
