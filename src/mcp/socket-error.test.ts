import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { McpErrorCode } from './mcp-error.ts';
import { McpError } from './mcp-error.ts';
import { socketError } from './socket-error.ts';

const withCode = (code: string) => Object.assign(new Error(`it said ${code}`), { code });

describe('what goes wrong below HTTP', () => {
  const rows: readonly (readonly [string, McpErrorCode, McpErrorCode])[] = [
    // code, before the answer, in the middle of it
    ['ECONNREFUSED', 'Unreachable', 'ConnectionLost'],
    ['EHOSTUNREACH', 'Unreachable', 'ConnectionLost'],
    ['ENETUNREACH', 'Unreachable', 'ConnectionLost'],
    ['ETIMEDOUT', 'Unreachable', 'ConnectionLost'],
    ['ENOTFOUND', 'Unreachable', 'ConnectionLost'],
    ['ECONNRESET', 'ConnectionLost', 'ConnectionLost'],
    ['EPIPE', 'ConnectionLost', 'ConnectionLost'],
    ['HPE_INVALID_CONSTANT', 'NotMCP', 'ProtocolError'],
    ['HPE_INVALID_CHUNK_SIZE', 'NotMCP', 'ProtocolError'],
    ['HPE_HEADER_OVERFLOW', 'TooLarge', 'TooLarge'],
    ['EMFILE', 'ProbeError', 'ProbeError'],
    ['ENOMEM', 'ProbeError', 'ProbeError'],
    ['ERR_UNESCAPED_CHARACTERS', 'ProbeError', 'ProbeError'],
  ];
  for (const [code, before, during] of rows) {
    it(`${code} is ${before}, in the middle of an answer ${during}`, () => {
      assert.equal(socketError(withCode(code), false).code, before);
      assert.equal(socketError(withCode(code), true).code, during);
    });
  }

  it('keeps what it was, as the cause', () => {
    const cause = withCode('EPIPE');
    assert.equal(socketError(cause, false).cause, cause);
  });

  it('looks into several addresses tried in vain', () => {
    assert.equal(socketError(new AggregateError([withCode('ECONNREFUSED')]), false).code, 'Unreachable');
    assert.equal(socketError(new AggregateError([]), false).code, 'ProbeError');
  });

  it('leaves an McpError as it is', () => {
    const error = new McpError('RateLimited', 'x');
    assert.equal(socketError(error, true), error);
  });
});

describe('an McpError', () => {
  it('from anything else is ProbeError, with what it said', () => {
    for (const thrown of [new Error('oops'), 'oops']) {
      const error = McpError.from(thrown);
      assert.deepEqual(
        [error.code, error.message, error.cause],
        ['ProbeError', 'the probe itself failed: oops', thrown],
      );
    }
  });

  it('carries what is known', () => {
    const error = new McpError('RateLimited', 'm', { status: 429, rpcCode: 1, retryAfterMs: 2, next: 'n' });
    assert.deepEqual(
      [error.status, error.rpcCode, error.retryAfterMs, error.next, error.name],
      [429, 1, 2, 'n', 'McpError'],
    );
    assert.equal('cause' in new McpError('NotMCP', 'm'), false);
  });
});
