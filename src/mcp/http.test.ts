import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DialRequest, DialResponse, Line } from './dial.ts';
import { createBoundedHttp, type HttpAnswer, readStart, readText } from './http.ts';
import { defaultLimits } from './limits.ts';
import { McpError, type McpErrorCode } from './mcp-error.ts';

const get: DialRequest = { method: 'GET', headers: { 'x-a': '1' }, signal: new AbortController().signal };

/** What a line gave out and what became of it. */
interface Played {
  answer(): Promise<HttpAnswer>;
  readonly sent: DialRequest[];
  /** Chunks that were taken. */
  taken: number;
  destroyed: boolean;
}

/** One answer after the other, each with these chunks. An Error among them is thrown. */
function playing(
  chunks: readonly (string | Uint8Array | Error)[],
  headers: Readonly<Record<string, string>> = {},
  limits: Partial<typeof defaultLimits> = {},
): Played {
  const played: Played = { answer: () => http.send('/', get), sent: [], taken: 0, destroyed: false };
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for (const chunk of chunks) {
        played.taken++;
        if (chunk instanceof Error) throw chunk;
        yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      }
    } finally {
      if (played.taken < chunks.length) played.destroyed = true;
    }
  }
  const destroy = () => {
    played.destroyed = true;
  };
  const line: Line = {
    async send(_path, request): Promise<DialResponse> {
      played.sent.push(request);
      return { status: 200, headers, chunks: body(), destroy };
    },
    close: destroy,
  };
  const http = createBoundedHttp(line, { ...defaultLimits, ...limits });
  return played;
}

const failsWith = (code: McpErrorCode, pattern: RegExp) => (error: unknown) =>
  error instanceof McpError && error.code === code && pattern.test(error.message);

describe('bounded HTTP', () => {
  it('asks for bodies as they are', async () => {
    const played = playing([]);
    await played.answer();
    assert.deepEqual(played.sent[0]?.headers, { 'x-a': '1', 'accept-encoding': 'identity' });
  });

  const types: readonly (readonly [string | undefined, string])[] = [
    [undefined, ''],
    ['', ''],
    ['application/json', 'application/json'],
    ['Application/JSON; charset=utf-8', 'application/json'],
    [' text/event-stream ;x', 'text/event-stream'],
  ];
  for (const [header, type] of types) {
    it(`takes the media type ${JSON.stringify(type)} from ${JSON.stringify(header)}`, async () => {
      const { answer } = playing([], header === undefined ? {} : { 'content-type': header });
      assert.equal((await answer()).mediaType, type);
    });
  }

  for (const coding of ['gzip', 'GZIP', 'br', 'deflate, gzip', 'x'.repeat(1_000)]) {
    it(`refuses Content-Encoding ${coding.slice(0, 20)} without reading a byte`, async () => {
      const played = playing(['abc'], { 'content-encoding': coding });
      const refused = failsWith('ProtocolError', /^a body in Content-Encoding .{1,20}, though identity was asked for$/);
      await assert.rejects(readText(await played.answer()), refused);
      assert.equal(played.taken, 0);
      assert.equal(played.destroyed, true);
    });
  }

  it('takes identity as no encoding', async () => {
    assert.equal(await readText(await playing(['abc'], { 'content-encoding': ' Identity ' }).answer()), 'abc');
  });

  it('bounds a body, and reads no further', async () => {
    const exact = playing(['12345', '67890'], {}, { bodyBytes: 10 });
    assert.equal(await readText(await exact.answer()), '1234567890');
    const more = playing(['12345', '67890', 'x', 'y'], {}, { bodyBytes: 10 });
    await assert.rejects(readText(await more.answer()), failsWith('TooLarge', /^an answer larger than/));
    assert.equal(more.taken, 3);
    assert.equal(more.destroyed, true);
  });

  it('bounds all bodies of a probe together', async () => {
    const played = playing(['12345'], {}, { probeBytes: 10 });
    await readText(await played.answer());
    await readText(await played.answer());
    await assert.rejects(readText(await played.answer()), failsWith('TooLarge', /^answers together larger than/));
  });
});

describe('a body as text', () => {
  it('is UTF-8, however it is cut', async () => {
    const bytes = Buffer.from('żółw 🐢');
    const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
    assert.equal(await readText(await playing(pieces).answer()), 'żółw 🐢');
  });

  it('is nothing else', async () => {
    const { answer } = playing([Uint8Array.of(0xff)]);
    await assert.rejects(readText(await answer()), failsWith('ProtocolError', /not UTF-8/));
  });
});

describe('the start of a body', () => {
  it('is all of a short one', async () => {
    assert.equal(await readStart(await playing(['abc', 'def']).answer(), 100), 'abcdef');
  });

  it('is cut, and the rest left unread', async () => {
    const played = playing(['abc', 'def', 'ghi']);
    assert.equal(await readStart(await played.answer(), 4), 'abcd');
    assert.equal(played.taken, 2);
    assert.equal(played.destroyed, true);
  });

  it('may be anything, also half a character', async () => {
    assert.equal(await readStart(await playing([Uint8Array.of(97, 0xff, 0xc5)]).answer(), 100), 'a\ufffd\ufffd');
  });

  it('is what had come, when the rest does not', async () => {
    const lost = new McpError('ConnectionLost', 'x');
    assert.equal(await readStart(await playing(['abc', lost]).answer(), 100), 'abc');
    assert.equal(await readStart(await playing(['abc'], { 'content-encoding': 'gzip' }).answer(), 100), '');
  });

  it('is not to be had when the probe is over', async () => {
    for (const code of ['HandshakeTimeout', 'Aborted'] as const) {
      const over = new McpError(code, 'over');
      await assert.rejects(readStart(await playing(['abc', over]).answer(), 100), over);
    }
  });
});
