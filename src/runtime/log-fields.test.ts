import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from './errors.ts';
import { describeError, loggable } from './log-fields.ts';

describe('fields of a log line', () => {
  test('plain data passes', () => {
    const fields = { a: 1, b: 'text', c: true, d: null, e: [1, 'two', { three: 3 }], f: { g: { h: 1 } } };
    assert.deepEqual(loggable(fields), fields);
  });

  test('undefined values and functions are left out', () => {
    assert.deepEqual(loggable({ a: undefined, b: () => 1, c: { d: undefined } }), { c: {} });
  });

  test('names that the line uses itself are renamed', () => {
    assert.deepEqual(loggable({ ts: 1, level: 2, msg: 3, other: { msg: 4 } }), {
      ts_: 1,
      level_: 2,
      msg_: 3,
      other: { msg: 4 },
    });
  });

  test('values that JSON cannot carry become text or lists', () => {
    const fields = {
      big: 12n,
      symbol: Symbol('s'),
      date: new Date(0),
      noDate: new Date(Number.NaN),
      set: new Set(['a', 'b']),
      map: new Map([['k', 1]]),
    };
    assert.deepEqual(loggable(fields), {
      big: '12',
      symbol: 'Symbol(s)',
      date: '1970-01-01T00:00:00.000Z',
      noDate: 'Invalid Date',
      set: ['a', 'b'],
      map: [['k', 1]],
    });
  });

  test('secrets are hidden by name, at any depth, and in text', () => {
    const fields = { password: 'x', headers: { authorization: ['y'], accept: 'z' }, url: 'https://a:b@c/', token: '' };
    assert.deepEqual(loggable(fields), {
      password: '[redacted]',
      headers: { authorization: '[redacted]', accept: 'z' },
      url: 'https://[redacted]@c/',
      token: '',
    });
  });

  test('a cycle ends', () => {
    const cycle: Record<string, unknown> = { name: 'a' };
    cycle.self = cycle;
    assert.match(JSON.stringify(loggable({ cycle })), /\[deeper\]/);
  });

  test('long text is cut, and says by how much', () => {
    const { text } = loggable({ text: 'x'.repeat(10_000) });
    assert.equal(text, `${'x'.repeat(8_192)}… (1808 more)`);
  });

  test('property: whatever comes, it can be written as JSON', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true, withMap: true })),
        (fields) => {
          assert.equal(typeof JSON.stringify(loggable(fields)), 'string');
        },
      ),
    );
  });
});

describe('an error in a log line', () => {
  test('has type, message and stack', () => {
    const error = new TypeError('x is not a function');
    assert.deepEqual(describeError(error), { type: 'TypeError', message: 'x is not a function', stack: error.stack });
  });

  test('has the code that Node.js gives', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    assert.equal(describeError(error).code, 'ECONNREFUSED');
  });

  test('an answer of the API server has its status and reason instead of a stack', () => {
    const error = new ApiError('TooManyRequests', 'slow down', {
      status: 429,
      reason: 'Throttled',
      retryAfterMs: 1_000,
    });
    assert.deepEqual(describeError(error), {
      type: 'ApiError',
      code: 'TooManyRequests',
      message: 'slow down',
      status: 429,
      reason: 'Throttled',
      retryAfterMs: 1_000,
    });
    assert.deepEqual(describeError(new ApiError('Network', 'refused')), {
      type: 'ApiError',
      code: 'Network',
      message: 'refused',
    });
  });

  test('has its causes', () => {
    const error = new Error('outer', { cause: new ApiError('Conflict', 'inner', { cause: 'innermost' }) });
    assert.deepEqual(describeError(error).cause, {
      type: 'ApiError',
      code: 'Conflict',
      message: 'inner',
      cause: { message: 'innermost' },
    });
  });

  test('a chain of causes without end is cut', () => {
    const error: Error & { cause?: unknown } = new Error('again');
    error.cause = error;
    assert.ok(JSON.stringify(describeError(error)).length < 20_000);
  });

  test('never carries requests, bodies or headers that hang on it', () => {
    const error = Object.assign(new Error('failed'), {
      body: 'secret body',
      headers: { authorization: 'Bearer x1' },
      request: { data: 'secret data' },
      response: 'secret response',
    });
    assert.deepEqual(Object.keys(describeError(error)), ['type', 'message', 'stack']);
  });

  test('hides credentials in message and stack', () => {
    const described = JSON.stringify(describeError(new Error('GET https://jo:swordfish@x/ failed')));
    assert.ok(!described.includes('swordfish'), described);
  });

  test('whatever is thrown is described', () => {
    assert.deepEqual(describeError('text'), { message: 'text' });
    assert.deepEqual(describeError(undefined), { message: 'undefined' });
    const noStack = new Error('x');
    delete noStack.stack;
    assert.deepEqual(describeError(noStack), { type: 'Error', message: 'x' });
  });

  test('is described wherever it is among the fields', () => {
    const fields = loggable({ error: new ApiError('Gone', 'old'), list: [new ApiError('Gone', 'old')] });
    const described = { type: 'ApiError', code: 'Gone', message: 'old' };
    assert.deepEqual(fields, { error: described, list: [described] });
  });
});
