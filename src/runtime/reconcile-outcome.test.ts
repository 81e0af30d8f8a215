import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApiError, type ApiErrorCode } from './errors.ts';
import { outcomeOf, outcomeOfThrown } from './reconcile-outcome.ts';

describe('outcome of a reconcile that returned', () => {
  const rows = [
    { result: undefined, outcome: { kind: 'success' } },
    { result: {}, outcome: { kind: 'success' } },
    { result: { requeueAfterMs: 0 }, outcome: { kind: 'success' } },
    { result: { requeueAfterMs: -1 }, outcome: { kind: 'success' } },
    { result: { requeueAfterMs: 1 }, outcome: { kind: 'requeue_after', afterMs: 1 } },
    { result: { requeueAfterMs: 30_000 }, outcome: { kind: 'requeue_after', afterMs: 30_000 } },
  ];
  for (const { result, outcome } of rows) {
    test(JSON.stringify(result) ?? 'nothing', () => assert.deepEqual(outcomeOf(result), outcome));
  }
});

describe('outcome of a reconcile that threw', () => {
  const kinds: Readonly<Record<ApiErrorCode, string>> = {
    BadRequest: 'terminal',
    Unauthorized: 'error',
    Forbidden: 'terminal',
    NotFound: 'error',
    AlreadyExists: 'error',
    Conflict: 'conflict',
    Gone: 'error',
    TooLarge: 'terminal',
    Invalid: 'terminal',
    TooManyRequests: 'error',
    ServerError: 'error',
    Timeout: 'error',
    Network: 'error',
    Malformed: 'error',
    Aborted: 'dropped',
    NotLeader: 'dropped',
    NotDeclared: 'terminal',
    Config: 'error',
    Unknown: 'error',
  };
  for (const [code, kind] of Object.entries(kinds)) {
    test(`${code} is ${kind}`, () => {
      const error = new ApiError(code as ApiErrorCode, 'no');
      assert.deepEqual(outcomeOfThrown(error, false), { kind, error });
    });
  }

  test('anything but an ApiError is a bug, and keeps what was thrown', () => {
    for (const thrown of [new TypeError('x is not a function'), 'text', undefined, null, { code: 'Conflict' }]) {
      const outcome = outcomeOfThrown(thrown, false);
      assert.equal(outcome.kind, 'panic');
      assert.ok('error' in outcome && outcome.error === thrown);
    }
  });

  test('an abort that is not ours to blame is dropped, whatever class it has', () => {
    const thrown = new DOMException('This operation was aborted', 'AbortError');
    assert.equal(outcomeOfThrown(thrown, false).kind, 'dropped');
  });

  test('an abort after the deadline is a timeout', () => {
    for (const thrown of [new DOMException('aborted', 'AbortError'), new ApiError('Aborted', 'aborted')]) {
      const outcome = outcomeOfThrown(thrown, true);
      assert.ok(outcome.kind === 'error' && outcome.error.code === 'Timeout');
      assert.equal(outcome.error.cause, thrown);
    }
  });

  test('another error after the deadline stays what it is', () => {
    assert.equal(outcomeOfThrown(new ApiError('Conflict', 'no'), true).kind, 'conflict');
    assert.equal(outcomeOfThrown(new TypeError('no'), true).kind, 'panic');
  });
});
