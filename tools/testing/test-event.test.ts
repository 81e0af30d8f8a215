import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CompletedEvent, eventOf, parseEvent } from './test-event.ts';

function completed(data: object): CompletedEvent {
  const event = eventOf({
    type: 'test:complete',
    data: { name: 'works', testId: 3, parentId: 2, line: 7, details: { type: 'test', duration_ms: 1.5 }, ...data },
  });
  assert.equal(event?.kind, 'completed');
  return event as CompletedEvent;
}

/** An error as node wraps what a test threw. */
function testFailure(cause: unknown, failureType = 'testCodeFailure'): Error {
  return Object.assign(new Error('wrapped'), { code: 'ERR_TEST_FAILURE', failureType, cause });
}

const failing = (error: unknown) => completed({ details: { type: 'test', error } });

describe('a test that ended', () => {
  it('has passed when it has no error', () => {
    assert.deepEqual(completed({}), {
      kind: 'completed',
      id: 3,
      parent: 2,
      name: 'works',
      line: 7,
      isSuite: false,
      ms: 1.5,
      outcome: 'passed',
      reason: '',
      text: '',
      byChildren: false,
    });
  });

  it('is skipped with its reason', () => {
    const { outcome, reason } = completed({ skip: 'no containers here' });
    assert.deepEqual([outcome, reason], ['skipped', 'no containers here']);
  });

  it('is skipped without a reason when nobody gave one', () => {
    const nobody = true;
    const { outcome, reason } = completed({ skip: nobody });
    assert.deepEqual([outcome, reason], ['skipped', '']);
  });

  it('is not skipped by skip: false', () => {
    assert.equal(completed({ skip: false }).outcome, 'passed');
  });

  it('is still to do, also when it fails', () => {
    const { outcome } = completed({ todo: 'later', details: { type: 'test', error: testFailure('no') } });
    assert.equal(outcome, 'todo');
  });

  it('is told from a suite', () => {
    assert.equal(completed({ details: { type: 'suite', duration_ms: 1 } }).isSuite, true);
  });

  it('has failed by its children when node says so', () => {
    assert.equal(failing(testFailure('1 subtest failed', 'subtestsFailed')).byChildren, true);
    assert.equal(failing(testFailure(new Error('x'))).byChildren, false);
  });
});

describe('what a failure says', () => {
  it('is what the test threw, not what node wrapped around it', () => {
    const { outcome, text } = failing(testFailure(new TypeError('x is not a function')));
    assert.equal(outcome, 'failed');
    assert.match(text, /^TypeError: x is not a function\n/);
    assert.doesNotMatch(text, /wrapped/);
  });

  it('has what the test threw, when its clean-up threw too', () => {
    const both = new SuppressedError(new Error('no end'), new Error('port taken'), 'suppressed');
    assert.match(failing(testFailure(both)).text, /^Error: port taken[\s\S]*\nand then: Error: no end/);
  });

  it('has the causes and the fields of the error', () => {
    const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
    const { text } = failing(testFailure(new Error('no answer', { cause })));
    assert.match(text, /\[cause\]: Error: connection refused/);
    assert.match(text, /ECONNREFUSED/);
  });

  it('has the difference of an assertion once, without its fields', () => {
    const thrown = new assert.AssertionError({ actual: { a: 1 }, expected: { a: 2 }, operator: 'deepStrictEqual' });
    const { text } = failing(testFailure(thrown));
    assert.match(text, /\+ {3}a: 1\n- {3}a: 2/);
    assert.doesNotMatch(text, /generatedMessage/);
  });

  it('leaves out the frames that are node’s own', () => {
    const error = new Error('x');
    error.stack = [
      'Error: x',
      '    at mine (file:///a.ts:1:1)',
      '    at Test.run (node:internal/test_runner/test:1:1)',
      '    at node:internal/process/task_queues:1:1',
      '    at Test.runInAsyncScope (node:async_hooks:226:14)',
    ].join('\n');
    assert.match(failing(testFailure(error)).text, /^Error: x\n {4}at mine \(file:\/\/\/a\.ts:1:1\)$/);
  });

  it('is the word itself when the test threw a word', () => {
    assert.equal(failing(testFailure('just so')).text, 'just so');
  });

  it('is the error itself when node did not wrap it, as when a file cannot be loaded', () => {
    assert.match(failing(new SyntaxError('Unexpected token')).text, /^SyntaxError: Unexpected token/);
  });
});

describe('other events', () => {
  it('tell of a failing hook of the file, which has no test', () => {
    const data = { name: '/a.test.ts', line: 2, details: { error: testFailure(new Error('after')) } };
    const event = eventOf({ type: 'test:fail', data });
    assert.equal(event?.kind, 'hookFailed');
    assert.match(event.kind === 'hookFailed' ? event.text : '', /^Error: after/);
  });

  it('are left out when they say again what test:complete said', () => {
    const data = { name: 'x', testId: 1, details: { error: testFailure('x') } };
    assert.equal(eventOf({ type: 'test:fail', data }), undefined);
    assert.equal(eventOf({ type: 'test:pass', data }), undefined);
  });

  it('tell of tests that wait and that start', () => {
    const data = { name: 'x', testId: 4, parentId: 1 };
    assert.deepEqual(eventOf({ type: 'test:enqueue', data }), { kind: 'enqueued', id: 4, parent: 1, name: 'x' });
    assert.deepEqual(eventOf({ type: 'test:dequeue', data }), { kind: 'started', id: 4 });
  });

  it('tell of the end and of remarks', () => {
    assert.deepEqual(eventOf({ type: 'test:summary', data: { counts: {} } }), { kind: 'done' });
    assert.deepEqual(eventOf({ type: 'test:diagnostic', data: { message: 'late' } }), { kind: 'remark', text: 'late' });
  });

  it('of types that nobody has use for are left out', () => {
    assert.equal(eventOf({ type: 'test:watch:drained', data: undefined }), undefined);
  });
});

describe('the way through the pipe', () => {
  it('keeps an event as it is', () => {
    const event = completed({ skip: 'why “so”' });
    assert.deepEqual(parseEvent(JSON.stringify(event)), event);
  });

  it('takes nothing else for an event', () => {
    for (const line of ['', 'hello', '{', 'null', '[]', '{}', '{"kind":1}', '7']) {
      assert.equal(parseEvent(line), undefined, line);
    }
  });
});
