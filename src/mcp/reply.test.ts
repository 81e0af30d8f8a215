import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HttpAnswer } from './http.ts';
import { defaultLimits } from './limits.ts';
import { McpError } from './mcp-error.ts';
import { describeReply, readReply } from './reply.ts';

const json = 'application/json';
const stream = 'text/event-stream';
const result = '{"jsonrpc":"2.0","id":1,"result":{"a":1}}';

/** An answer as HTTP gives it, and how far it was read. */
function answerOf(status: number, mediaType: string, chunks: readonly string[]): HttpAnswer & { taken: number } {
  const answer = {
    taken: 0,
    status,
    mediaType,
    headers: { 'x-b': '2' },
    destroy: () => undefined,
    chunks: {
      async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
        for (const chunk of chunks) {
          answer.taken++;
          yield Buffer.from(chunk);
        }
      },
    },
  };
  return answer;
}

const read = (status: number, type: string, ...chunks: string[]) =>
  readReply(answerOf(status, type, chunks), 1, defaultLimits);

describe('the reply to a request', () => {
  it('has the HTTP it came in', async () => {
    const { status, headers, mediaType } = await read(201, json, result);
    assert.deepEqual([status, headers, mediaType], [201, { 'x-b': '2' }, json]);
  });

  it('is the result on a stream, wherever it is cut, after anything else', async () => {
    const text = `retry: 10\nid: 1\ndata:\n\nevent: x\ndata: {}\n\n: c\n\ndata: {"jsonrpc":"2.0","method":"m"}\n\ndata: ${result}\n\n`;
    for (const chunks of [[text], [...text]]) {
      const reply = await read(200, stream, ...chunks);
      assert.ok(reply.kind === 'result');
      assert.deepEqual(reply.result, { a: 1 });
    }
  });

  it('is there before the stream ends; the rest is read for the sake of the connection', async () => {
    const answer = answerOf(200, stream, [`data: ${result}\n\n`, ': more\n\n', 'data: not JSON\n\n']);
    const reply = await readReply(answer, 1, defaultLimits);
    assert.equal(reply.kind, 'result');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(answer.taken, 3);
  });

  it('must come within so many messages', async () => {
    const limits = { ...defaultLimits, messages: 3 };
    const notice = 'data: {"jsonrpc":"2.0","method":"m"}\n\n';
    const early = answerOf(200, stream, [notice, notice, `data: ${result}\n\n`]);
    assert.equal((await readReply(early, 1, limits)).kind, 'result');
    const late = answerOf(200, stream, [notice, notice, notice, `data: ${result}\n\n`]);
    await assert.rejects(readReply(late, 1, limits), /3 messages before the answer/);
  });

  it('is an error under any status', async () => {
    const error = '{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"m"}}';
    for (const status of [200, 400, 404, 500]) {
      const reply = await read(status, json, error);
      assert.ok(reply.kind === 'error');
      assert.equal(reply.error.code, -1);
    }
  });

  it('with an HTTP error is no result, even if it claims to be', async () => {
    assert.equal((await read(500, json, result)).kind, 'http');
  });

  it('of another type is HTTP, unless it is JSON-RPC in disguise', async () => {
    const reply = await read(200, 'text/html', '<p>hi</p>');
    assert.ok(reply.kind === 'http');
    assert.equal(reply.text, '<p>hi</p>');
    await assert.rejects(
      read(200, 'text/plain', ` \n${result}`),
      (error) => error instanceof McpError && error.code === 'ProtocolError' && /as text\/plain/.test(error.message),
    );
  });
});

describe('a reply in words', () => {
  const rows: readonly (readonly [number, string, string, string])[] = [
    [404, '', '', 'HTTP 404 with an empty body'],
    [404, 'text/plain', 'Not\nFound', 'HTTP 404 (text/plain): "Not Found"'],
    [200, 'text/html', '<h1>Hi</h1><style>p{}</style> <script>x</script>you', 'HTTP 200 (text/html): "Hi you"'],
    [
      400,
      json,
      '{"error":{"code":-32600,"message":"Bad \\u001b[1m"}}',
      'HTTP 400 with JSON-RPC error -32600 "Bad [1m"',
    ],
    [400, json, '{"error":{"code":-32600}}', 'HTTP 400 with JSON-RPC error -32600'],
    [200, json, result, 'HTTP 200 (application/json)'],
  ];
  for (const [status, type, body, words] of rows) {
    it(words, async () => assert.equal(describeReply(await read(status, type, body), undefined), words));
  }

  it('does not hold the secret', async () => {
    const reply = await read(400, 'text/plain', 'token abc-4711 is bad');
    assert.equal(describeReply(reply, 'abc-4711'), 'HTTP 400 (text/plain): "token [redacted] is bad"');
  });
});
