import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { McpError } from './mcp-error.ts';
import type { SseEvent } from './sse.ts';
import { createSseParser } from './sse.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** Parses a stream given in pieces. */
function parse(pieces: readonly (string | Uint8Array)[], maxEventBytes = 1000): readonly SseEvent[] {
  const parser = createSseParser(maxEventBytes);
  return pieces.flatMap((piece) => parser.push(typeof piece === 'string' ? bytes(piece) : piece));
}

/** The same stream, cut at these places. */
function cut(stream: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const sorted = [...new Set(places.map((place) => place % (stream.length + 1)))].sort((a, b) => a - b);
  const edges = [0, ...sorted, stream.length];
  return edges.slice(1).map((edge, index) => stream.subarray(edges[index], edge));
}

const message = (data: string): SseEvent => ({ type: 'message', data });

describe('SSE parser', () => {
  const cases: readonly { what: string; stream: string; events: readonly SseEvent[] }[] = [
    { what: 'an event', stream: 'data: a\n\n', events: [message('a')] },
    { what: 'a named event', stream: 'event: endpoint\ndata: /m\n\n', events: [{ type: 'endpoint', data: '/m' }] },
    {
      what: 'a name that holds for one event only',
      stream: 'event: x\ndata: 1\n\ndata: 2\n\n',
      events: [{ type: 'x', data: '1' }, message('2')],
    },
    { what: 'data of several lines', stream: 'data: a\ndata: b\ndata:\ndata: c\n\n', events: [message('a\nb\n\nc')] },
    {
      what: 'one space after the colon taken off, no more',
      stream: 'data:a\n\ndata:  b\n\n',
      events: [message('a'), message(' b')],
    },
    { what: 'a field without a colon', stream: 'data\n\n', events: [message('')] },
    { what: 'CR line ends', stream: 'data: a\r\rdata: b\r\r', events: [message('a'), message('b')] },
    { what: 'CRLF line ends', stream: 'data: a\r\n\r\ndata: b\r\n\r\n', events: [message('a'), message('b')] },
    {
      what: 'line ends of every kind in one event',
      stream: 'event: e\rdata: a\r\ndata: b\n\r\n',
      events: [{ type: 'e', data: 'a\nb' }],
    },
    { what: 'comments', stream: ': hello\n:\ndata: a\n: in between\ndata: b\n\n:\n\n', events: [message('a\nb')] },
    {
      what: 'ids, retry times and unknown fields, ignored',
      stream: 'id: 7\nretry: 10\nfoo: bar\ndata: a\n\n',
      events: [message('a')],
    },
    { what: 'an id with empty data, which primes a client', stream: 'id: 7\ndata:\n\n', events: [message('')] },
    { what: 'an event without data, which is none', stream: 'event: x\n\nid: 1\n\n', events: [] },
    { what: 'blank lines, which are none', stream: '\n\n\r\n\r\r', events: [] },
    { what: 'an event that the stream ends in, which is none', stream: 'data: a\n\ndata: b\n', events: [message('a')] },
    { what: 'a colon in the value', stream: 'data: {"a":1}\n\n', events: [message('{"a":1}')] },
    { what: 'a byte order mark at the start', stream: '\uFEFFdata: a\n\n', events: [message('a')] },
    {
      what: 'a byte order mark elsewhere, which is text',
      stream: 'data: \uFEFFa\n\n\uFEFFdata: b\n\n',
      events: [message('\uFEFFa')],
    },
    { what: 'text beyond ASCII', stream: 'data: żółw 🐢\n\n', events: [message('żółw 🐢')] },
  ];
  for (const { what, stream, events } of cases) {
    it(`reads ${what}`, () => {
      assert.deepEqual(parse([stream]), events);
    });
    it(`reads ${what}, byte by byte`, () => {
      assert.deepEqual(parse([...bytes(stream)].map((byte) => Uint8Array.of(byte))), events);
    });
  }

  it('reads what begins like a byte order mark and is none', () => {
    assert.throws(() => parse([Uint8Array.of(0xef), Uint8Array.of(0xbb), bytes('data: a\n\n')]), /not UTF-8/);
  });

  it('does not keep the caller’s buffer', () => {
    const parser = createSseParser(100);
    const buffer = bytes('data: abc');
    assert.deepEqual(parser.push(buffer), []);
    buffer.fill(0);
    assert.deepEqual(parser.push(bytes('\n\n')), [message('abc')]);
  });

  it('refuses what is not UTF-8', () => {
    for (const bad of [[0xff], [0xc3], [0xed, 0xa0, 0x80]]) {
      assert.throws(
        () => parse(['data: ', Uint8Array.from(bad), '\n\n']),
        (error) => error instanceof McpError && error.code === 'ProtocolError' && /UTF-8/.test(error.message),
      );
    }
  });

  it('does not look inside comments', () => {
    assert.deepEqual(parse([': ', Uint8Array.of(0xff), '\ndata: a\n\n']), [message('a')]);
  });

  const tooLarge = (error: unknown) =>
    error instanceof McpError && error.code === 'TooLarge' && /larger than 20 bytes/.test(error.message);

  it('bounds a line, also one that does not end', () => {
    assert.deepEqual(parse(['data: 12345678901234\n\n'], 20), [message('12345678901234')]);
    assert.throws(() => parse(['data: 123456789012345\n\n'], 20), tooLarge);
    assert.throws(() => parse(['data: 12345', '67890', '12345'], 20), tooLarge);
  });

  it('bounds an event of many lines', () => {
    assert.throws(() => parse(['data: 1234\n', 'data: 1234\n', 'data: 1234\n'], 20), tooLarge);
  });

  it('counts each event for itself', () => {
    const events = parse(['data: 12345678\n\n'.repeat(50)], 20);
    assert.equal(events.length, 50);
  });

  it('does not count comments, of which it keeps nothing', () => {
    const parser = createSseParser(20);
    for (let i = 0; i < 1000; i++)
      assert.deepEqual(parser.push(bytes(i === 0 ? `: ${'c'.repeat(1000)}` : 'c'.repeat(1000))), []);
    assert.deepEqual(parser.push(bytes('\ndata: a\n\n')), [message('a')]);
  });

  it('reads the same however the stream is cut', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
      fc.constantFrom(': comment', 'event: x', 'id: 1', 'data', '', '', ''),
    );
    const end = fc.constantFrom('\n', '\r', '\r\n');
    const stream = fc.array(fc.tuple(line, end)).map((lines) => lines.map(([text, ending]) => text + ending).join(''));
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), (text, places) => {
        const whole = bytes(text);
        assert.deepEqual(parse(cut(whole, places), 1e6), parse([whole], 1e6));
      }),
    );
  });

  it('gives back what was written as events', () => {
    const data = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/\r/g, '').toWellFormed());
    fc.assert(
      fc.property(fc.array(data), fc.array(fc.nat()), fc.constantFrom('\n', '\r', '\r\n'), (texts, places, end) => {
        const stream = texts
          .map(
            (text) =>
              `${text
                .split('\n')
                .map((line) => `data: ${line}${end}`)
                .join('')}${end}`,
          )
          .join('');
        // A mark at the start of a stream belongs to the encoding; here a field name stands first.
        assert.deepEqual(parse(cut(bytes(stream), places), 1e6), texts.map(message));
      }),
    );
  });

  it('answers any bytes with events or an McpError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.array(fc.nat()), (stream, places) => {
        try {
          for (const event of parse(cut(stream, places), 100)) assert.ok(event.data.length <= 100);
        } catch (error) {
          assert.ok(error instanceof McpError && ['ProtocolError', 'TooLarge'].includes(error.code), String(error));
        }
      }),
    );
  });
});
