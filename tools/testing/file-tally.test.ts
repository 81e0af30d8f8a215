import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFileTally, type FileTally, type ProcessEnd } from './file-tally.ts';
import type { CompletedEvent } from './test-event.ts';

const path = 'src/a.test.ts';
const absolute = '/repo/src/a.test.ts';
const good: ProcessEnd = { code: 0, signal: null, endedBecause: undefined, interrupted: false };

function tallyFor(filtered = false): FileTally {
  return createFileTally(path, absolute, filtered);
}

function begin(tally: FileTally, id: number, name: string, parent = 0): void {
  tally.take({ kind: 'enqueued', id, parent, name });
  tally.take({ kind: 'started', id });
}

function end(tally: FileTally, id: number, name: string, more: Partial<CompletedEvent> = {}): void {
  tally.take({
    kind: 'completed',
    id,
    parent: 0,
    name,
    line: 5,
    isSuite: false,
    ms: 1,
    outcome: 'passed',
    reason: '',
    text: '',
    byChildren: false,
    ...more,
  });
}

function one(tally: FileTally, id: number, name: string, more: Partial<CompletedEvent> = {}): void {
  begin(tally, id, name, more.parent);
  end(tally, id, name, more);
}

function finish(tally: FileTally, how: Partial<ProcessEnd> = {}, output: string[] = []) {
  return tally.finish({ ...good, ...how }, output);
}

describe('counting the tests of a file', () => {
  it('counts tests, and not the suites that they are in', () => {
    const tally = tallyFor();
    begin(tally, 1, 'suite');
    one(tally, 2, 'a', { parent: 1 });
    one(tally, 3, 'b', { parent: 1 });
    end(tally, 1, 'suite', { isSuite: true });
    tally.take({ kind: 'done' });
    assert.deepEqual(finish(tally), { passed: 2, failures: [], skips: [] });
  });

  it('names a failing test in full, with its place', () => {
    const tally = tallyFor();
    begin(tally, 1, 'outer');
    begin(tally, 2, 'inner', 1);
    one(tally, 3, 'bad', { parent: 2, outcome: 'failed', text: 'Error: no' });
    tally.take({ kind: 'done' });
    assert.deepEqual(finish(tally).failures, [
      { title: 'outer › inner › bad', where: 'src/a.test.ts:5', text: 'Error: no', output: [] },
    ]);
  });

  it('does not count a parent that failed by its children', () => {
    const tally = tallyFor();
    begin(tally, 1, 'parent');
    one(tally, 2, 'child', { parent: 1, outcome: 'failed', text: 'no' });
    end(tally, 1, 'parent', { outcome: 'failed', byChildren: true });
    tally.take({ kind: 'done' });
    assert.equal(finish(tally).failures.length, 1);
  });

  it('counts a suite that failed by its own hook', () => {
    const tally = tallyFor();
    one(tally, 1, 'suite', { isSuite: true, outcome: 'failed', text: 'before failed' });
    tally.take({ kind: 'done' });
    assert.equal(finish(tally).failures[0]?.title, 'suite');
  });

  it('counts a failing hook of the file', () => {
    const tally = tallyFor();
    one(tally, 1, 'a');
    tally.take({ kind: 'hookFailed', text: 'Error: after', line: 9 });
    tally.take({ kind: 'done' });
    const { passed, failures } = finish(tally);
    assert.equal(passed, 1);
    assert.deepEqual(failures, [
      { title: 'src/a.test.ts: a hook of the file failed', where: 'src/a.test.ts:9', text: 'Error: after', output: [] },
    ]);
  });

  it('keeps the reasons of skipped tests, and of those still to do', () => {
    const tally = tallyFor();
    one(tally, 1, 'pods', { outcome: 'skipped', reason: 'not root' });
    one(tally, 2, 'later', { outcome: 'todo', reason: 'step 2' });
    tally.take({ kind: 'done' });
    assert.deepEqual(finish(tally), {
      passed: 0,
      failures: [],
      skips: [
        { title: 'src/a.test.ts › pods', reason: 'not root' },
        { title: 'src/a.test.ts › later', reason: 'step 2' },
      ],
    });
  });

  for (const outcome of ['skipped', 'todo'] as const) {
    it(`fails a test that is ${outcome} without a reason`, () => {
      const tally = tallyFor();
      one(tally, 1, 'silent', { outcome });
      tally.take({ kind: 'done' });
      const { failures, skips } = finish(tally);
      assert.deepEqual(skips, []);
      assert.match(failures[0]?.text ?? '', /does not say why: give a reason/);
    });
  }
});

describe('a file that does not do what a test file does', () => {
  it('could not be loaded', () => {
    const tally = tallyFor();
    one(tally, 1, absolute, { outcome: 'failed', text: 'SyntaxError: x', line: 1 });
    tally.take({ kind: 'done' });
    assert.deepEqual(
      finish(tally).failures.map(({ title, text }) => [title, text]),
      [['src/a.test.ts could not be loaded', 'SyntaxError: x']],
    );
  });

  it('declares no test, which node calls one that passed', () => {
    const tally = tallyFor();
    one(tally, 1, absolute);
    tally.take({ kind: 'done' });
    const { passed, failures } = finish(tally);
    assert.equal(passed, 0);
    assert.match(failures[0]?.title ?? '', /declares no test/);
  });

  it('may declare none of the tests that were asked for', () => {
    const tally = tallyFor(true);
    one(tally, 1, absolute);
    tally.take({ kind: 'done' });
    assert.deepEqual(finish(tally), { passed: 0, failures: [], skips: [] });
  });

  it('never began', () => {
    assert.match(finish(tallyFor(), { code: 1 }, ['boom']).failures[0]?.title ?? '', /ended before its tests did/);
  });
});

describe('the end of the process', () => {
  it('in the middle of a test is a failure that names the test', () => {
    const tally = tallyFor();
    one(tally, 1, 'first');
    begin(tally, 2, 'second');
    const { passed, failures } = finish(tally, { code: null, signal: 'SIGKILL' });
    assert.equal(passed, 1);
    assert.equal(failures[0]?.title, 'src/a.test.ts ended before its tests did');
    assert.equal(failures[0]?.text, 'its process ended with signal SIGKILL\nrunning: second');
  });

  it('with exit code 0 before the tests are done is a failure too: a test called process.exit', () => {
    const tally = tallyFor();
    begin(tally, 1, 'exits');
    assert.match(finish(tally).failures[0]?.text ?? '', /exit code 0\nrunning: exits/);
  });

  it('with an error after the tests is a failure that tells the error', () => {
    const tally = tallyFor();
    one(tally, 1, 'a');
    tally.take({ kind: 'remark', text: 'tests 1' });
    tally.take({ kind: 'remark', text: 'Error: A resource generated asynchronous activity: late' });
    tally.take({ kind: 'done' });
    const { failures } = finish(tally, { code: 1 });
    assert.equal(failures[0]?.title, 'src/a.test.ts failed after its tests');
    assert.match(failures[0]?.text ?? '', /exit code 1\nError: A resource generated.*late$/);
    assert.doesNotMatch(failures[0]?.text ?? '', /tests 1/);
  });

  it('with an error is nothing new when a test failed', () => {
    const tally = tallyFor();
    one(tally, 1, 'a', { outcome: 'failed', text: 'no' });
    tally.take({ kind: 'done' });
    assert.equal(finish(tally, { code: 1 }).failures.length, 1);
  });

  it('by the runner is a failure that says why, and what ran', () => {
    const tally = tallyFor();
    begin(tally, 1, 'hangs');
    const { failures } = finish(tally, { code: null, signal: 'SIGKILL', endedBecause: 'it took too long' });
    assert.deepEqual(
      [failures[0]?.title, failures[0]?.text],
      ['src/a.test.ts was ended', 'it took too long\nrunning: hangs'],
    );
  });

  it('by the user is nobody’s failure', () => {
    const tally = tallyFor();
    one(tally, 1, 'a');
    begin(tally, 2, 'b');
    const end = { code: null, signal: 'SIGINT', endedBecause: 'interrupted', interrupted: true } as const;
    assert.deepEqual(finish(tally, end), { passed: 1, failures: [], skips: [] });
  });

  it('comes with what the process printed, told once', () => {
    const tally = tallyFor();
    one(tally, 1, 'a', { outcome: 'failed', text: 'no' });
    one(tally, 2, 'b', { outcome: 'failed', text: 'no' });
    tally.take({ kind: 'done' });
    const { failures } = finish(tally, {}, ['last words']);
    assert.deepEqual(
      failures.map(({ output }) => output),
      [['last words'], undefined],
    );
  });
});

describe('what runs now', () => {
  it('is named in full, outermost first', () => {
    const tally = tallyFor();
    begin(tally, 1, 'suite');
    begin(tally, 2, 'test', 1);
    assert.deepEqual(tally.running(), ['suite', 'suite › test']);
    end(tally, 2, 'test', { parent: 1 });
    assert.deepEqual(tally.running(), ['suite']);
  });

  it('is nothing more once every test is done, and not before the first', () => {
    const tally = tallyFor();
    assert.equal(tally.isIdle(), false);
    tally.take({ kind: 'enqueued', id: 1, parent: 0, name: 'a' });
    tally.take({ kind: 'enqueued', id: 2, parent: 0, name: 'b' });
    assert.equal(tally.isIdle(), false);
    end(tally, 1, 'a');
    assert.equal(tally.isIdle(), false);
    end(tally, 2, 'b');
    assert.equal(tally.isIdle(), true);
  });
});
