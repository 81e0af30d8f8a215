import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { objectOf } from '../../test/support/fault-server.ts';
import { bookmark, event, startInformer, versions } from '../../test/support/informer-stage.ts';
import { pageWith } from '../../test/support/scripted-watch.ts';
import { ApiError } from './errors.ts';

describe('following', () => {
  it('lists, then watches from the version of the list', async () => {
    const { clock, client, informer, changes } = startInformer((c) =>
      c.lists.push(pageWith('5', [objectOf('w', '3')])),
    );
    assert.equal(informer.hasSynced(), false);
    await clock.advance(0);
    assert.deepEqual(client.log, ['list 0', 'watch@5 0']);
    assert.equal(informer.hasSynced(), true);
    assert.deepEqual(changes, ['sync a/w →3']);
  });

  it('tells changes after the cache has them', async () => {
    const { clock, client, informer, changes } = startInformer((c) => c.lists.push(pageWith('5')));
    await clock.advance(0);
    const seen: unknown[] = [];
    informer.onChange((key) => seen.push(informer.store.get(key)?.metadata.resourceVersion));
    client.send(event('ADDED', objectOf('w', '6')));
    client.send(event('MODIFIED', objectOf('w', '7')));
    client.send(event('DELETED', objectOf('w', '8')));
    await clock.advance(0);
    assert.deepEqual(changes, ['add a/w →6', 'update a/w 6→7', 'delete a/w 7→']);
    assert.deepEqual(seen, ['6', '7', undefined]);
  });

  it('lists page after page, and is synced with the last', async () => {
    const { clock, client, informer, changes } = startInformer((c) => {
      c.lists.push(pageWith('5', [objectOf('w1', '1')], 'more'));
    });
    await clock.advance(0);
    assert.equal(informer.hasSynced(), false);
    assert.equal(informer.store.size, 1, 'pages go into the cache as they come');
    client.lists.push(pageWith('6', [objectOf('w1', '1'), objectOf('w2', '2')]));
    await clock.advance(1_000);
    assert.equal(informer.hasSynced(), true);
    assert.deepEqual(changes, ['sync a/w1 →1', 'sync a/w2 →2']);
  });

  it('goes on from the newest version when the server ends a watch, bookmarks included', async () => {
    const { clock, client } = startInformer((c) => {
      c.lists.push(pageWith('5'));
      c.watches.push([event('ADDED', objectOf('w', '7'))], [bookmark('11')], []);
    });
    await clock.advance(2_000);
    assert.deepEqual(client.log.slice(1), ['watch@5 0', 'watch@7 1000', 'watch@11 2000']);
  });

  it('asks the server to end each watch after 40 to 50 s, so that a dead connection shows', async () => {
    let random = 0;
    const { clock, client } = startInformer(
      (c) => {
        c.lists.push(pageWith('5'));
        c.watches.push([], [], []);
      },
      { random: () => random },
    );
    await clock.advance(0);
    random = 0.999;
    await clock.advance(1_000);
    assert.deepEqual(client.timeouts, [40, 49]);
  });

  it('waits out the second when watches are very short: one a second at most', async () => {
    const { clock, client, changes } = startInformer((c) => {
      c.lists.push(pageWith('1'));
      for (let i = 2; i < 100; i++) c.watches.push([event('MODIFIED', objectOf('w', String(i)))]);
    });
    await clock.advance(60_000);
    assert.equal(client.asked.filter(({ what }) => what === 'watch').length, 61);
    assert.equal(changes.length, 61, 'and no event is lost');
  });

  it('ignores an event that is older than the cache, or told twice', async () => {
    const { clock, client, informer, changes } = startInformer((c) =>
      c.lists.push(pageWith('9', [objectOf('w', '9')])),
    );
    await clock.advance(0);
    client.send(event('MODIFIED', objectOf('w', '8')));
    client.send(event('MODIFIED', objectOf('w', '9')));
    client.send(event('DELETED', objectOf('w', '7')));
    await clock.advance(0);
    assert.deepEqual(changes, ['sync a/w →9']);
    assert.equal(informer.observedVersion('a/w').collection, '9');
  });

  it('is not visited by ghosts: what is told again after its deletion stays deleted', async () => {
    const { clock, client, changes, informer } = startInformer((c) => c.lists.push(pageWith('5')));
    await clock.advance(0);
    for (const told of [event('ADDED', objectOf('w', '6')), event('DELETED', objectOf('w', '7'))]) client.send(told);
    for (const again of [event('ADDED', objectOf('w', '6')), event('DELETED', objectOf('w', '7'))]) client.send(again);
    await clock.advance(0);
    assert.deepEqual(changes, ['add a/w →6', 'delete a/w 6→']);
    assert.equal(informer.store.size, 0);
  });

  it('goes on from the newest version that it has seen, not from the last that it was told', async () => {
    const { clock, client } = startInformer((c) => {
      c.lists.push(pageWith('5'));
      c.watches.push([event('ADDED', objectOf('w', '7')), event('ADDED', objectOf('v', '6')), bookmark('3')]);
    });
    await clock.advance(1_000);
    assert.equal(client.log.at(-1), 'watch@7 1000');
  });

  it('passes over the deletion of what it never had', async () => {
    const { clock, client, changes } = startInformer((c) => c.lists.push(pageWith('5')));
    await clock.advance(0);
    client.send(event('DELETED', objectOf('w', '8')));
    await clock.advance(0);
    assert.deepEqual(changes, []);
  });

  it('keeps what a projection keeps, finds by index', async () => {
    const { clock, informer } = startInformer(
      (c) => c.lists.push(pageWith('5', [objectOf('w', '3', { labels: { x: 'y' } })])),
      {
        project: ({ metadata }) => ({ metadata: { ...metadata, uid: 'dropped' } }),
        indexes: { label: (object) => Object.values(object.metadata.labels ?? {}) },
      },
    );
    await clock.advance(0);
    assert.equal(informer.store.byIndex('label', 'y')[0]?.metadata.uid, 'dropped');
  });
});

describe('one object that is watched from any version', () => {
  it('does not make the next watch begin from its own version, which may be too old', async () => {
    const { clock, client, changes } = startInformer((c) => {
      c.lists.push(pageWith('0', [objectOf('w', '3')]));
      c.watches.push([event('ADDED', objectOf('w', '3'))], [event('ADDED', objectOf('w', '4')), bookmark('90')], []);
    });
    await clock.advance(2_000);
    assert.deepEqual(client.log, ['list 0', 'watch@0 0', 'watch@0 1000', 'watch@90 2000']);
    assert.deepEqual(changes, ['sync a/w →3', 'update a/w 3→4']);
  });

  it('is deleted by the event that nobody sent, which has no version', async () => {
    const { clock, client, changes } = startInformer((c) => {
      c.lists.push(pageWith('0', [objectOf('w', '3')]));
      c.watches.push([event('DELETED', objectOf('w', ''))]);
    });
    await clock.advance(1_000);
    assert.deepEqual(changes, ['sync a/w →3', 'delete a/w 3→']);
    assert.equal(client.log.at(-1), 'watch@0 1000');
  });
});

describe('a list after a list', () => {
  const gone = new ApiError('Gone', 'too old resource version', { status: 410 });

  it('tells the differences, what has vanished included', async () => {
    const { clock, client, changes, informer } = startInformer((c) => {
      c.lists.push(pageWith('5', [objectOf('same', '1'), objectOf('old', '2'), objectOf('gone', '3')]));
      c.watches.push([gone]);
      c.lists.push(pageWith('9', [objectOf('same', '1'), objectOf('old', '8'), objectOf('new', '7')]));
    });
    await clock.advance(0);
    assert.deepEqual(changes.slice(3), ['update a/old 2→8', 'add a/new →7', 'delete a/gone 3→']);
    assert.deepEqual(client.log, ['list 0', 'watch@5 0', 'list 0', 'watch@9 0']);
    assert.deepEqual(versions(informer), { same: '1', old: '8', new: '7' });
  });

  it('is at once after the first 410 and backs off when they go on', async () => {
    const { clock, client, troubles } = startInformer((c) => {
      for (let i = 1; i < 5; i++) {
        c.lists.push(pageWith(String(i)));
        c.watches.push([gone]);
      }
      c.lists.push(pageWith('9'));
    });
    await clock.advance(10_000);
    const lists = client.asked.filter(({ what }) => what === 'list').map(({ at }) => at);
    assert.deepEqual(
      lists,
      [0, 0, 1_600, 4_800, 11_200].filter((at) => at <= 10_000),
    );
    assert.deepEqual(troubles, [], 'an expired version is nobody’s fault');
  });

  it('begins again, once, when its pages expire half-way', async () => {
    const { clock, client, informer } = startInformer((c) => {
      c.lists.push(pageWith('5', [objectOf('w1', '1')], 'more'), gone);
      c.lists.push(pageWith('8', [objectOf('w2', '7')], 'more'), pageWith('8', [objectOf('w3', '7')]));
    });
    await clock.advance(0);
    assert.deepEqual(client.log, ['list 0', 'list 0', 'list 0', 'list 0', 'watch@8 0']);
    assert.deepEqual(versions(informer), { w2: '7', w3: '7' }, 'w1 was deleted meanwhile');
  });

  it('that expires again waits', async () => {
    const { clock, client } = startInformer((c) => {
      for (let i = 0; i < 4; i++) c.lists.push(pageWith('5', [], 'more'), gone);
    });
    await clock.advance(0);
    assert.equal(client.asked.length, 8, 'the first failure of all is tried again at once');
    await clock.advance(1_599);
    assert.equal(client.asked.length, 8);
  });

  it('from the past is refused: no object goes back, none disappears', async () => {
    const { clock, client, informer, changes } = startInformer((c) => {
      c.lists.push(pageWith('50', [objectOf('w1', '40'), objectOf('w2', '41')]));
      c.watches.push([gone]);
      c.lists.push(pageWith('30', [objectOf('w1', '20')]));
      c.lists.push(pageWith('60', [objectOf('w1', '40'), objectOf('w2', '41')]));
    });
    await clock.advance(20_000);
    assert.equal(client.lists.length, 0);
    assert.deepEqual(versions(informer), { w1: '40', w2: '41' });
    assert.equal(changes.length, 2);
    assert.equal(informer.observedVersion('a/w1').epoch, 0);
  });

  it('from the past is accepted after two minutes of nothing else: the API server was restored', async () => {
    const { clock, client, informer } = startInformer((c) => {
      c.lists.push(pageWith('50', [objectOf('w1', '40'), objectOf('w2', '41')]));
      c.watches.push([gone]);
      for (let i = 0; i < 20; i++) c.lists.push(pageWith('30', [objectOf('w1', '20')]));
    });
    await clock.advance(100_000);
    assert.deepEqual(versions(informer), { w1: '40', w2: '41' });
    await clock.advance(60_000);
    assert.deepEqual(versions(informer), { w1: '20' });
    assert.deepEqual(informer.observedVersion('a/w1'), { object: '20', collection: '30', epoch: 1 });
    assert.equal(client.asked.at(-1)?.from, '30');
  });

  it('from the past is accepted whole, even when it takes two attempts', async () => {
    const past = pageWith('30', [objectOf('w1', '20')], 'more');
    const { clock, client, informer } = startInformer((c) => {
      c.lists.push(pageWith('50', [objectOf('w1', '40'), objectOf('w2', '41')]));
      c.watches.push([gone]);
      for (let i = 0; i < 8; i++) c.lists.push(past);
      c.lists.push(new ApiError('Network', 'reset'), past, pageWith('30', [objectOf('w2', '21')]));
    });
    await clock.advance(300_000);
    assert.equal(client.lists.length, 0);
    assert.deepEqual(versions(informer), { w1: '20', w2: '21' });
    assert.equal(informer.observedVersion('a/w1').epoch, 1);
  });

  it('is made when a watch is told that its version lies in the future', async () => {
    const tooLarge = new ApiError('Timeout', 'Too large resource version', {
      status: 504,
      causes: [{ reason: 'ResourceVersionTooLarge' }],
    });
    const { clock, client } = startInformer((c) => {
      c.lists.push(pageWith('50'), pageWith('51'));
      c.watches.push([tooLarge]);
    });
    await clock.advance(800);
    assert.deepEqual(client.log.slice(1), ['watch@50 0', 'list 800', 'watch@51 800']);
  });

  it('is made after the second broken line in a row, not after the first', async () => {
    const broken = new ApiError('Malformed', 'a line is not JSON');
    const { clock, client } = startInformer((c) => {
      c.lists.push(pageWith('5'), pageWith('9'));
      c.watches.push(['open', broken], ['open', broken]);
    });
    await clock.advance(3_000);
    assert.deepEqual(client.log, ['list 0', 'watch@5 0', 'watch@5 800', 'list 2400', 'watch@9 2400']);
  });

  it('is not made when events came between two broken lines', async () => {
    const broken = new ApiError('Malformed', 'a line is not JSON');
    const { clock, client } = startInformer((c) => {
      c.lists.push(pageWith('5'));
      c.watches.push(['open', broken], [event('ADDED', objectOf('w', '6')), broken]);
    });
    await clock.advance(3_000);
    assert.deepEqual(client.log.slice(1), ['watch@5 0', 'watch@5 800', 'watch@6 2400']);
  });
});

describe('an API server that was away', () => {
  const refused = new ApiError('Network', 'refused');

  it('is asked for its version, once, before the watch goes on', async () => {
    const { clock, client } = startInformer((c) => {
      c.lists.push(pageWith('50'), pageWith('52'));
      c.watches.push([refused], []);
    });
    await clock.advance(2_000);
    assert.deepEqual(client.log, ['list 0', 'watch@50 0', 'list 800', 'watch@50 800', 'watch@50 1800']);
  });

  it('is not asked after a connection that broke while it was there', async () => {
    const { clock, client } = startInformer((c) => {
      c.lists.push(pageWith('50'));
      c.watches.push(['open', refused], [new ApiError('ServerError', 'no', { status: 503 })]);
    });
    await clock.advance(3_000);
    assert.deepEqual(client.log, ['list 0', 'watch@50 0', 'watch@50 800', 'watch@50 2400']);
  });

  it('and is back with an older state is not watched from a version that it does not know', async () => {
    const { clock, client, informer } = startInformer((c) => {
      c.lists.push(pageWith('50', [objectOf('w', '40')]));
      for (let i = 0; i < 20; i++) c.lists.push(pageWith('30', [objectOf('w', '20')]));
      c.watches.push([refused]);
    });
    await clock.advance(60_000);
    assert.equal(client.asked.filter(({ what }) => what === 'watch').length, 1, 'it would be silent');
    assert.deepEqual(versions(informer), { w: '40' }, 'it may be a replica that lags');
    await clock.advance(140_000);
    assert.deepEqual(versions(informer), { w: '20' });
    assert.equal(client.asked.at(-1)?.from, '30');
  });
});

describe('several selections', () => {
  const two = { selections: [{ namespace: 'a' }, { namespace: 'b' }], labelSelector: 'x=y' };
  const inB = (name: string, version: string) => objectOf(name, version, { namespace: 'b' });

  it('are one watch each, with the label selector, and one cache', async () => {
    const { clock, client, informer } = startInformer((c) => {
      c.lists.push(pageWith('5', [objectOf('w', '3')]), pageWith('6', [inB('w', '4')]));
    }, two);
    await clock.advance(0);
    assert.deepEqual(
      client.asked.map(({ what, selection }) => `${what} ${selection.namespace} ${selection.labelSelector}`).sort(),
      ['list a x=y', 'list b x=y', 'watch a x=y', 'watch b x=y'],
    );
    assert.deepEqual(informer.store.list().length, 2);
    assert.equal(informer.observedVersion('a/w').collection, '5');
    assert.equal(informer.observedVersion('b/w').collection, '6');
    assert.equal(informer.observedVersion('c/w').collection, undefined, 'nobody watches c');
  });

  it('are synced when all are', async () => {
    const { clock, informer } = startInformer((c) => {
      c.lists.push(pageWith('5'), new ApiError('Network', 'refused'), pageWith('6'));
    }, two);
    let synced = false;
    const waiting = informer.synced().then(() => {
      synced = true;
    });
    await clock.advance(0);
    assert.equal(synced, false);
    assert.equal(informer.hasSynced(), false);
    await clock.advance(800);
    await waiting;
    assert.equal(informer.hasSynced(), true);
    await informer.synced();
  });

  it('do not delete what belongs to another', async () => {
    const { clock, informer, changes } = startInformer((c) => {
      c.lists.push(pageWith('5', [objectOf('w', '3')]), pageWith('5', [inB('w', '4')]), pageWith('9', []));
      c.watches.push([new ApiError('Gone', 'old')]);
    }, two);
    await clock.advance(0);
    assert.equal(changes.filter((change) => change.startsWith('delete')).length, 1);
    assert.equal(informer.store.size, 1);
  });

  it('are as alive as the quietest of them', async () => {
    const { clock, client, informer } = startInformer((c) => c.lists.push(pageWith('5'), pageWith('5')), two);
    await clock.advance(0);
    assert.equal(informer.lastHeard(), 0);
    await clock.advance(10_000);
    client.send(bookmark('7'));
    await clock.advance(0);
    assert.equal(informer.lastHeard(), 10_000);
  });

  it('tell that they are well only when all are', async () => {
    const refused = new ApiError('Network', 'refused');
    const { clock, troubles } = startInformer(
      (c) => c.lists.push(refused, refused, pageWith('5'), refused, pageWith('5')),
      two,
    );
    await clock.advance(60_000);
    assert.equal(troubles.length, 4);
    assert.match(troubles[2] ?? '', /namespace b: refused/);
    assert.equal(troubles[3], 'ok');
  });
});
