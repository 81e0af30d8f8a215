import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it, type TestContext } from 'node:test';
import { errnoOf } from '../../cluster/errno.ts';
import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts';
import { testProject } from '../../test/support/test-project.ts';
import { until } from '../../test/support/until.ts';
import { type FileRun, type FileRunOptions, startFile } from './file-run.ts';
import type { Outcome } from './outcome.ts';

const limits = { testMs: 60_000, fileMs: 60_000 };

/** Runs one test file of a project of its own. */
async function start(context: TestContext, text: string, options: Partial<FileRunOptions> = {}) {
  const project = await testProject(context, { 'src/a.test.ts': text });
  return { ...project, run: startFile(project.file('src/a.test.ts'), { root: project.root, limits, ...options }) };
}

async function outcomeOf(context: TestContext, text: string, options?: Partial<FileRunOptions>): Promise<Outcome> {
  return (await start(context, text, options)).run.result;
}

const titles = ({ failures }: Outcome) => failures.map(({ title }) => title);

describe('the tests of a file', () => {
  it('are counted', async (context) => {
    const text = "test('a', () => {});\ndescribe('s', () => { test('b', () => {}); });\n";
    assert.deepEqual(await outcomeOf(context, text), { passed: 2, failures: [], skips: [] });
  });

  it('tell what failed and where', async (context) => {
    const { failures } = await outcomeOf(context, "\ntest('bad', () => assert.equal(1, 2));\n");
    assert.equal(failures.length, 1);
    assert.equal(failures[0]?.title, 'bad');
    assert.equal(failures[0]?.where, 'src/a.test.ts:4');
    assert.match(failures[0]?.text ?? '', /1 !== 2/);
  });

  it('are skipped with their reason, given before or within', async (context) => {
    const text = "test('a', { skip: 'no pods' }, () => {});\ntest('b', (t) => t.skip('not now'));\n";
    const { skips } = await outcomeOf(context, text);
    assert.deepEqual(
      skips.map(({ reason }) => reason),
      ['no pods', 'not now'],
    );
  });

  it('may be picked by name', async (context) => {
    const text = "test('a cat', () => {});\ntest('a dog', () => assert.fail());\n";
    assert.deepEqual(await outcomeOf(context, text, { names: ['cat'] }), { passed: 1, failures: [], skips: [] });
  });

  it('may all be others than those asked for', async (context) => {
    const text = "test('a dog', () => assert.fail());\n";
    assert.deepEqual(await outcomeOf(context, text, { names: ['cat'] }), { passed: 0, failures: [], skips: [] });
  });

  it('see the environment that the runner adds', async (context) => {
    const text = "test('a', () => assert.equal(process.env.SMOOTH_TEST_KUBECONFIG, '/k'));\n";
    assert.equal((await outcomeOf(context, text, { env: { SMOOTH_TEST_KUBECONFIG: '/k' } })).passed, 1);
  });

  it('may print what they like, which is shown when one fails', async (context) => {
    const text = `console.log('{"kind":"done"}');\nconsole.error('on stderr');\ntest('bad', () => assert.fail('x'));\n`;
    const { failures, passed } = await outcomeOf(context, text);
    assert.equal(passed, 0);
    assert.deepEqual([...(failures[0]?.output ?? [])].sort(), ['on stderr', '{"kind":"done"}']);
  });
});

describe('a file that breaks', () => {
  it('while it loads is a failure', async (context) => {
    const outcome = await outcomeOf(context, "throw new Error('boom');\n");
    assert.deepEqual(titles(outcome), ['src/a.test.ts could not be loaded']);
    assert.match(outcome.failures[0]?.text ?? '', /boom/);
  });

  it('by bad syntax is a failure', async (context) => {
    assert.deepEqual(titles(await outcomeOf(context, 'const = 1;\n')), ['src/a.test.ts could not be loaded']);
  });

  it('by killing itself is a failure that names the test', async (context) => {
    const text = "test('a', () => {});\ntest('b', () => process.kill(process.pid, 'SIGKILL'));\n";
    const outcome = await outcomeOf(context, text);
    assert.equal(outcome.passed, 1);
    assert.match(outcome.failures[0]?.text ?? '', /SIGKILL\nrunning: b/);
  });

  it('by ending its process too early is a failure, whatever the exit code', async (context) => {
    const outcome = await outcomeOf(context, "test('a', () => process.exit(0));\ntest('b', () => {});\n");
    assert.equal(outcome.passed, 0);
    assert.match(outcome.failures[0]?.text ?? '', /exit code 0\nrunning: a/);
  });

  it('by an error after its tests is a failure', async (context) => {
    const text = "test('a', () => void setTimeout(() => { throw new Error('late'); }, 1));\n";
    const outcome = await outcomeOf(context, text);
    assert.deepEqual(titles(outcome), ['src/a.test.ts failed after its tests']);
    assert.match(outcome.failures[0]?.text ?? '', /late/);
  });

  it('by a hook at its top is a failure', async (context) => {
    const outcome = await outcomeOf(context, "after(() => { throw new Error('no end'); });\ntest('a', () => {});\n");
    assert.equal(outcome.passed, 1);
    assert.match(outcome.failures[0]?.text ?? '', /no end/);
  });

  it('by having no test is a failure', async (context) => {
    assert.deepEqual(titles(await outcomeOf(context, '')), ['src/a.test.ts declares no test']);
  });

  it('by writing where the runner reads events is a failure', async (context) => {
    const text = "import { writeSync } from 'node:fs';\ntest('a', () => writeSync(3, 'mine\\n'));\n";
    assert.match((await outcomeOf(context, text)).failures[0]?.text ?? '', /descriptor of the events.*mine/);
  });
});

/** Moves the clock on until the file is done. */
async function hurry(clock: FakeClock, run: FileRun): Promise<Outcome> {
  let outcome: Outcome | undefined;
  void run.result.then((result) => {
    outcome = result;
  });
  const settled = async () => {
    await clock.advance(10_000);
    return outcome;
  };
  return until(settled, { what: 'the file to be ended' });
}

describe('a file that does not end', () => {
  const hour = 3_600_000;
  const waits = "test('waits', () => new Promise(() => { setInterval(() => {}, 1000); }));\n";

  it('is ended when one test takes too long', async (context) => {
    const clock = createFakeClock();
    const patience = { testMs: 200, fileMs: hour, lingerMs: 300 };
    const { run } = await start(context, waits, { clock, limits: patience });
    await until(() => run.running().includes('waits'), { what: 'the test to run' });
    await until(() => run.running().length === 0, { what: 'the test to fail' });
    const { failures } = await hurry(clock, run);
    assert.match(failures[0]?.text ?? '', /timed out after 200ms/);
    assert.match(failures[1]?.text ?? '', /something is left open/);
  });

  it('is ended when it takes too long as a whole, even if it cannot listen', async (context) => {
    const clock = createFakeClock();
    const text = "test('computes', () => { for (;;); });\n";
    const { run } = await start(context, text, { clock, limits: { testMs: hour, fileMs: 500 } });
    await until(() => run.running().includes('computes'), { what: 'the test to run' });
    const { failures } = await hurry(clock, run);
    assert.match(failures[0]?.text ?? '', /it took longer than 0\.5 s\nrunning: computes/);
  });

  it('is ended when its tests are done and something is left open', async (context) => {
    const clock = createFakeClock();
    const text = "test('a', () => {});\ntest('leaks', () => void setInterval(() => {}, 1000));\n";
    const { run } = await start(context, text, { clock, limits: { testMs: hour, fileMs: 50 * hour, lingerMs: 300 } });
    const { passed, failures } = await hurry(clock, run);
    assert.equal(passed, 2);
    assert.match(failures[0]?.text ?? '', /its tests were done, and 0\.3 s later/);
  });

  it('is ended by an interruption, which is no failure', async (context) => {
    const interrupt = new AbortController();
    const { run } = await start(context, waits, { signal: interrupt.signal });
    await until(() => run.running().includes('waits'), { what: 'the test to run' });
    interrupt.abort();
    assert.deepEqual(await run.result, { passed: 0, failures: [], skips: [] });
  });

  it('takes what it has started and forgotten with it', async (context) => {
    const text = `
      import { spawn } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      test('forgets', () => {
        const child = spawn('sleep', ['600'], { stdio: 'inherit' });
        writeFileSync('pid', String(child.pid));
        child.unref();
      });
    `;
    const { run, file } = await start(context, text);
    assert.equal((await run.result).passed, 1);
    const pid = Number(await readFile(file('pid'), 'utf8'));
    const isGone = () => {
      try {
        return !process.kill(pid, 0);
      } catch (thrown) {
        assert.equal(errnoOf(thrown), 'ESRCH');
        return true;
      }
    };
    await until(isGone, { what: 'the forgotten process to be gone' });
  });
});
