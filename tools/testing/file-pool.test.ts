import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { testProject } from '../../test/support/test-project.ts';
import { type PoolOptions, runFiles } from './file-pool.ts';

const limits = { testMs: 60_000, fileMs: 60_000 };
const silent: Pick<PoolOptions, 'onFile' | 'limits'> = { onFile: () => undefined, limits };

/** Passes once another file's test runs at the same time, which leaves its name in the directory `running`. */
const meets = `
  import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
  import { basename } from 'node:path';
  test('meets the other', async () => {
    mkdirSync('running', { recursive: true });
    writeFileSync('running/' + basename(import.meta.filename), '');
    const deadline = Date.now() + 20_000;
    while (readdirSync('running').length < 2) {
      assert.ok(Date.now() < deadline, 'nobody came');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
`;

/** Fails when another file's test runs at the same time. */
const alone = `
  import { mkdirSync, rmdirSync } from 'node:fs';
  test('is alone', () => {
    mkdirSync('busy');
    rmdirSync('busy');
  });
`;

describe('a pool of test files', () => {
  it('adds up what its files come to', async (context) => {
    const { root, file } = await testProject(context, {
      'a.test.ts': "test('a', () => {});\ntest('b', () => {});\n",
      'b.test.ts': "test('c', () => assert.fail('no'));\n",
    });
    const outcome = await runFiles([file('a.test.ts'), file('b.test.ts')], { ...silent, root, concurrency: 2 });
    assert.equal(outcome.passed, 2);
    assert.deepEqual(
      outcome.failures.map(({ title }) => title),
      ['c'],
    );
  });

  it('runs as many at the same time as it may', async (context) => {
    const { root, file } = await testProject(context, { 'a.test.ts': meets, 'b.test.ts': meets });
    const outcome = await runFiles([file('a.test.ts'), file('b.test.ts')], { ...silent, root, concurrency: 2 });
    assert.deepEqual(outcome, { passed: 2, failures: [], skips: [] });
  });

  it('runs no more at the same time than it may', async (context) => {
    const names = ['a.test.ts', 'b.test.ts', 'c.test.ts'];
    const { root, file } = await testProject(context, Object.fromEntries(names.map((name) => [name, alone])));
    const outcome = await runFiles(names.map(file), { ...silent, root, concurrency: 1 });
    assert.deepEqual(outcome, { passed: 3, failures: [], skips: [] });
  });

  it('tells of each file when it is done, and of what runs', async (context) => {
    const { root, file } = await testProject(context, {
      'a.test.ts': "test('a', () => {});\n",
      'b.test.ts': "test('b', () => assert.fail());\n",
    });
    const done: string[] = [];
    const running: string[][] = [];
    await runFiles([file('a.test.ts'), file('b.test.ts')], {
      root,
      limits,
      concurrency: 1,
      onFile: (path, { failures }, ms) => done.push(`${path} ${failures.length} ${ms > 0}`),
      onRunning: (runs) => running.push(runs.map(({ path }) => path)),
    });
    assert.deepEqual(done, ['a.test.ts 0 true', 'b.test.ts 1 true']);
    assert.deepEqual(running, [['a.test.ts'], [], ['b.test.ts'], []]);
  });

  it('starts no further file once it is interrupted', async (context) => {
    const touch = (name: string) =>
      `import { writeFileSync } from 'node:fs';\nwriteFileSync('ran-${name}', '');\ntest('x', () => {});\n`;
    const { root, file } = await testProject(context, { 'a.test.ts': touch('a'), 'b.test.ts': touch('b') });
    const interrupt = new AbortController();
    await runFiles([file('a.test.ts'), file('b.test.ts')], {
      root,
      limits,
      concurrency: 1,
      signal: interrupt.signal,
      onFile: () => interrupt.abort(),
    });
    assert.deepEqual(
      (await readdir(root)).filter((name) => name.startsWith('ran-')),
      ['ran-a'],
    );
  });

  it('has nothing to do without files', async () => {
    assert.deepEqual(await runFiles([], { ...silent, root: '/', concurrency: 2 }), {
      passed: 0,
      failures: [],
      skips: [],
    });
  });
});
