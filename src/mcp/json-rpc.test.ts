import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerIn, errorIn, notificationText, requestText } from './json-rpc.ts';
import type { McpErrorCode } from './mcp-error.ts';
import { McpError } from './mcp-error.ts';

const breaks = (code: McpErrorCode, pattern: RegExp) => (error: unknown) =>
  error instanceof McpError && error.code === code && pattern.test(error.message);

describe('JSON-RPC messages', () => {
  it('are written as requests and notifications', () => {
    assert.deepEqual(JSON.parse(requestText(3, 'tools/list', { cursor: 'c' })), {
      jsonrpc: '2.0',
      id: 3,
      method: 'tools/list',
      params: { cursor: 'c' },
    });
    assert.deepEqual(JSON.parse(notificationText('notifications/initialized')), {
      jsonrpc: '2.0',
      method: 'notifications/initialized',
    });
  });
});

describe('the answer to a request', () => {
  it('is the result with its id', () => {
    assert.deepEqual(answerIn('{"jsonrpc":"2.0","id":3,"result":{"a":1}}', 3), { kind: 'result', result: { a: 1 } });
  });

  it('is the error with its id', () => {
    const text = '{"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"no","data":{"x":1}}}';
    assert.deepEqual(answerIn(text, 3), { kind: 'error', error: { code: -32601, message: 'no', data: { x: 1 } } });
  });

  it('is an error with id null, or none: the server could not tell', () => {
    for (const id of ['"id":null,', '']) {
      const found = answerIn(`{"jsonrpc":"2.0",${id}"error":{"code":-32700,"message":"parse"}}`, 3);
      assert.deepEqual(found?.kind, 'error');
    }
  });

  it('is found in a batch, beside notifications and requests of the server', () => {
    const ping = '{"jsonrpc":"2.0","id":3,"method":"ping"}';
    const log = '{"jsonrpc":"2.0","method":"notifications/message","params":{}}';
    const answer = '{"jsonrpc":"2.0","id":3,"result":{}}';
    assert.deepEqual(answerIn(`[${log},${ping},${answer}]`, 3), { kind: 'result', result: {} });
  });

  it('is not there yet among notifications and requests', () => {
    assert.equal(answerIn('{"jsonrpc":"2.0","method":"notifications/message"}', 3), undefined);
    assert.equal(answerIn('{"jsonrpc":"2.0","id":1,"method":"roots/list"}', 3), undefined);
    assert.equal(answerIn('[]', 3), undefined);
  });

  it('with another id is a broken rule, also as a string or null', () => {
    for (const id of ['4', '"3"', 'null', '{"a":1}']) {
      assert.throws(
        () => answerIn(`{"jsonrpc":"2.0","id":${id},"result":{}}`, 3),
        breaks('ProtocolError', /an answer with id .* to the request with id 3/),
      );
    }
    assert.throws(() => answerIn('{"jsonrpc":"2.0","result":{}}', 3), breaks('ProtocolError', /with id none/));
  });

  it('needs a result or an error', () => {
    for (const rest of ['', ',"result":null', ',"result":[]', ',"error":"no"', ',"error":{"message":"no code"}']) {
      assert.throws(
        () => answerIn(`{"jsonrpc":"2.0","id":3${rest}}`, 3),
        breaks('ProtocolError', /neither a result nor an error/),
      );
    }
  });

  it('takes an error without words', () => {
    const found = answerIn('{"jsonrpc":"2.0","id":3,"error":{"code":7,"message":5}}', 3);
    assert.deepEqual(found, { kind: 'error', error: { code: 7, message: '', data: undefined } });
  });

  it('is not to be had from invalid JSON, of which the start is shown', () => {
    assert.throws(() => answerIn('{"jsonrpc":', 3), breaks('ProtocolError', /^invalid JSON: "\{"jsonrpc":"$/));
    assert.throws(() => answerIn('  ', 3), breaks('ProtocolError', /^invalid JSON: nothing$/));
    assert.throws(
      () => answerIn(`x\u001b[31m${'y'.repeat(10_000)}`, 3),
      (error) => error instanceof McpError && error.message.length < 300 && !error.message.includes('\u001b'),
    );
  });

  it('is not to be had from other JSON', () => {
    for (const text of ['{"status":"ok"}', '1', 'null', '"x"', '[1]', '{"jsonrpc":"1.0","id":3,"result":{}}']) {
      assert.throws(() => answerIn(text, 3), breaks('NotMCP', /not JSON-RPC 2\.0/), text);
    }
  });
});

describe('the error in the body of an HTTP error', () => {
  it('is found whatever its id', () => {
    const text = '{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Missing session ID"}}';
    assert.deepEqual(errorIn(text), { code: -32600, message: 'Missing session ID', data: undefined });
    assert.equal(errorIn('{"error":{"code":1,"message":"m"},"id":null}')?.code, 1);
  });

  it('is not found in anything else', () => {
    for (const text of ['', 'Not Found', '{"error":"no"}', '{"error":{"code":"x"}}', '[]', 'null']) {
      assert.equal(errorIn(text), undefined, text);
    }
  });
});
