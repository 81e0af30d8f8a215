import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FakeClock } from '../../test/support/fake-clock.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { objectOf } from '../../test/support/fault-server.ts';
import type { RecordedLog } from '../../test/support/recorded-log.ts';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import type { ScriptedClient } from '../../test/support/scripted-watch.ts';
import { createScriptedClient, pageWith } from '../../test/support/scripted-watch.ts';
import type { WatchEvent } from './client.ts';
import { ApiError } from './errors.ts';
import type { Informer, InformerOptions } from './informer.ts';
import { createInformer } from './informer.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

const widgets: Resource = {
  group: 'x.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  verbs: ['get', 'list', 'watch'],
};

interface World {
  readonly clock: FakeClock;
  readonly client: ScriptedClient;
  readonly informer: Informer<KubeObject>;
  readonly log: RecordedLog;
  /** `kind key before→after` of each change. */
  readonly changes: readonly string[];
  /** Messages of troubles; `ok` when there is none any more. */
  readonly troubles: readonly string[];
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** An informer on a scripted client, started after `script`. No jitter: `random` is always 0. */
function start(script: (client: ScriptedClient) => void, more: Partial<InformerOptions<KubeObject>> = {}): World {
  const clock = createFakeClock();
  const client = createScriptedClient(clock);
  const log = createRecordedLog();
  const changes: string[] = [];
  const troubles: string[] = [];
  const stop = new AbortController();
  script(client);
  const informer = createInformer({
    client,
    resource: widgets,
    clock,
    log,
    random: () => 0,
    onTrouble: (error) => troubles.push(error?.message ?? 'ok'),
    ...more,
  });
  informer.onChange((key, before, after, kind) => {
    const versions = [before, after].map((object) => object?.metadata.resourceVersion ?? '');
    changes.push(`${kind} ${key} ${versions.join('→')}`);
  });
  return { clock, client, informer, log, changes, troubles, stop, ended: informer.start(stop.signal) };
}

const event = (type: WatchEvent<KubeObject>['type'], object: KubeObject): WatchEvent<KubeObject> => ({ type, object });
const bookmark = (resourceVersion: string) => event('BOOKMARK', { metadata: { name: '', resourceVersion } });
const versions = (informer: Informer<KubeObject>) =>
  Object.fromEntries(informer.store.list().map((object) => [object.metadata.name, object.metadata.resourceVersion]));

describe('following', () => {
  it('lists, then watches from the version of the list', async () => {
    const { clock, client, informer, changes } = start((c) => c.lists.push(pageWith('5', [objectOf('w', '3')])));
    assert.equal(informer.hasSynced(), false);
    await clock.advance(0);
    assert.deepEqual(client.log, ['list 0', 'watch@5 0']);
    assert.equal(informer.hasSynced(), true);
    assert.deepEqual(changes, ['sync a/w →3']);
  });

  it('tells changes after the cache has them', async () => {
    const { clock, client, informer, changes } = start((c) => c.lists.push(pageWith('5')));
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
    const { clock, client, informer, changes } = start((c) => {
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
    const { clock, client } = start((c) => {
      c.lists.push(pageWith('5'));
      c.watches.push([event('ADDED', objectOf('w', '7'))], [bookmark('11')], []);
    });
    await clock.advance(2_000);
    assert.deepEqual(client.log.slice(1), ['watch@5 0', 'watch@7 1000', 'watch@11 2000']);
  });

  it('asks the server to end each watch after 40 to 50 s, so that a dead connection shows', async () => {
    let random = 0;
    const { clock, client } = start(
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
    const { clock, client, changes } = start((c) => {
      c.lists.push(pageWith('1'));
      for (let i = 2; i < 100; i++) c.watches.push([event('MODIFIED', objectOf('w', String(i)))]);
    });
    await clock.advance(60_000);
    assert.equal(client.asked.filter(({ what }) => what === 'watch').length, 61);
    assert.equal(changes.length, 61, 'and no event is lost');
  });

  it('ignores an event that is older than the cache, or told twice', async () => {
    const { clock, client, informer, changes } = start((c) => c.lists.push(pageWith('9', [objectOf('w', '9')])));
    await clock.advance(0);
    client.send(event('MODIFIED', objectOf('w', '8')));
    client.send(event('MODIFIED', objectOf('w', '9')));
    client.send(event('DELETED', objectOf('w', '7')));
    await clock.advance(0);
    assert.deepEqual(changes, ['sync a/w →9']);
    assert.equal(informer.observedVersion('a/w').collection, '9');
  });

  it('is not visited by ghosts: what is told again after its deletion stays deleted', async () => {
    const { clock, client, changes, informer } = start((c) => c.lists.push(pageWith('5')));
    await clock.advance(0);
    for (const told of [event('ADDED', objectOf('w', '6')), event('DELETED', objectOf('w', '7'))]) client.send(told);
    for (const again of [event('ADDED', objectOf('w', '6')), event('DELETED', objectOf('w', '7'))]) client.send(again);
    await clock.advance(0);
    assert.deepEqual(changes, ['add a/w →6', 'delete a/w 6→']);
    assert.equal(informer.store.size, 0);
  });

  it('goes on from the newest version that it has seen, not from the last that it was told', async () => {
    const { clock, client } = start((c) => {
      c.lists.push(pageWith('5'));
      c.watches.push([event('ADDED', objectOf('w', '7')), event('ADDED', objectOf('v', '6')), bookmark('3')]);
    });
    await clock.advance(1_000);
    assert.equal(client.log.at(-1), 'watch@7 1000');
  });

  it('passes over the deletion of what it never had', async () => {
    const { clock, client, changes } = start((c) => c.lists.push(pageWith('5')));
    await clock.advance(0);
    client.send(event('DELETED', objectOf('w', '8')));
    await clock.advance(0);
    assert.deepEqual(changes, []);
  });

  it('keeps what a projection keeps, finds by index', async () => {
    const { clock, informer } = start(
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
    const { clock, client, changes } = start((c) => {
      c.lists.push(pageWith('0', [objectOf('w', '3')]));
      c.watches.push([event('ADDED', objectOf('w', '3'))], [event('ADDED', objectOf('w', '4')), bookmark('90')], []);
    });
    await clock.advance(2_000);
    assert.deepEqual(client.log, ['list 0', 'watch@0 0', 'watch@0 1000', 'watch@90 2000']);
    assert.deepEqual(changes, ['sync a/w →3', 'update a/w 3→4']);
  });

  it('is deleted by the event that nobody sent, which has no version', async () => {
    const { clock, client, changes } = start((c) => {
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
    const { clock, client, changes, informer } = start((c) => {
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
    const { clock, client, troubles } = start((c) => {
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
    const { clock, client, informer } = start((c) => {
      c.lists.push(pageWith('5', [objectOf('w1', '1')], 'more'), gone);
      c.lists.push(pageWith('8', [objectOf('w2', '7')], 'more'), pageWith('8', [objectOf('w3', '7')]));
    });
    await clock.advance(0);
    assert.deepEqual(client.log, ['list 0', 'list 0', 'list 0', 'list 0', 'watch@8 0']);
    assert.deepEqual(versions(informer), { w2: '7', w3: '7' }, 'w1 was deleted meanwhile');
  });

  it('that expires again waits', async () => {
    const { clock, client } = start((c) => {
      for (let i = 0; i < 4; i++) c.lists.push(pageWith('5', [], 'more'), gone);
    });
    await clock.advance(0);
    assert.equal(client.asked.length, 8, 'the first failure of all is tried again at once');
    await clock.advance(1_599);
    assert.equal(client.asked.length, 8);
  });

  it('from the past is refused: no object goes back, none disappears', async () => {
    const { clock, client, informer, changes } = start((c) => {
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
    const { clock, client, informer } = start((c) => {
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
    const { clock, client, informer } = start((c) => {
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
    const { clock, client } = start((c) => {
      c.lists.push(pageWith('50'), pageWith('51'));
      c.watches.push([tooLarge]);
    });
    await clock.advance(800);
    assert.deepEqual(client.log.slice(1), ['watch@50 0', 'list 800', 'watch@51 800']);
  });

  it('is made after the second broken line in a row, not after the first', async () => {
    const broken = new ApiError('Malformed', 'a line is not JSON');
    const { clock, client } = start((c) => {
      c.lists.push(pageWith('5'), pageWith('9'));
      c.watches.push(['open', broken], ['open', broken]);
    });
    await clock.advance(3_000);
    assert.deepEqual(client.log, ['list 0', 'watch@5 0', 'watch@5 800', 'list 2400', 'watch@9 2400']);
  });

  it('is not made when events came between two broken lines', async () => {
    const broken = new ApiError('Malformed', 'a line is not JSON');
    const { clock, client } = start((c) => {
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
    const { clock, client } = start((c) => {
      c.lists.push(pageWith('50'), pageWith('52'));
      c.watches.push([refused], []);
    });
    await clock.advance(2_000);
    assert.deepEqual(client.log, ['list 0', 'watch@50 0', 'list 800', 'watch@50 800', 'watch@50 1800']);
  });

  it('is not asked after a connection that broke while it was there', async () => {
    const { clock, client } = start((c) => {
      c.lists.push(pageWith('50'));
      c.watches.push(['open', refused], [new ApiError('ServerError', 'no', { status: 503 })]);
    });
    await clock.advance(3_000);
    assert.deepEqual(client.log, ['list 0', 'watch@50 0', 'watch@50 800', 'watch@50 2400']);
  });

  it('and is back with an older state is not watched from a version that it does not know', async () => {
    const { clock, client, informer } = start((c) => {
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

describe('failures', () => {
  const codes: readonly ApiError[] = [
    new ApiError('BadRequest', '400', { status: 400 }),
    new ApiError('Unauthorized', '401', { status: 401 }),
    new ApiError('Forbidden', '403', { status: 403 }),
    new ApiError('NotFound', '404', { status: 404 }),
    new ApiError('TooManyRequests', '429', { status: 429 }),
    new ApiError('ServerError', '500', { status: 500 }),
    new ApiError('ServerError', '503', { status: 503 }),
    new ApiError('Timeout', '504', { status: 504 }),
    new ApiError('Network', 'reset'),
    new ApiError('Malformed', 'no JSON'),
    new ApiError('NotDeclared', 'a mistake of ours'),
    new ApiError('Unknown', 'anything'),
  ];
  for (const error of codes) {
    for (const times of [1, 10]) {
      it(`heals after ${error.code} ${error.message}, ${times} times on the list`, async () => {
        const { clock, informer } = start((c) => {
          for (let i = 0; i < times; i++) c.lists.push(error);
          c.lists.push(pageWith('5', [objectOf('w', '3')]));
        });
        await clock.advance(times === 1 ? 800 : 300_000);
        assert.equal(informer.hasSynced(), true);
        assert.deepEqual(versions(informer), { w: '3' });
      });

      it(`heals after ${error.code} ${error.message}, ${times} times on the watch`, async () => {
        const { clock, client, informer } = start((c) => {
          for (let i = 0; i < 20; i++) c.lists.push(pageWith('5', [objectOf('w', '3')]));
          for (let i = 0; i < times; i++) c.watches.push([error]);
          c.watches.push([event('MODIFIED', objectOf('w', '8'))]);
        });
        await clock.advance(times === 1 ? 800 : 300_000);
        assert.deepEqual(versions(informer), { w: '8' });
        assert.equal(client.watches.length, 0);
      });
    }
  }

  it('are tried again after 0.8 s, then twice as long each time, up to 30 s', async () => {
    const { clock, client } = start(() => undefined);
    await clock.advance(120_000);
    const at = client.asked.map((asked) => asked.at);
    const waits = at.slice(1).map((time, i) => time - (at[i] ?? 0));
    assert.deepEqual(waits.slice(0, 7), [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000]);
  });

  it('are spread by half of the wait', async () => {
    const { clock, client } = start(() => undefined, { random: () => 0.5 });
    await clock.advance(2_000);
    assert.deepEqual(client.log, ['list 0', 'list 1000']);
  });

  it('wait the least again after two healthy minutes, and not before', async () => {
    const error = new ApiError('Network', 'reset');
    const { clock, client } = start((c) => {
      c.lists.push(pageWith('5'));
      c.watches.push(['open', error], ['open', error]);
    });
    await clock.advance(60_000);
    client.break(error);
    await clock.advance(3_200);
    assert.equal(client.log.at(-1), 'watch@5 63200', 'the third failure within two minutes');
    await clock.advance(120_000);
    client.break(error);
    await clock.advance(800);
    assert.equal(client.log.at(-1), 'watch@5 184000');
  });

  it('wait as long as the server asks', async () => {
    const { clock, client } = start((c) => {
      c.lists.push(new ApiError('TooManyRequests', 'slow down', { status: 429, retryAfterMs: 20_000 }), pageWith('5'));
    });
    await clock.advance(19_999);
    assert.equal(client.asked.length, 1);
    await clock.advance(1);
    assert.equal(client.log[1], 'list 20000');
  });

  it('do not wait longer than five minutes, whatever the server asks', async () => {
    const { clock, client } = start((c) => {
      c.lists.push(new ApiError('ServerError', 'away', { retryAfterMs: 86_400_000 }));
    });
    await clock.advance(300_000);
    assert.equal(client.asked.length, 2);
  });

  it('that a person mends are tried every 5 s, for as long as it takes', async () => {
    const notInstalled = new ApiError('NotFound', 'the server could not find the requested resource', { status: 404 });
    const { clock, client, informer } = start((c) => {
      for (let i = 0; i < 122; i++) c.lists.push(notInstalled);
      c.lists.push(pageWith('5'));
    });
    await clock.advance(600_000);
    assert.ok(client.asked.length > 120, `${client.asked.length} attempts in ten minutes`);
    await clock.advance(20_000);
    assert.equal(informer.hasSynced(), true);
  });

  it('of a projection end nothing: the list is tried again', async () => {
    let broken = true;
    const { clock, informer, troubles } = start(
      (c) => c.lists.push(pageWith('5', [objectOf('w', '3')]), pageWith('5', [objectOf('w', '3')])),
      {
        project(object) {
          if (broken) throw new TypeError('a bug of ours');
          return object;
        },
      },
    );
    await clock.advance(0);
    assert.match(troubles[0] ?? '', /a bug of ours/);
    broken = false;
    await clock.advance(800);
    assert.equal(informer.hasSynced(), true);
  });
});

describe('what people are told', () => {
  it('a missing CRD: by name, once, and when it is there', async () => {
    const notFound = new ApiError('NotFound', 'the server could not find the requested resource', { status: 404 });
    const { clock, troubles, log } = start((c) => c.lists.push(notFound, notFound, notFound, pageWith('5')));
    await clock.advance(60_000);
    assert.equal(troubles.length, 2);
    assert.match(
      troubles[0] ?? '',
      /widgets\.x\.dev.*does not serve widgets\.x\.dev in x\.dev\/v1: install its CustomResourceDefinition/,
    );
    assert.equal(troubles[1], 'ok');
    assert.deepEqual(log.at('warn'), ['Watching failed, trying again']);
    assert.deepEqual(log.at('info'), ['Watching works again']);
    assert.equal(log.lines[0]?.fields.resource, 'widgets.x.dev');
  });

  it('a missing right: verb, resource, namespace, and what to grant', async () => {
    const said =
      'widgets.x.dev is forbidden: User "u" cannot list resource "widgets" in API group "x.dev" in the namespace "a"';
    const { clock, troubles } = start((c) => c.lists.push(new ApiError('Forbidden', said, { status: 403 })), {
      selections: [{ namespace: 'a' }],
    });
    await clock.advance(0);
    assert.match(
      troubles[0] ?? '',
      /cannot watch widgets\.x\.dev in namespace a: .*cannot list.*grant get, list, watch on widgets\.x\.dev in a Role/,
    );
  });

  it('a missing right everywhere asks for a ClusterRole', async () => {
    const { clock, troubles } = start((c) => c.lists.push(new ApiError('Forbidden', 'no', { status: 403 })));
    await clock.advance(0);
    assert.match(troubles[0] ?? '', /in a ClusterRole/);
  });

  it('each time that the reason is another one', async () => {
    const { clock, troubles } = start((c) => {
      c.lists.push(new ApiError('Network', 'refused'), new ApiError('Network', 'refused'));
      c.lists.push(new ApiError('Unauthorized', 'who are you'), pageWith('5'));
    });
    await clock.advance(60_000);
    assert.equal(troubles.length, 3);
    assert.match(troubles[0] ?? '', /refused/);
    assert.match(troubles[1] ?? '', /does not accept the credentials \(who are you\)/);
    assert.equal(troubles[2], 'ok');
  });

  it('nothing of a watch that breaks once and goes on', async () => {
    const { clock, troubles, log } = start((c) => {
      c.lists.push(pageWith('5'));
      c.watches.push(['open', new ApiError('Network', 'reset')]);
    });
    await clock.advance(10_000);
    assert.deepEqual(troubles, []);
    assert.deepEqual(log.at('warn'), []);
    assert.deepEqual(log.at('debug'), ['Watching failed, trying again'], 'but a developer can see it');
  });

  it('of a watch that breaks again and again', async () => {
    const { clock, troubles } = start((c) => {
      c.lists.push(pageWith('5'));
      for (let i = 0; i < 3; i++) c.watches.push(['open', new ApiError('Network', 'reset')]);
    });
    await clock.advance(10_000);
    assert.match(troubles[0] ?? '', /reset/);
    assert.equal(troubles.at(-1), 'ok');
  });
});

describe('listeners', () => {
  it('that throw harm neither the watch nor one another', async () => {
    const { clock, client, informer, changes, log } = start((c) => c.lists.push(pageWith('5', [objectOf('w', '3')])));
    informer.onChange(() => {
      throw new Error('a bug');
    });
    const later: string[] = [];
    informer.onChange((key) => later.push(key));
    await clock.advance(0);
    client.send(event('ADDED', objectOf('v', '6')));
    await clock.advance(0);
    assert.equal(changes.length, 2);
    assert.deepEqual(later, ['a/w', 'a/v']);
    assert.deepEqual(log.at('error'), ['A listener threw', 'A listener threw']);
    assert.equal(log.line('A listener threw').fields.key, 'a/w');
    assert.equal(client.asked.length, 2, 'the watch goes on');
  });

  it('that join late are told what is there', async () => {
    const { clock, informer } = start((c) => c.lists.push(pageWith('5', [objectOf('w', '3')])));
    await clock.advance(0);
    const seen: string[] = [];
    informer.onChange((key, before, after, kind) => seen.push(`${kind} ${key} ${before} ${after?.metadata.name}`));
    assert.deepEqual(seen, ['sync a/w undefined w']);
  });

  it('that leave hear nothing more', async () => {
    const { clock, client, informer } = start((c) => c.lists.push(pageWith('5')));
    const seen: string[] = [];
    const leave = informer.onChange((key) => seen.push(key));
    await clock.advance(0);
    leave();
    client.send(event('ADDED', objectOf('w', '6')));
    await clock.advance(0);
    assert.deepEqual(seen, []);
  });

  it('for troubles may throw, too', async () => {
    const { clock, informer, log } = start((c) => c.lists.push(new ApiError('Network', 'refused'), pageWith('5')), {
      onTrouble: () => {
        throw new Error('a bug');
      },
    });
    await clock.advance(800);
    assert.equal(informer.hasSynced(), true);
    assert.deepEqual(log.at('error'), ['The trouble hook threw', 'The trouble hook threw']);
  });
});

describe('several selections', () => {
  const two = { selections: [{ namespace: 'a' }, { namespace: 'b' }], labelSelector: 'x=y' };
  const inB = (name: string, version: string) => objectOf(name, version, { namespace: 'b' });

  it('are one watch each, with the label selector, and one cache', async () => {
    const { clock, client, informer } = start((c) => {
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
    const { clock, informer } = start((c) => {
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
    const { clock, informer, changes } = start((c) => {
      c.lists.push(pageWith('5', [objectOf('w', '3')]), pageWith('5', [inB('w', '4')]), pageWith('9', []));
      c.watches.push([new ApiError('Gone', 'old')]);
    }, two);
    await clock.advance(0);
    assert.equal(changes.filter((change) => change.startsWith('delete')).length, 1);
    assert.equal(informer.store.size, 1);
  });

  it('are as alive as the quietest of them', async () => {
    const { clock, client, informer } = start((c) => c.lists.push(pageWith('5'), pageWith('5')), two);
    await clock.advance(0);
    assert.equal(informer.lastHeard(), 0);
    await clock.advance(10_000);
    client.send(bookmark('7'));
    await clock.advance(0);
    assert.equal(informer.lastHeard(), 10_000);
  });

  it('tell that they are well only when all are', async () => {
    const refused = new ApiError('Network', 'refused');
    const { clock, troubles } = start(
      (c) => c.lists.push(refused, refused, pageWith('5'), refused, pageWith('5')),
      two,
    );
    await clock.advance(60_000);
    assert.equal(troubles.length, 4);
    assert.match(troubles[2] ?? '', /namespace b: refused/);
    assert.equal(troubles[3], 'ok');
  });
});

describe('stopping', () => {
  it('ends the watch, and the promise of start', async () => {
    const { clock, stop, ended } = start((c) => c.lists.push(pageWith('5')));
    await clock.advance(0);
    stop.abort();
    await ended;
    assert.deepEqual(clock.pending(), []);
  });

  it('ends a wait between attempts', async () => {
    const { clock, client, stop, ended } = start(() => undefined);
    await clock.advance(0);
    assert.equal(clock.pending().length, 1);
    stop.abort();
    await ended;
    await clock.advance(60_000);
    assert.equal(client.asked.length, 1);
  });

  it('tells who waits for the cache', async () => {
    const { clock, informer, stop, ended } = start(() => undefined);
    const waiting = assert.rejects(informer.synced(), { code: 'Aborted', message: /widgets\.x\.dev/ });
    await clock.advance(0);
    stop.abort();
    await waiting;
    await ended;
  });
});

describe('lastHeard', () => {
  it('stands still while nothing comes, so that somebody can notice', async () => {
    const { clock, client, informer } = start((c) => c.lists.push(pageWith('5')));
    await clock.advance(60_000);
    assert.equal(informer.lastHeard(), 0);
    client.send(event('ADDED', objectOf('w', '6')));
    await clock.advance(0);
    assert.equal(informer.lastHeard(), 60_000);
  });
});
