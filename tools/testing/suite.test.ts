import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ClusterError } from '../../cluster/cluster-error.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { testProject } from '../../test/support/test-project.ts';
import { until } from '../../test/support/until.ts';
import type { Machine } from './machine.ts';
import type { TestOptions } from './options.ts';
import { countLine, type Outcome } from './outcome.ts';
import { runSuite } from './suite.ts';

const everything: TestOptions = {
  kinds: ['unit', 'integration', 'e2e'],
  // They are the repository's own, and a project of a test is none.
  checks: false,
  faults: false,
  filter: undefined,
  concurrency: 2,
  coverage: true,
};

/** A machine that only writes down what is asked of it. */
function machine(options: Partial<Machine> = {}): Machine & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    startControlPlane: async (report) => {
      asked.push('start control plane');
      report('kube-apiserver: healthy');
      return { kubeconfig: '/shared', stop: async () => void asked.push('stop control plane') };
    },
    whyNoPods: async () => undefined,
    isClusterUp: async () => false,
    endCluster: async () => void asked.push('end cluster'),
    runFaultPlans: async () => {
      asked.push('run fault plans');
      return { passed: 60, failures: [], skips: [] };
    },
    ...options,
  };
}

interface Run {
  readonly outcome: Outcome;
  readonly lines: readonly string[];
}

interface RunOptions {
  readonly options?: Partial<TestOptions>;
  readonly machine?: Machine;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  readonly lines?: string[];
}

async function run(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  given: RunOptions = {},
): Promise<Run> {
  const { root } = await testProject(context, files);
  const lines = given.lines ?? [];
  const outcome = await runSuite(
    { ...everything, ...given.options },
    {
      root,
      clock: systemClock,
      print: (line) => lines.push(line),
      signal: given.signal ?? new AbortController().signal,
      env: given.env ?? {},
      machine: given.machine ?? machine(),
    },
  );
  return { outcome, lines };
}

const passing = "test('passes', () => {});\n";
const runtime = 'export function one(): number {\n  return 1;\n}\nexport function two(): number {\n  return 2;\n}\n';

describe('a run of the tests', () => {
  it('goes through the kinds in order, each under a heading, and counts them together', async (context) => {
    const { outcome, lines } = await run(context, {
      'src/a.test.ts': passing,
      'test/integration/b.test.ts': passing,
      'test/e2e/c.test.ts': passing,
    });
    assert.equal(outcome.passed, 4, 'coverage is the fourth');
    assert.deepEqual(
      lines.filter((line) => /^== \w+ tests/.test(line)),
      ['== unit tests, 1 file', '== integration tests, 1 file', '== e2e tests, 1 file'],
    );
    assert.match(lines.join('\n'), / {2}ok {4}src\/a\.test\.ts {2}1 passed, \d/);
  });

  it('runs fault plans between the tests with a control plane and those with pods, and counts them', async (context) => {
    const asking = machine();
    const files = { 'test/integration/b.test.ts': passing, 'test/e2e/c.test.ts': passing };
    const options = { faults: true, coverage: false };
    const { outcome, lines } = await run(context, files, { options, machine: asking });
    assert.deepEqual(asking.asked, ['start control plane', 'stop control plane', 'run fault plans', 'end cluster']);
    assert.equal(outcome.passed, 62);
    assert.ok(lines.includes('== fault plans, a part of them'), lines.join('\n'));
  });

  it('ends with the plain count', async (context) => {
    const files = { 'src/a.test.ts': `${passing}test('fails', () => assert.fail('no'));\n` };
    const { outcome, lines } = await run(context, files, { options: { coverage: false } });
    assert.equal(lines.at(-1), '1 passed, 1 failed');
    assert.equal(lines.at(-1), countLine(outcome));
  });

  it('tells failures at once by name and reason, and at the end in full', async (context) => {
    const files = {
      'src/a.test.ts': "test('fails', () => assert.equal('left', 'right'));\n",
      'src/b.test.ts': passing,
    };
    const { lines } = await run(context, files, { options: { coverage: false, concurrency: 1 } });
    const at = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));
    assert.ok(at(/FAIL {2}src\/a\.test\.ts/) < at(/ok {4}src\/b\.test\.ts/));
    assert.equal(lines[at(/FAIL/) + 1]?.trim(), 'fails');
    assert.match(lines[at(/FAIL/) + 2] ?? '', /^ {12}AssertionError/);
    assert.ok(at(/left/) < at(/ok {4}src/), 'what was there instead');
    assert.ok(at(/^1\) fails$/) > at(/^== failures$/));
    assert.ok(lines.findLastIndex((line) => line.includes("'right'")) > at(/^1\) fails$/));
  });

  it('tells what was skipped and why', async (context) => {
    const files = { 'src/a.test.ts': "test('pods', { skip: 'not root' }, () => {});\n" };
    const { lines } = await run(context, files, { options: { coverage: false } });
    assert.ok(lines.includes('  src/a.test.ts › pods: not root'), lines.join('\n'));
    assert.equal(lines.at(-1), '0 passed, 0 failed, 1 skipped');
  });

  it('tells how long each phase took', async (context) => {
    const { lines } = await run(context, { 'src/a.test.ts': passing }, { options: { coverage: false } });
    const times = lines.slice(lines.indexOf('== times'));
    assert.match(times[1] ?? '', /^ +\d\.\d s {2}unit tests, 1 file: 1 passed, 0 failed$/);
  });

  it('leaves out what a filter leaves out', async (context) => {
    const files = { 'src/a.test.ts': passing, 'src/b.test.ts': passing, 'test/integration/a.test.ts': passing };
    const asked = machine();
    const { lines } = await run(context, files, { options: { filter: 'src/b', coverage: false }, machine: asked });
    assert.deepEqual(
      lines.filter((line) => line.startsWith('== ')),
      ['== unit tests, 1 file', '== times'],
    );
    assert.deepEqual(asked.asked, [], 'no control plane for tests that do not run');
  });

  it('stops at an interruption, tells what there was until then, and cleans up', async (context) => {
    const interrupt = new AbortController();
    const waits = "test('waits', () => new Promise(() => { console.log('here'); setInterval(() => {}, 1000); }));\n";
    const asked = machine();
    const lines: string[] = [];
    const files = { 'src/a.test.ts': passing, 'test/integration/b.test.ts': waits, 'test/e2e/c.test.ts': passing };
    const options = { machine: asked, signal: interrupt.signal, lines };
    const running = run(context, files, options);
    await until(() => lines.some((line) => line.startsWith('== integration')), { what: 'the second phase' });
    interrupt.abort();
    const { outcome } = await running;
    assert.equal(outcome.failures.length, 0);
    assert.deepEqual(asked.asked, ['start control plane', 'stop control plane']);
    assert.equal(lines.at(-2), 'interrupted: what follows is the count until then');
    assert.equal(lines.at(-1), '1 passed, 0 failed');
  });
});

describe('integration tests', () => {
  const seesPlane = "test('a', () => assert.equal(process.env.SMOOTH_TEST_KUBECONFIG, '/shared'));\n";

  it('share one control plane, which is stopped after them', async (context) => {
    const asked = machine();
    const files = { 'test/integration/a.test.ts': seesPlane, 'test/integration/b.test.ts': seesPlane };
    const { outcome, lines } = await run(context, files, { machine: asked, options: { coverage: false } });
    assert.equal(outcome.passed, 2);
    assert.deepEqual(asked.asked, ['start control plane', 'stop control plane']);
    assert.ok(lines.includes('  kube-apiserver: healthy'), 'progress is told');
  });

  it('use the API server that the user names', async (context) => {
    const asked = machine();
    const text = "test('a', () => {});\n";
    const env = { SMOOTH_TEST_KUBECONFIG: '/mine' };
    const { lines } = await run(context, { 'test/integration/a.test.ts': text }, { machine: asked, env });
    assert.deepEqual(asked.asked, []);
    assert.match(lines.join('\n'), /using the API server of SMOOTH_TEST_KUBECONFIG=\/mine/);
  });

  it('fail as one when there is no control plane, in the words of the cluster', async (context) => {
    const broken = machine({
      startControlPlane: async () => {
        throw new ClusterError('ComponentFailed', 'etcd ended', {
          component: 'etcd',
          tail: ['disk full'],
          fix: 'room',
        });
      },
    });
    const { outcome, lines } = await run(
      context,
      { 'test/integration/a.test.ts': passing },
      {
        machine: broken,
        options: { coverage: false },
      },
    );
    assert.equal(outcome.failures.length, 1);
    assert.match(lines.join('\n'), /error: etcd ended\n.*last lines of etcd:\n.*disk full\n.*what to do: room/);
  });
});

describe('e2e tests', () => {
  const files = { 'test/e2e/a.test.ts': passing, 'test/e2e/b.test.ts': passing };
  const options = { coverage: false };

  it('are skipped with the reason where pods cannot run', async (context) => {
    const noPods = machine({ whyNoPods: async () => 'containers cannot run here (not root)' });
    const { outcome, lines } = await run(context, files, { machine: noPods, options });
    assert.equal(countLine(outcome), '0 passed, 0 failed, 2 skipped');
    assert.ok(lines.includes('  skipped: containers cannot run here (not root)'));
    assert.ok(lines.includes('  test/e2e/b.test.ts: containers cannot run here (not root)'));
  });

  it('leave no cluster behind', async (context) => {
    const asked = machine();
    await run(context, files, { machine: asked, options });
    assert.deepEqual(asked.asked, ['end cluster']);
  });

  it('leave a cluster up that was up before', async (context) => {
    const asked = machine({ isClusterUp: async () => true });
    await run(context, files, { machine: asked, options });
    assert.deepEqual(asked.asked, []);
  });

  for (const { isUp, told } of [
    { isUp: false, told: '1' },
    { isUp: true, told: undefined },
  ]) {
    it(`are told ${told ?? 'nothing'} about who ends the cluster when it was ${isUp ? 'up' : 'not up'}`, async (context) => {
      const asks = `test('asks', () => assert.equal(process.env.SMOOTH_TEST_ENDS_CLUSTER, ${JSON.stringify(told)}));\n`;
      const asked = machine({ isClusterUp: async () => isUp });
      const { outcome } = await run(context, { 'test/e2e/a.test.ts': asks }, { machine: asked, options });
      assert.equal(countLine(outcome), '1 passed, 0 failed');
    });
  }

  it('run one file at a time', async (context) => {
    const alone =
      "import { mkdirSync, rmdirSync } from 'node:fs';\ntest('is alone', () => { mkdirSync('busy'); rmdirSync('busy'); });\n";
    const both = { 'test/e2e/a.test.ts': alone, 'test/e2e/b.test.ts': alone };
    const { outcome } = await run(context, both, { options: { ...options, concurrency: undefined } });
    assert.equal(outcome.passed, 2);
  });
});

describe('coverage', () => {
  const callsOne = "import { one } from '../src/runtime/a.ts';\ntest('one', () => assert.equal(one(), 1));\n";
  const callsTwo = "import { two } from '../../src/runtime/a.ts';\ntest('two', () => assert.equal(two(), 2));\n";

  it('is what unit and integration tests cover together', async (context) => {
    const files = { 'src/runtime/a.ts': runtime, 'tools/a.test.ts': callsOne, 'test/integration/a.test.ts': callsTwo };
    const { outcome, lines } = await run(context, files);
    assert.equal(outcome.failures.length, 0, lines.join('\n'));
    assert.match(lines.join('\n'), /src\/runtime +100\.00 % {2}6 of 6 lines/);
  });

  it('fails the run when there is too little, as one failure that says how much', async (context) => {
    const files = { 'src/runtime/a.ts': runtime, 'tools/a.test.ts': callsOne };
    const { outcome, lines } = await run(context, files);
    assert.equal(outcome.failures.length, 1);
    assert.match(outcome.failures[0]?.text ?? '', /src\/runtime has 66\.66 %, needs 90 %: test 2 lines more/);
    assert.match(lines.join('\n'), /src\/runtime\/a\.ts: 5-6/);
  });

  it('has no least when only some kinds ran', async (context) => {
    const files = { 'src/runtime/a.ts': runtime, 'tools/a.test.ts': callsOne };
    const { outcome, lines } = await run(context, files, { options: { kinds: ['unit'] } });
    assert.deepEqual([outcome.passed, outcome.failures.length], [1, 0]);
    assert.match(lines.join('\n'), /coverage of src\/ by unit tests/);
  });

  it('counts the processes that tests start', async (context) => {
    const text = `
      import { execFileSync } from 'node:child_process';
      test('starts the program', () => {
        const program = "import { one, two } from './src/runtime/a.ts'; one(); two();";
        execFileSync(process.execPath, ['--input-type=module', '--eval', program]);
      });
    `;
    const { lines } = await run(context, { 'src/runtime/a.ts': runtime, 'tools/a.test.ts': text });
    assert.match(lines.join('\n'), /src\/runtime +100\.00 %/);
  });

  it('does not count what e2e tests run', async (context) => {
    const files = { 'src/runtime/a.ts': runtime, 'test/e2e/a.test.ts': callsTwo };
    const { lines } = await run(context, files);
    assert.match(lines.join('\n'), /src\/runtime +0\.00 %/);
  });
});
