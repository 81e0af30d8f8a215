import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { codeLines } from './code-lines.ts';

const numbers = (source: string) => codeLines(source).map(({ number }) => number);

describe('lines of code', () => {
  it('are those that run', () => {
    assert.deepEqual(numbers('const a = 1;\nconsole.log(a);\n'), [1, 2]);
  });

  it('are not blank lines and comments', () => {
    const source = ['// one', '', '/**', ' * two', ' */', 'const a = 1; // three', '  /* four */', ''].join('\n');
    assert.deepEqual(numbers(source), [6]);
  });

  it('are not types, which are gone when the code runs', () => {
    const source = [
      "import type { A } from './a.ts';",
      'interface B {',
      '  readonly c: string;',
      '}',
      'type D =',
      "  | 'x'",
      "  | 'y';",
      'export const e: number = 1;',
      'export type { A };',
    ].join('\n');
    assert.deepEqual(numbers(source), [8]);
  });

  it('are none in a file of types alone', () => {
    assert.deepEqual(codeLines('/** Words. */\nexport interface A {\n  b: string;\n}\n'), []);
  });

  it('have the place of their code in the text, without the white space around it', () => {
    const source = 'function f() {\n    return 1;  \n}\n';
    const [, second] = codeLines(source);
    assert.equal(source.slice(second?.start, second?.end), 'return 1;');
  });

  it('have the same place as in the text that runs, also behind types and other alphabets', () => {
    const source = 'interface Größe { ü: "ß" }\nconst größe: Größe = { ü: "ß" };\nconst next = 1;\n';
    const last = codeLines(source).at(-1);
    assert.equal(source.slice(last?.start, last?.end), 'const next = 1;');
  });

  it('can be told of this very file without a warning', async () => {
    const warnings: unknown[] = [];
    const note = (warning: unknown) => warnings.push(warning);
    process.on('warning', note);
    assert.ok(codeLines(await readFile(import.meta.filename, 'utf8')).length > 40);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    assert.deepEqual(warnings, []);
  });
});
