import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { until } from '../../support/until.ts';
import { countOf } from '../plans/steps.ts';
import type { EventAction, EventMatch, FaultSpec, WatchAction } from './fault.ts';
import type { Following, RealStage } from './real-server-stage.ts';
import { createRealStage } from './real-server-stage.ts';

const plane = await useControlPlane(['etcd', 'kube-apiserver']);

const at = (action: EventAction, match: Partial<EventMatch>): FaultSpec => ({
  on: 'event',
  match: { resource: 'configmaps', ...match },
  nth: 1,
  action,
});
const whole = (action: WatchAction, times = 1): FaultSpec => ({
  on: 'watch',
  match: { resource: 'configmaps' },
  nth: 1,
  times,
  action,
});
const opening = (status: 401 | 403 | 404 | 409 | 429 | 500 | 502 | 503, times = 1): FaultSpec => ({
  on: 'request',
  match: { verb: 'watch' },
  nth: 1,
  times,
  action: { do: 'answer', status, commit: false },
});

/** Characters of two, three and four bytes. */
const value = 'ä€😀';

async function untilCached(following: Following, ...lines: readonly string[]): Promise<void> {
  await until(() => assert.deepEqual(following.cached(), lines) === undefined, {
    what: `the cache to be ${lines.join(', ') || 'empty'}`,
    intervalMs: 10,
  });
}

/** Everything that can happen to objects, while a fault waits for it. */
async function live(stage: RealStage): Promise<void> {
  await stage.put('a', '1');
  await stage.put('b', value);
  await stage.put('a', '2');
  await stage.remove('b');
  await stage.put('c', '1');
}

describe('the operator’s informer ends with what is stored', () => {
  const b = { name: 'b' };
  const rows: Readonly<Record<string, FaultSpec>> = {
    'an event that is held': at({ do: 'hold', ms: 200 }, b),
    'an event that comes three times': at({ do: 'duplicate', copies: 2 }, b),
    'an in-band 410 instead of an event': at({ do: 'error', code: 410 }, b),
    'an in-band 500 instead of an event': at({ do: 'error', code: 500 }, b),
    'silence from an event on, then a reset': at({ do: 'black-hole', ms: 200 }, b),
    'a reset before an event': at({ do: 'reset', when: 'before' }, b),
    'a reset after an event': at({ do: 'reset', when: 'after' }, b),
    'the end of the watch before an event': at({ do: 'close', when: 'before' }, b),
    'the end of the watch after an event': at({ do: 'close', when: 'after' }, b),
    'half of a line': at({ do: 'truncate' }, b),
    'half of the line of a deletion': at({ do: 'truncate' }, { type: 'DELETED' }),
    'characters that are cut': at({ do: 'chop', bytes: 'utf8' }, b),
    'an event in chunks of one byte': at({ do: 'chop', bytes: 1 }, b),
    'an event that is never seen': at({ do: 'unobserved', ms: 10_000 }, b),
    'a deletion that was in vain to wait for': at({ do: 'unobserved', ms: 200 }, { type: 'DELETED' }),
    'time travel without a restart': at(
      { do: 'time-travel', resources: [], to: { resource: 'configmaps', name: 'a' }, nth: 1, ms: 200, restart: false },
      { type: 'DELETED' },
    ),
    'HTTP 410': whole({ do: 'expire', how: 'http' }),
    'a watch that begins with an in-band 410': whole({ do: 'expire', how: 'in-band' }),
    'nothing but bookmarks': whole({ do: 'bookmarks-only', everyMs: 50, ms: 300 }),
    'watches that end after their first event': whole({ do: 'close-after-event' }, 2),
    'a watch in chunks of one byte': whole({ do: 'chop', bytes: 1 }),
    'a watch that is answered with 401, twice': opening(401, 2),
    'a watch that is answered with 403': opening(403),
    'a watch that is answered with 404': opening(404),
    'a watch that is answered with 409': opening(409),
    'a watch that is answered with 429': opening(429),
    'a watch that is answered with 500': opening(500),
    'a watch that is answered with a page': opening(502),
    'a watch that is answered with 503': opening(503),
  };
  for (const [what, spec] of Object.entries(rows)) {
    it(`in spite of ${what}`, async () => {
      const stage = await createRealStage(plane);
      const fault = stage.proxy.inject(spec);
      const following = await stage.follow();
      await live(stage);
      await untilCached(following, 'a=2', 'c=1');
      await fault.firstFired;
      assert.deepEqual(await stage.stored(), ['a=2', 'c=1']);
      await following.stop();
    });
  }
});

describe('the operator’s informer tells', () => {
  async function changesWith(spec: FaultSpec): Promise<readonly string[]> {
    const stage = await createRealStage(plane);
    stage.proxy.inject(spec);
    const following = await stage.follow();
    await live(stage);
    await untilCached(following, 'a=2', 'c=1');
    await following.stop();
    return following.changes;
  }

  it('nothing of what was never seen', async () => {
    const changes = await changesWith(at({ do: 'unobserved', ms: 10_000 }, { name: 'b' }));
    assert.deepEqual(changes, ['add a=1', 'update a=2', 'add c=1']);
  });

  it('once what came three times', async () => {
    const changes = await changesWith(at({ do: 'duplicate', copies: 2 }, { name: 'b' }));
    assert.deepEqual(changes, ['add a=1', `add b=${value}`, 'update a=2', `delete b=${value}`, 'add c=1']);
  });

  it('that an object was replaced, when its end was not seen', async () => {
    const stage = await createRealStage(plane);
    await stage.put('a', '1');
    stage.proxy.inject(at({ do: 'unobserved', ms: 10_000 }, { type: 'DELETED' }));
    const following = await stage.follow();
    const uidOf = () => following.informer.store.list()[0]?.metadata.uid;
    const before = uidOf();
    await stage.remove('a');
    await stage.put('a', '2');
    await untilCached(following, 'a=2');
    assert.deepEqual(following.changes, ['sync a=1', 'update a=2']);
    assert.notEqual(uidOf(), before);
  });
});

it('an informer that is started again sees the past, and then the present', async () => {
  const stage = await createRealStage(plane, { onCrash: () => undefined });
  await stage.put('a', '1');
  const action = {
    do: 'time-travel',
    resources: [],
    to: { resource: 'configmaps', name: 'b' },
    nth: 1,
    ms: 700,
    restart: true,
  } as const;
  const fault = stage.proxy.inject(at(action, { type: 'DELETED' }));
  const first = await stage.follow();
  await stage.put('b', '1');
  await untilCached(first, 'a=1', 'b=1');
  await stage.remove('b');
  await fault.firstFired;
  await first.stop();
  stage.proxy.newInstance();
  const second = await stage.follow();
  assert.deepEqual(second.changes, ['sync a=1', 'sync b=1']);
  await untilCached(second, 'a=1');
  assert.deepEqual(second.changes, ['sync a=1', 'sync b=1', 'delete b=1']);
});

it('an informer that has seen more than a list shows does not believe the list', async () => {
  const stage = await createRealStage(plane);
  stage.proxy.inject(at({ do: 'error', code: 410 }, { name: 'c' }));
  const to = { resource: 'configmaps', name: 'a' } as const;
  const older = { on: 'request', match: { verb: 'list' }, nth: 2, action: { do: 'list-older', to, nth: 1 } } as const;
  const fault = stage.proxy.inject(older);
  const following = await stage.follow();
  await live(stage);
  await fault.firstFired;
  await untilCached(following, 'a=2', 'c=1');
  assert.deepEqual(following.changes, ['add a=1', `add b=${value}`, 'update a=2', `delete b=${value}`, 'add c=1']);
  assert.ok(countOf(stage.proxy.recording(), ({ verb }) => verb === 'list') >= 3, 'it listed again');
});
