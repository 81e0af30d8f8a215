import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from './errors.ts';
import { networkError } from './network-error.ts';

const server = new URL('https://10.0.0.1:6443/k8s/clusters/c-1');

function failure(code: string, message = `connect ${code}`): Error {
  return Object.assign(new Error(message), { code });
}

describe('networkError', () => {
  const words: readonly [string, RegExp][] = [
    ['ECONNREFUSED', /refused.*is the cluster running/],
    ['ENOTFOUND', /does not resolve/],
    ['EAI_AGAIN', /DNS/],
    ['ECONNRESET', /reset/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /certificate-authority/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /unknown CA/],
    ['CERT_HAS_EXPIRED', /expired/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /tls-server-name/],
  ];
  for (const [code, expected] of words) {
    it(`puts ${code} in words, and names the server`, () => {
      const error = networkError(failure(code), server);
      assert.equal(error.code, 'Network');
      assert.match(error.message, expected);
      assert.match(error.message, /https:\/\/10\.0\.0\.1:6443:/);
    });
  }

  it('keeps the message of what it does not know, and the cause of everything', () => {
    const cause = failure('HPE_INVALID_CONSTANT', 'Parse Error: Expected HTTP/');
    const error = networkError(cause, server);
    assert.match(error.message, /Parse Error: Expected HTTP/);
    assert.equal(error.cause, cause);
  });

  it('looks into the error of several addresses, which has no message of its own', () => {
    const tried = new AggregateError([failure('ECONNREFUSED'), failure('ENETUNREACH')], '');
    assert.match(networkError(tried, server).message, /connection refused/);
  });

  it('passes on what is an ApiError already', () => {
    const error = new ApiError('NotLeader', 'no');
    assert.equal(networkError(error, server), error);
  });

  it('copes with what is no error', () => {
    assert.match(networkError('boom', server).message, /boom/);
  });
});
