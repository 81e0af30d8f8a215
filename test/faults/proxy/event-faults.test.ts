import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../support/fake-clock.ts';
import type { EventAction } from './fault.ts';
import type { SeenAnswer } from './proxy-stage.ts';
import { at, pod, untilArrived, untilSeen, untilWaiting, watching } from './watch-stage.ts';

describe('an event', () => {
  it('is held, and those after it too, in their order', async () => {
    const clock = createFakeClock();
    const watch = await watching([at({ do: 'hold', ms: 2_000 }, { name: 'q' })], { clock });
    watch.stream.event('ADDED', pod('p', 6));
    watch.stream.event('ADDED', pod('q', 7));
    watch.stream.event('ADDED', pod('r', 8));
    await untilArrived(watch, 3);
    await untilWaiting(clock);
    await clock.advance(1_999);
    assert.deepEqual(watch.seen(), ['ADDED p@6']);
    await clock.advance(1);
    await untilSeen(watch, 'ADDED p@6', 'ADDED q@7', 'ADDED r@8');
    assert.deepEqual(
      watch.events().map(({ t, sentAt = -1 }) => sentAt - t),
      [0, 2_000, 2_000],
    );
  });

  it('comes several times', async () => {
    const watch = await watching([at({ do: 'duplicate', copies: 2 })]);
    watch.stream.event('ADDED', pod('p', 6));
    watch.stream.event('ADDED', pod('q', 7));
    await untilSeen(watch, 'ADDED p@6', 'ADDED p@6', 'ADDED p@6', 'ADDED q@7');
    assert.equal(watch.events().length, 2);
  });

  it('is replaced by an ERROR, and the watch ends', async () => {
    const watch = await watching([at({ do: 'error', code: 410 }, { name: 'q' })]);
    watch.stream.event('ADDED', pod('p', 6));
    watch.stream.event('ADDED', pod('q', 7));
    assert.equal(((await watch.ended) as SeenAnswer).status, 200);
    assert.deepEqual(watch.seen(), ['ADDED p@6', 'ERROR 410']);
    assert.equal(watch.events()[1]?.sentAt, undefined);
  });

  it('is seen, and so is what follows, until an ERROR comes', async () => {
    const clock = createFakeClock();
    const watch = await watching([at({ do: 'error', code: 410, afterMs: 500 }, { name: 'q' })], { clock });
    watch.stream.event('ADDED', pod('q', 7));
    watch.stream.event('ADDED', pod('r', 8));
    await untilSeen(watch, 'ADDED q@7', 'ADDED r@8');
    await clock.advance(499);
    watch.stream.event('ADDED', pod('s', 9));
    await untilSeen(watch, 'ADDED q@7', 'ADDED r@8', 'ADDED s@9');
    await clock.advance(1);
    assert.equal(((await watch.ended) as SeenAnswer).status, 200);
    assert.deepEqual(watch.seen(), ['ADDED q@7', 'ADDED r@8', 'ADDED s@9', 'ERROR 410']);
  });

  it('is followed by no ERROR when the watch has ended before that', async () => {
    const watch = await watching([at({ do: 'error', code: 410, afterMs: 60_000 })]);
    watch.stream.event('ADDED', pod('q', 7));
    await untilSeen(watch, 'ADDED q@7');
    watch.stream.end();
    assert.equal(((await watch.ended) as SeenAnswer).status, 200);
    assert.deepEqual(watch.seen(), ['ADDED q@7']);
  });

  it('begins a silence that ends with a reset', async () => {
    const clock = createFakeClock();
    const watch = await watching([at({ do: 'black-hole', ms: 3_000 })], { clock });
    watch.stream.event('ADDED', pod('p', 6));
    watch.stream.event('ADDED', pod('q', 7));
    await untilWaiting(clock);
    await clock.advance(3_000);
    assert.ok((await watch.ended) instanceof Error);
    assert.deepEqual(watch.pieces, []);
  });

  it('begins a silence that lasts until the client gives up', async () => {
    const watch = await watching([at({ do: 'black-hole', ms: null })]);
    watch.stream.event('ADDED', pod('p', 6));
    await untilArrived(watch, 1);
    watch.proxy.cut();
    assert.ok((await watch.ended) instanceof Error);
    assert.deepEqual(watch.pieces, []);
  });

  const ends: readonly [EventAction, seen: readonly string[], isReset: boolean][] = [
    [{ do: 'reset', when: 'before' }, ['ADDED p@6'], true],
    [{ do: 'reset', when: 'after' }, ['ADDED p@6', 'ADDED q@7'], true],
    [{ do: 'close', when: 'before' }, ['ADDED p@6'], false],
    [{ do: 'close', when: 'after' }, ['ADDED p@6', 'ADDED q@7'], false],
  ];
  for (const [action, seen, isReset] of ends) {
    it(`is the last but for nothing: ${JSON.stringify(action)}`, async () => {
      const watch = await watching([at(action, { name: 'q' })]);
      watch.stream.event('ADDED', pod('p', 6));
      await untilSeen(watch, 'ADDED p@6');
      watch.stream.event('ADDED', pod('q', 7));
      watch.stream.event('ADDED', pod('r', 8));
      assert.equal((await watch.ended) instanceof Error, isReset);
      assert.deepEqual(watch.seen(), seen);
    });
  }

  it('comes half, and the answer ends as if it were whole', async () => {
    const watch = await watching([at({ do: 'truncate' })]);
    watch.stream.event('ADDED', pod('p', 6));
    const { body, status } = (await watch.ended) as SeenAnswer;
    assert.equal(status, 200);
    const line = `${JSON.stringify({ type: 'ADDED', object: pod('p', 6) })}\n`;
    assert.equal(body, line.slice(0, Math.floor(line.length / 2)));
  });

  it('is cut within its characters', async () => {
    const watch = await watching([at({ do: 'chop', bytes: 'utf8' })]);
    watch.stream.event('ADDED', pod('pöd', 6));
    await untilSeen(watch, 'ADDED pöd@6');
    const [first, second] = watch.pieces;
    assert.equal(first?.at(-1), 0xc3);
    assert.equal(second?.at(0), 0xb6);
  });

  it('is not seen before, or is the last thing that is seen before the operator is killed', async () => {
    for (const [when, seen] of [
      ['before', []],
      ['after', ['ADDED p@6']],
    ] as const) {
      const crashes: string[] = [];
      const watch = await watching([at({ do: 'crash', when })], { onCrash: ({ reason }) => void crashes.push(reason) });
      watch.stream.event('ADDED', pod('p', 6));
      assert.ok((await watch.ended) instanceof Error);
      assert.deepEqual(watch.seen(), seen);
      assert.match(crashes.join(), new RegExp(`crash ${when} event`));
    }
  });
});
