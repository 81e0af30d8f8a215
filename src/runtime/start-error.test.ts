import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeError } from './log-fields.ts';
import { StartError } from './start-error.ts';

describe('start error', () => {
  test('has a code, a message, and the cause when there is one', () => {
    const cause = new Error('EADDRINUSE');
    const error = new StartError('AddressInUse', ':8080 is in use', cause);
    assert.deepEqual(
      [error.name, error.code, error.message, error.cause],
      ['StartError', 'AddressInUse', ':8080 is in use', cause],
    );
    assert.equal('cause' in new StartError('LeaseLost', 'x'), false);
  });

  test('is told in the log with its code', () => {
    const { type, code } = describeError(new StartError('BadFlag', 'x'));
    assert.deepEqual([type, code], ['StartError', 'BadFlag']);
  });
});
