import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from './errors.ts';

const named = (name: string, message = 'm') => Object.assign(new Error(message), { name });
const coded = (code: unknown, message = 'm') => Object.assign(new Error(message), { code });

describe('ApiError.from', () => {
  it('passes on an ApiError', () => {
    const error = new ApiError('Gone', 'x');
    assert.equal(ApiError.from(error), error);
  });

  const cases: readonly [string, unknown, string][] = [
    ['an abort', named('AbortError'), 'Aborted'],
    ['a timeout', named('TimeoutError'), 'Timeout'],
    ['broken JSON', new SyntaxError('Unexpected token'), 'Malformed'],
    ['a socket', coded('ECONNREFUSED'), 'Network'],
    ['a certificate', coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'Network'],
    ['TLS', coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'Network'],
    ['a numeric code', coded(7), 'Unknown'],
    ['a mistake of ours', new TypeError('x is not a function'), 'Unknown'],
    ['a text', 'boom', 'Unknown'],
    ['nothing', undefined, 'Unknown'],
  ];
  for (const [what, thrown, code] of cases) {
    it(`calls ${what} ${code}, and keeps it as the cause`, () => {
      const error = ApiError.from(thrown);
      assert.equal(error.code, code);
      assert.equal(error.message, thrown instanceof Error ? thrown.message : String(thrown));
      if (thrown !== undefined) assert.equal(error.cause, thrown);
    });
  }
});

describe('ApiError', () => {
  it('carries what the API server said, and nothing where it said nothing', () => {
    const causes = [{ field: 'spec.port' }];
    const full = new ApiError('Invalid', 'm', { status: 422, reason: 'Invalid', causes, retryAfterMs: 1_000 });
    assert.deepEqual([full.status, full.reason, full.causes, full.retryAfterMs], [422, 'Invalid', causes, 1_000]);
    const bare = new ApiError('Network', 'm');
    assert.deepEqual([bare.status, bare.reason, bare.causes, bare.retryAfterMs], [undefined, undefined, [], undefined]);
    assert.equal('cause' in bare, false);
  });
});
