import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApiErrorCode } from './errors.ts';
import { isTerminal } from './errors.ts';
import { eventError, statusError } from './status-error.ts';

function status(more: object): string {
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'said so', ...more });
}

describe('statusError', () => {
  const codes: readonly [number, string | undefined, ApiErrorCode][] = [
    [400, 'BadRequest', 'BadRequest'],
    [401, 'Unauthorized', 'Unauthorized'],
    [403, 'Forbidden', 'Forbidden'],
    [404, 'NotFound', 'NotFound'],
    [405, 'MethodNotAllowed', 'BadRequest'],
    [406, 'NotAcceptable', 'BadRequest'],
    [409, 'AlreadyExists', 'AlreadyExists'],
    [409, 'Conflict', 'Conflict'],
    [409, undefined, 'Conflict'],
    [410, 'Expired', 'Gone'],
    [410, 'Gone', 'Gone'],
    [413, 'RequestEntityTooLarge', 'TooLarge'],
    [415, 'UnsupportedMediaType', 'BadRequest'],
    [422, 'Invalid', 'Invalid'],
    [429, 'TooManyRequests', 'TooManyRequests'],
    [500, 'InternalError', 'ServerError'],
    [502, undefined, 'ServerError'],
    [503, 'ServiceUnavailable', 'ServerError'],
    [504, 'Timeout', 'Timeout'],
    [302, undefined, 'Unknown'],
  ];
  for (const [code, reason, expected] of codes) {
    it(`calls ${code} ${reason ?? ''} ${expected}`, () => {
      const error = statusError('GET /x', code, status({ code, reason }));
      assert.equal(error.code, expected);
      assert.equal(error.status, code);
      assert.equal(error.reason, reason);
      assert.equal(error.message, 'said so');
    });
  }

  it('tells causes', () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'must be positive', field: 'spec.replicas' }];
    assert.deepEqual(statusError('PATCH /x', 422, status({ details: { causes } })).causes, causes);
  });

  it('reads Retry-After in seconds, from the header before the body', () => {
    assert.equal(statusError('GET /x', 429, status({}), '7').retryAfterMs, 7_000);
    assert.equal(statusError('GET /x', 429, status({ details: { retryAfterSeconds: 3 } })).retryAfterMs, 3_000);
    assert.equal(statusError('GET /x', 429, status({ details: { retryAfterSeconds: 3 } }), '7').retryAfterMs, 7_000);
  });

  it('ignores a Retry-After that is no number of seconds', () => {
    assert.equal(statusError('GET /x', 429, status({}), 'Sun, 22 Nov 2026 15:00:00 GMT').retryAfterMs, undefined);
    assert.equal(statusError('GET /x', 429, status({}), '-1').retryAfterMs, undefined);
    assert.equal(statusError('GET /x', 429, status({})).retryAfterMs, undefined);
  });

  it('shows the beginning of an answer that is not from the API server', () => {
    const error = statusError('GET /api/v1/pods', 502, '<html>\n <h1>Bad   Gateway</h1>\n</html>');
    assert.equal(error.message, 'GET /api/v1/pods answered 502: <html> <h1>Bad Gateway</h1> </html>');
  });

  it('cuts a long foreign answer', () => {
    assert.equal(statusError('GET /x', 502, 'x'.repeat(5_000)).message.length, 'GET /x answered 502: '.length + 201);
  });

  it('copes with an empty answer, JSON that is no Status, and half a JSON', () => {
    assert.equal(statusError('GET /x', 503, '').message, 'GET /x answered 503');
    assert.equal(
      statusError('GET /x', 503, '{"kind":"Pod","message":"no"}').message,
      'GET /x answered 503: {"kind":"Pod","message":"no"}',
    );
    assert.equal(statusError('GET /x', 503, '{"kind":"Sta').message, 'GET /x answered 503: {"kind":"Sta');
  });

  it('blames us for an apply of an unknown field, which the server calls its own error', () => {
    const message =
      'failed to create typed patch object (a/d; apps/v1, Kind=Deployment): .spec.x: field not declared in schema';
    const error = statusError('PATCH /x', 500, status({ message }));
    assert.equal(error.code, 'BadRequest');
    assert.equal(error.status, 500);
    assert.equal(isTerminal(error), true);
  });

  it('makes terminal what a retry cannot mend, and nothing else', () => {
    const terminal = codes.filter(([code, reason]) => isTerminal(statusError('GET /x', code, status({ reason }))));
    assert.deepEqual(
      terminal.map(([code]) => code),
      [400, 403, 405, 406, 413, 415, 422],
    );
  });
});

describe('eventError', () => {
  it('is Gone for a 410, in both spellings', () => {
    assert.equal(eventError('watch', { kind: 'Status', code: 410, reason: 'Expired' }).code, 'Gone');
    assert.equal(eventError('watch', { kind: 'Status', code: 410, reason: 'Gone' }).code, 'Gone');
    assert.equal(eventError('watch', { kind: 'Status', code: 410 }).code, 'Gone');
  });

  it('tells what the server said', () => {
    const error = eventError('watch', { kind: 'Status', code: 500, message: 'etcd: leader changed' });
    assert.equal(error.code, 'ServerError');
    assert.equal(error.message, 'etcd: leader changed');
  });

  it('copes with an object that is no Status', () => {
    assert.equal(eventError('watch of pods', undefined).code, 'ServerError');
    assert.match(eventError('watch of pods', { code: 'x' }).message, /watch of pods/);
  });
});
