import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { chop } from './chop.ts';
import { createLineSplitter, eventLine, merged, parseEventLine } from './event-line.ts';
import { textAt, valueAt } from './json-pointer.ts';
import { createMailbox } from './mailbox.ts';
import { parsedJson } from './parsed-json.ts';
import { fakeAnswer, statusObject } from './status-body.ts';

describe('chop', () => {
  it('loses nothing and gives no empty piece', () => {
    const size = fc.oneof(fc.constant('utf8' as const), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), size, (text, by) => {
        const bytes = Buffer.from(text);
        const pieces = chop(bytes, by);
        assert.deepEqual(Buffer.concat(pieces), bytes);
        assert.ok(pieces.every(({ length }) => length > 0));
        if (by !== 'utf8') assert.ok(pieces.every(({ length }) => length <= by));
      }),
    );
  });

  it('cuts each character of more than one byte', () => {
    assert.deepEqual(
      chop(Buffer.from('aü€b'), 'utf8').map((piece) => piece.toString('hex')),
      ['61c3', 'bce2', '82', 'ac62'],
    );
  });

  it('cuts in the middle when there is no such character', () => {
    assert.deepEqual(chop(Buffer.from('abcd'), 'utf8').map(String), ['ab', 'cd']);
  });
});

describe('lines', () => {
  it('are the same however the bytes come', () => {
    const lines = fc.array(fc.string({ unit: 'grapheme' }).map((text) => `${text.replaceAll('\n', '')}\n`));
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 7 }), (wanted, size) => {
        const split = createLineSplitter();
        const found = chop(Buffer.from(wanted.join('')), size).flatMap((piece) => split(piece).map(String));
        assert.deepEqual(found, wanted);
      }),
    );
  });

  it('without an end are kept until it comes', () => {
    const split = createLineSplitter();
    assert.deepEqual(split(Buffer.from('a')), []);
    assert.deepEqual(split(Buffer.from('b\nc')).map(String), ['ab\n']);
  });

  it('are events, or something else that is passed on all the same', () => {
    const line = eventLine('ADDED', { a: 1 });
    assert.equal(String(line), '{"type":"ADDED","object":{"a":1}}\n');
    assert.deepEqual(parseEventLine(line), { type: 'ADDED', object: { a: 1 }, bytes: line });
    for (const text of ['\n', 'x\n', '[]\n', 'null\n']) {
      assert.deepEqual(
        [parseEventLine(Buffer.from(text)).type, String(parseEventLine(Buffer.from(text)).bytes)],
        ['', text],
      );
    }
  });
});

describe('merged', () => {
  const last = (type: string) => parseEventLine(eventLine(type, { last: true }));
  const rows: readonly (readonly [string, string, string | undefined])[] = [
    ['ADDED', 'MODIFIED', 'ADDED'],
    ['ADDED', 'DELETED', undefined],
    ['MODIFIED', 'MODIFIED', 'MODIFIED'],
    ['MODIFIED', 'DELETED', 'DELETED'],
    ['DELETED', 'ADDED', 'MODIFIED'],
    ['DELETED', 'DELETED', 'DELETED'],
  ];
  for (const [from, to, want] of rows) {
    it(`${from} and ${to} is ${want ?? 'nothing'}`, () => {
      const bytes = merged(from, last(to));
      assert.deepEqual(bytes && parseEventLine(bytes).type, want);
      if (bytes) assert.deepEqual(parseEventLine(bytes).object, { last: true });
    });
  }
});

describe('a JSON pointer', () => {
  const document = { a: [{ 'b/c': 'x', 'd~e': null }], '': 1 };
  const rows: readonly (readonly [string, unknown])[] = [
    ['', document],
    ['/a/0/b~1c', 'x'],
    ['/a/0/d~0e', null],
    ['/', 1],
    ['/a/1', undefined],
    ['/a/0/b~1c/length', undefined],
    ['/constructor', undefined],
  ];
  for (const [pointer, want] of rows) it(`"${pointer}"`, () => assert.equal(valueAt(document, pointer), want));

  it('gives text, or nothing', () => {
    assert.equal(textAt(document, '/a/0/b~1c'), 'x');
    assert.equal(textAt(document, '/'), undefined);
  });
});

describe('a mailbox', () => {
  const forever = new AbortController().signal;

  it('gives what came in its order, and waits for what has not', async () => {
    const mailbox = createMailbox<number>();
    mailbox.put(1);
    mailbox.put(2);
    assert.deepEqual([await mailbox.take(forever), await mailbox.take(forever)], [1, 2]);
    const waiting = mailbox.take(forever);
    mailbox.put(3);
    assert.equal(await waiting, 3);
  });

  it('gives nothing when waiting ends, and keeps what comes later', async () => {
    const mailbox = createMailbox<number>();
    const patience = new AbortController();
    const waiting = mailbox.take(patience.signal);
    patience.abort();
    assert.equal(await waiting, undefined);
    mailbox.put(1);
    assert.equal(await mailbox.take(patience.signal), undefined);
    assert.equal(await mailbox.take(forever), 1);
  });
});

it('what is no JSON stays text', () => {
  assert.deepEqual(['', '{"a":1}', 'oops', '0'].map(parsedJson), [undefined, { a: 1 }, 'oops', 0]);
});

it('a fake answer is what its status object says', () => {
  const { status, headers, body } = fakeAnswer({ status: 429, retryAfter: 0 });
  assert.deepEqual([status, headers['retry-after'], JSON.parse(body)], [429, '0', statusObject(429)]);
  assert.equal(fakeAnswer({ status: 500 }).headers['retry-after'], undefined);
});
