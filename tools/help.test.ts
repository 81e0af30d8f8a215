import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { repositoryRoot } from './generated-file.ts';
import { helpText } from './help.ts';
import { type MakeTarget, parseMakefile } from './makefile.ts';

function target(name: string, section: string, description = `Does ${name}.`): MakeTarget {
  return { name, section, description, prerequisites: [], recipe: [] };
}

describe('make help', () => {
  it('lines the descriptions up behind the longest name', () => {
    const lines = helpText([target('up', 'A'), target('docker-build', 'A')]);
    assert.deepEqual(lines.slice(2, 5), ['A', '  up            Does up.', '  docker-build  Does docker-build.']);
  });

  it('prints a heading once, where the section changes', () => {
    const lines = helpText([target('a', 'One'), target('b', 'One'), target('c', 'Two')]);
    assert.equal(lines.filter((line) => line === 'One').length, 1);
    assert.equal(lines.indexOf('Two'), lines.findIndex((line) => line.startsWith('  c')) - 1);
  });

  it('says how IMG and options are passed', () => {
    assert.match(helpText([target('a', '')])[0] ?? '', /make <target>.*ARGS=.*IMG=.*task/);
  });

  it('lists every target of the Makefile when it runs, one a line', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'help.ts')]);
    const targets = parseMakefile(await readFile(join(repositoryRoot, 'Makefile'), 'utf8'));
    for (const { name, description } of targets) {
      const lines = stdout.split('\n').filter((line) => line.startsWith(`  ${name} `));
      assert.deepEqual(
        lines.map((line) => line.trimEnd().endsWith(description)),
        [true],
        name,
      );
    }
  });

  it('fits a terminal of 120 columns', async () => {
    const targets = parseMakefile(await readFile(join(repositoryRoot, 'Makefile'), 'utf8'));
    assert.deepEqual(
      helpText(targets).filter((line) => line.length > 120),
      [],
    );
  });
});
