import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { createEventBook, type EventBookOptions } from './event-book.ts';
import type { EventSubject, Happening } from './event-object.ts';

const minute = 60_000;
const subject = (name: string, uid = 'uid'): EventSubject => ({
  resource: { group: 'g', version: 'v1', kind: 'K' },
  metadata: { namespace: 'ns', name, uid },
});
const happening = (message: string, more: Partial<Happening> = {}): Happening => ({
  type: 'Normal',
  reason: 'Reason',
  message,
  ...more,
});

function testBook(options: Partial<EventBookOptions> = {}) {
  const clock = createFakeClock();
  return { clock, book: createEventBook({ clock, ...options }) };
}

describe('event book: the same event', () => {
  test('is counted', () => {
    const { book } = testBook();
    const first = book.note(subject('a'), happening('m'));
    const second = book.note(subject('a'), happening('m'));
    assert.ok(first !== undefined && first === second);
    assert.equal(first.count, 2);
  });

  const others: Readonly<Record<string, readonly [EventSubject, Happening]>> = {
    'another object': [subject('b'), happening('m')],
    'another object of the same name': [subject('a', 'uid-2'), happening('m')],
    'another type': [subject('a'), happening('m', { type: 'Warning' })],
    'another reason': [subject('a'), happening('m', { reason: 'Other' })],
    'another message': [subject('a'), happening('n')],
  };
  for (const [what, [other, news]] of Object.entries(others)) {
    test(`is not that of ${what}`, () => {
      const { book } = testBook();
      const first = book.note(subject('a'), happening('m'));
      const second = book.note(other, news);
      assert.notEqual(second, first);
      assert.deepEqual([first?.count, second?.count], [1, 1]);
    });
  }

  test('is counted for ten minutes after its last time, and told anew after', async () => {
    const { book, clock } = testBook();
    const first = book.note(subject('a'), happening('m'));
    await clock.advance(10 * minute - 1);
    assert.equal(book.note(subject('a'), happening('m')), first);
    await clock.advance(10 * minute - 1);
    assert.equal(book.note(subject('a'), happening('m')), first, 'the time begins anew');
    await clock.advance(10 * minute);
    assert.notEqual(book.note(subject('a'), happening('m')), first);
  });

  test('is the same when it only differs in what is cut or hidden', () => {
    const { book } = testBook();
    const first = book.note(subject('a'), happening('token=one'));
    assert.equal(book.note(subject('a'), happening('token=two')), first);
    const long = book.note(subject('a'), happening(`${'x'.repeat(2_000)}1`));
    assert.equal(book.note(subject('a'), happening(`${'x'.repeat(2_000)}2`)), long);
  });
});

describe('event book: too many', () => {
  test('25 at once about one object, then one in five minutes', async () => {
    const { book, clock } = testBook();
    const told = Array.from({ length: 30 }, (_, n) => book.note(subject('a'), happening(`m${n}`)));
    assert.equal(told.filter((event) => event !== undefined).length, 25);
    await clock.advance(5 * minute - 1);
    assert.equal(book.note(subject('a'), happening('too early')), undefined);
    await clock.advance(1);
    assert.ok(book.note(subject('a'), happening('one')));
    assert.equal(book.note(subject('a'), happening('two')), undefined);
  });

  test('a loop that asks all the time still gets its one in five minutes', async () => {
    const { book, clock } = testBook({ burst: 1 });
    let told = 0;
    for (let second = 0; second < 1_500; second += 1) {
      if (book.note(subject('a'), happening(`m${second}`)) !== undefined) told += 1;
      await clock.advance(1_000);
    }
    assert.equal(told, 5);
  });

  test('repetitions count as well, since each is a request', () => {
    const { book } = testBook({ burst: 3 });
    const told = Array.from({ length: 5 }, () => book.note(subject('a'), happening('m')));
    assert.equal(told.filter((event) => event !== undefined).length, 3);
  });

  test('other objects have their own budget', () => {
    const { book } = testBook({ burst: 1 });
    assert.ok(book.note(subject('a'), happening('m')));
    assert.equal(book.note(subject('a'), happening('n')), undefined);
    assert.ok(book.note(subject('b'), happening('m')));
  });

  test('a long silence does not save up more than the burst', async () => {
    const { book, clock } = testBook({ burst: 2 });
    await clock.advance(1_000 * minute);
    const told = Array.from({ length: 5 }, (_, n) => book.note(subject('a'), happening(`m${n}`)));
    assert.equal(told.filter((event) => event !== undefined).length, 2);
  });
});

describe('event book: memory', () => {
  test('is bounded: what was forgotten is told anew', () => {
    const { book } = testBook({ memory: 2 });
    const first = book.note(subject('a'), happening('m'));
    book.note(subject('b'), happening('m'));
    book.note(subject('c'), happening('m'));
    const again = book.note(subject('a'), happening('m'));
    assert.notEqual(again, first);
    assert.equal(again?.count, 1);
  });
});
