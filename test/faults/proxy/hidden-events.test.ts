import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFakeClock } from '../../support/fake-clock.ts';
import { until } from '../../support/until.ts';
import type { FaultSpec } from './fault.ts';
import type { SeenAnswer } from './proxy-stage.ts';
import { renderEntry } from './render-trace.ts';
import { at, pod, untilArrived, untilSeen, untilWaiting, watching } from './watch-stage.ts';

describe('an event that is never seen', () => {
  const unobserved = at({ do: 'unobserved', ms: 4_000 }, { name: 'p' });
  type Line = readonly [type: string, name: string, version: number];
  const rows: Readonly<Record<string, readonly [came: readonly Line[], seen: readonly string[]]>> = {
    'created and changed: created': [
      [
        ['ADDED', 'p', 6],
        ['ADDED', 'q', 7],
        ['MODIFIED', 'p', 8],
      ],
      ['ADDED q@7', 'ADDED p@8'],
    ],
    'created and deleted: nothing': [
      [
        ['ADDED', 'p', 6],
        ['ADDED', 'q', 7],
        ['DELETED', 'p', 8],
        ['ADDED', 'r', 9],
      ],
      ['ADDED q@7', 'ADDED r@9'],
    ],
    'changed twice: changed once': [
      [
        ['MODIFIED', 'p', 6],
        ['MODIFIED', 'p', 7],
        ['MODIFIED', 'p', 8],
      ],
      ['MODIFIED p@7', 'MODIFIED p@8'],
    ],
    'deleted and created anew: changed': [
      [
        ['DELETED', 'p', 6],
        ['ADDED', 'p', 7],
      ],
      ['MODIFIED p@7'],
    ],
    'changed and deleted: deleted': [
      [
        ['MODIFIED', 'p', 6],
        ['BOOKMARK', '', 7],
        ['DELETED', 'p', 8],
      ],
      ['BOOKMARK @7', 'DELETED p@8'],
    ],
  };
  for (const [what, [came, seen]] of Object.entries(rows)) {
    it(what, async () => {
      const watch = await watching([unobserved]);
      for (const [type, name, version] of came) watch.stream.event(type, pod(name, version));
      await untilSeen(watch, ...seen);
    });
  }

  it('may be hidden by one of a type of its own, and what lies between is hidden too', async () => {
    const watch = await watching([at({ do: 'unobserved', until: 'DELETED', ms: 4_000 }, { name: 'p' })]);
    watch.stream.event('ADDED', pod('p', 6));
    watch.stream.event('MODIFIED', pod('p', 7));
    watch.stream.event('DELETED', pod('p', 8));
    watch.stream.event('ADDED', pod('q', 9));
    await untilSeen(watch, 'ADDED q@9');
    assert.deepEqual(
      watch.events().map(({ sentAt }) => sentAt !== undefined),
      [false, false, false, true],
    );
  });

  it('is seen after all when no other comes in time, and the trace says so', async () => {
    const clock = createFakeClock();
    const watch = await watching([unobserved], { clock });
    watch.stream.event('ADDED', pod('p', 6));
    watch.stream.event('ADDED', pod('q', 7));
    await untilArrived(watch, 2);
    await untilWaiting(clock);
    await clock.advance(4_000);
    await untilSeen(watch, 'ADDED p@6', 'ADDED q@7');
    assert.match(watch.proxy.trace.map(renderEntry).join('\n'), /event 2 was seen: no other came within 4000 ms/);
  });

  it('does not keep the watch from its end', async () => {
    const watch = await watching([unobserved]);
    watch.stream.event('ADDED', pod('p', 6));
    await untilArrived(watch, 1);
    watch.stream.end();
    assert.equal(((await watch.ended) as SeenAnswer).status, 200);
    assert.deepEqual(watch.seen(), []);
  });
});

describe('time travel', () => {
  const travel = (restart: boolean): FaultSpec =>
    at(
      { do: 'time-travel', resources: ['pods'], to: { resource: 'pods', type: 'ADDED' }, nth: 1, ms: 2_000, restart },
      { type: 'DELETED' },
    );

  async function travelled(restart: boolean) {
    const clock = createFakeClock();
    const crashes: string[] = [];
    const watch = await watching([travel(restart)], { clock, onCrash: ({ instance }) => void crashes.push(instance) });
    watch.stream.event('ADDED', pod('p', 6));
    watch.stream.event('DELETED', pod('p', 8));
    assert.ok((await watch.ended) instanceof Error, 'its connection is gone');
    assert.deepEqual(watch.seen(), ['ADDED p@6', 'DELETED p@8']);
    return { clock, crashes, watch };
  }

  it('shows a new instance the lists of the past, and a watch that catches up when its time is over', async () => {
    const { clock, crashes, watch } = await travelled(true);
    assert.deepEqual(crashes, ['1']);
    watch.proxy.newInstance();
    await watch.ask('/api/v1/namespaces/a/pods');
    const past = watch.server.requests.at(-1)?.query;
    assert.deepEqual([past?.get('resourceVersion'), past?.get('resourceVersionMatch')], ['6', 'Exact']);
    await watch.ask('/api/v1/namespaces/a/services');
    assert.equal(watch.server.requests.at(-1)?.query.get('resourceVersion'), null, 'others are not concerned');

    const client = new AbortController();
    const pieces: string[] = [];
    const again = watch
      .ask('/api/v1/namespaces/a/pods?watch=true&resourceVersion=6', {
        signal: client.signal,
        onChunk: (chunk) => pieces.push(String(chunk)),
      })
      .catch(() => undefined);
    await until(() => watch.proxy.trace.filter((entry) => entry.kind === 'request').length === 4, {
      what: 'the watch',
      intervalMs: 2,
    });
    assert.equal(watch.streams.length, 1, 'nothing has been asked of the API server yet');
    await clock.advance(2_000);
    await until(() => watch.streams.length === 2, { what: 'the present', intervalMs: 2 });
    watch.streams[1]?.event('DELETED', pod('p', 8));
    await until(() => pieces.join('').includes('DELETED'), { what: 'the event', intervalMs: 2 });
    await watch.ask('/api/v1/namespaces/a/pods');
    assert.equal(watch.server.requests.at(-1)?.query.get('resourceVersion'), null, 'the present');
    client.abort();
    await again;
  });

  it('without a restart only breaks the watches, and no one is killed', async () => {
    const { crashes, watch } = await travelled(false);
    assert.deepEqual(crashes, []);
    assert.equal((await watch.ask('/api/v1/namespaces/a/services')).status, 200);
  });

  it('cannot go to what was never seen', async () => {
    const watch = await watching([travel(true)]);
    watch.stream.event('DELETED', pod('p', 8));
    watch.stream.event('MODIFIED', pod('q', 9));
    await untilSeen(watch, 'DELETED p@8', 'MODIFIED q@9');
    assert.match(watch.proxy.trace.map(renderEntry).join('\n'), /fault 1 cannot be done/);
  });
});
