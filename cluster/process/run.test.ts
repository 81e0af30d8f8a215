import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterError } from '../cluster-error.ts';
import { run, runOrThrow } from './run.ts';

test('a program is run to its end, with its output apart', async () => {
  const result = await run('sh', ['-c', 'echo out; echo err >&2; exit 3']);
  assert.deepEqual(result, { code: 3, stdout: 'out\n', stderr: 'err\n' });
});

test('arguments are passed as they are, no shell reads them', async () => {
  assert.equal(await runOrThrow('printf', ['%s|', 'a b', '$HOME', '*']), 'a b|$HOME|*|');
});

test('input is given, and a program that does not read it is judged by its exit code alone', async () => {
  assert.equal(await runOrThrow('cat', [], { input: 'hello' }), 'hello');
  assert.equal((await run('true', [], { input: 'x'.repeat(1_000_000) })).code, 0);
});

test('the directory and the environment are those asked for', async () => {
  assert.equal(
    await runOrThrow('sh', ['-c', 'pwd; echo $COLOR'], { cwd: '/', env: { PATH: process.env.PATH, COLOR: 'red' } }),
    '/\nred\n',
  );
});

test('lines are told as they come, each once and whole', async () => {
  const lines: string[] = [];
  await run('sh', ['-c', 'printf "one\\ntw"; printf "o\\nthree\\n"'], { onLine: (line) => lines.push(line) });
  assert.deepEqual(lines, ['one', 'two', 'three']);
});

test('a failure tells the command, its exit code and its last lines', async () => {
  await assert.rejects(runOrThrow('sh', ['-c', 'seq 30; echo no luck >&2; exit 9']), (thrown: unknown) => {
    assert.ok(thrown instanceof ClusterError);
    assert.equal(thrown.code, 'CommandFailed');
    assert.match(thrown.message, /^sh -c .* failed with exit code 9$/);
    assert.equal(thrown.tail.length, 20);
    assert.equal(thrown.tail.at(-1), 'no luck');
    return true;
  });
});

test('a program that is not there is told with what to do', async () => {
  const missing = run('smooth-no-such-program', [], { whenMissing: 'plant a tree' });
  await assert.rejects(missing, {
    code: 'ToolMissing',
    message: 'smooth-no-such-program is not installed',
    fix: 'plant a tree',
  });
});

test('a program that outlives its deadline is killed, and its output kept', async () => {
  const late = runOrThrow('sh', ['-c', 'echo begun; exec sleep 60'], { deadlineMs: 300 });
  await assert.rejects(late, (thrown: unknown) => {
    assert.ok(thrown instanceof ClusterError);
    assert.equal(thrown.code, 'CommandFailed');
    assert.match(thrown.message, /did not end within 0\.3 s/);
    assert.deepEqual(thrown.tail, ['begun']);
    return true;
  });
});

test('an abort ends the program and says so', async () => {
  const controller = new AbortController();
  const running = run('sh', ['-c', 'echo here; exec sleep 60'], {
    signal: controller.signal,
    onLine: () => controller.abort(),
  });
  await assert.rejects(running, { code: 'Aborted', message: 'stopped while running sh' });
});

test('a program that a signal ended did not succeed', async () => {
  assert.equal((await run('sh', ['-c', 'kill -9 $$'])).code, -1);
});
