import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testProject } from '../../test/support/test-project.ts';
import { repositoryRoot } from '../generated-file.ts';
import { type Check, checks, runCheck } from './check.ts';

function check(program: string): Check {
  return { name: 'sample', command: ['node', '--eval', program], fix: 'make format' };
}

describe('a check', () => {
  it('is one passed when its program is content', async () => {
    assert.deepEqual(await runCheck(check(''), repositoryRoot), { passed: 1, failures: [], skips: [] });
  });

  it('is one failed when it is not, with all that it printed, and what mends it', async () => {
    const program = "console.log('on stdout'); console.error('on stderr'); process.exitCode = 3";
    const { passed, failures } = await runCheck(check(program), repositoryRoot);
    assert.equal(passed, 0);
    assert.equal(failures.length, 1);
    assert.equal(failures[0]?.title, 'sample');
    assert.equal(failures[0]?.text, 'on stdout\n\non stderr\n\nTo mend it: make format.');
  });

  it('runs at the root of the repository', async (context) => {
    const { root } = await testProject(context, { 'here.txt': '' });
    const program = "require('node:fs').accessSync('here.txt')";
    assert.equal((await runCheck(check(program), root)).passed, 1);
  });

  it('finds the programs of the dependencies without npm', async () => {
    const version: Check = { name: 'version', command: ['tsc', '--version'], fix: '' };
    assert.equal((await runCheck(version, repositoryRoot)).passed, 1);
  });

  it('ends when it is interrupted', async () => {
    const interrupt = new AbortController();
    const running = runCheck(check('setInterval(() => {}, 1000)'), repositoryRoot, interrupt.signal);
    interrupt.abort();
    await assert.rejects(running, { code: 'Aborted' });
  });
});

describe('the checks', () => {
  it('are lint and types, and that nothing generated is stale', () => {
    assert.deepEqual(
      checks.map(({ command }) => command.join(' ')),
      ['biome ci --colors=off .', 'tsc', 'node tools/manifests.ts --check', 'node tools/api-docs.ts --check'],
    );
  });

  it('each say what mends them', () => {
    for (const { name, fix } of checks) assert.match(fix, /^make \w+/, name);
  });
});
