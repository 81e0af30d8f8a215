import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { testProject } from '../../test/support/test-project.ts';
import { until } from '../../test/support/until.ts';
import { runFaultPlans } from './fault-plans.ts';

/** Runs a program in the place of the fault plans. */
async function run(context: TestContext, text: string, signal = new AbortController().signal, said: string[] = []) {
  const { root } = await testProject(context, { 'plans.ts': text });
  const say = (line: string) => said.push(line);
  const outcome = await runFaultPlans({ root, program: 'plans.ts', say, signal, graceMs: 60_000 });
  return { outcome, said };
}

const print = (...lines: readonly string[]) => lines.map((line) => `console.log(${JSON.stringify(line)});\n`).join('');

describe('the fault plans in a run of all tests', () => {
  it('count as they count themselves, and are heard while they run', async (context) => {
    const { outcome, said } = await run(context, print('== 2 plans', '2 passed, 0 failed'));
    assert.deepEqual(outcome, { passed: 2, failures: [], skips: [] });
    assert.deepEqual(said, ['  == 2 plans', '  2 passed, 0 failed']);
  });

  it('tell each failure with what was found and how to see it again', async (context) => {
    const text = print(
      'FAILED create/apply-services-weather-1/conflict',
      '    O1 a field is another',
      '    again: node test/faults/cli.ts --plan create/apply-services-weather-1/conflict',
      '  2 of 2 plans, 1 failed',
      '1 passed, 1 failed',
    );
    const { outcome } = await run(context, `${text}process.exitCode = 1;\n`);
    assert.equal(outcome.passed, 1);
    const [failure, ...others] = outcome.failures;
    assert.deepEqual(others, []);
    assert.equal(failure?.title, 'fault plan create/apply-services-weather-1/conflict');
    assert.match(failure?.text ?? '', /^O1 a field is another\nagain: node .*conflict$/);
  });

  it('count a seed that nothing has caught', async (context) => {
    const text = print('  hash-omitted     NOT CAUGHT in 12 runs', '4 passed, 1 failed');
    const { outcome } = await run(context, `${text}process.exitCode = 1;\n`);
    assert.equal(outcome.failures.length, 1);
    assert.match(outcome.failures[0]?.text ?? '', /hash-omitted/);
  });

  it('fail when the program ends without a count, with its last words', async (context) => {
    const { outcome } = await run(context, "throw new Error('no control plane');\n");
    assert.match(outcome.failures[0]?.title ?? '', /ended with 1/);
    assert.match(outcome.failures[0]?.text ?? '', /no control plane/);
  });

  it('fail when it ends badly although it counted no failure', async (context) => {
    const { outcome } = await run(context, `${print('2 passed, 0 failed')}process.exitCode = 7;\n`);
    assert.match(outcome.failures[0]?.title ?? '', /ended with 7/);
  });

  it('are asked to end, and may clean up, when the run is interrupted', async (context) => {
    const interrupt = new AbortController();
    const said: string[] = [];
    const text = `
      const alive = setInterval(() => undefined, 1_000);
      process.once('SIGINT', () => { clearInterval(alive); console.log('cleaned up'); });
      console.log('runs');
    `;
    const running = run(context, text, interrupt.signal, said);
    await until(() => said.includes('  runs'), { what: 'the program to run' });
    interrupt.abort();
    const { outcome } = await running;
    assert.ok(said.includes('  cleaned up'), said.join('\n'));
    assert.deepEqual(outcome, { passed: 0, failures: [], skips: [] });
  });
});
