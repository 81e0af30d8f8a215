import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { objectOf } from '../../test/support/fault-server.ts';
import { event, startInformer, versions } from '../../test/support/informer-stage.ts';
import { pageWith } from '../../test/support/scripted-watch.ts';
import { ApiError } from './errors.ts';

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
        const { clock, informer } = startInformer((c) => {
          for (let i = 0; i < times; i++) c.lists.push(error);
          c.lists.push(pageWith('5', [objectOf('w', '3')]));
        });
        await clock.advance(times === 1 ? 800 : 300_000);
        assert.equal(informer.hasSynced(), true);
        assert.deepEqual(versions(informer), { w: '3' });
      });

      it(`heals after ${error.code} ${error.message}, ${times} times on the watch`, async () => {
        const { clock, client, informer } = startInformer((c) => {
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
    const { clock, client } = startInformer(() => undefined);
    await clock.advance(120_000);
    const at = client.asked.map((asked) => asked.at);
    const waits = at.slice(1).map((time, i) => time - (at[i] ?? 0));
    assert.deepEqual(waits.slice(0, 7), [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000]);
  });

  it('are spread by half of the wait', async () => {
    const { clock, client } = startInformer(() => undefined, { random: () => 0.5 });
    await clock.advance(2_000);
    assert.deepEqual(client.log, ['list 0', 'list 1000']);
  });

  it('wait the least again after two healthy minutes, and not before', async () => {
    const error = new ApiError('Network', 'reset');
    const { clock, client } = startInformer((c) => {
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
    const { clock, client } = startInformer((c) => {
      c.lists.push(new ApiError('TooManyRequests', 'slow down', { status: 429, retryAfterMs: 20_000 }), pageWith('5'));
    });
    await clock.advance(19_999);
    assert.equal(client.asked.length, 1);
    await clock.advance(1);
    assert.equal(client.log[1], 'list 20000');
  });

  it('do not wait longer than five minutes, whatever the server asks', async () => {
    const { clock, client } = startInformer((c) => {
      c.lists.push(new ApiError('ServerError', 'away', { retryAfterMs: 86_400_000 }));
    });
    await clock.advance(300_000);
    assert.equal(client.asked.length, 2);
  });

  it('that a person mends are tried every 5 s, for as long as it takes', async () => {
    const notInstalled = new ApiError('NotFound', 'the server could not find the requested resource', { status: 404 });
    const { clock, client, informer } = startInformer((c) => {
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
    const { clock, informer, troubles } = startInformer(
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
    const { clock, troubles, log } = startInformer((c) => c.lists.push(notFound, notFound, notFound, pageWith('5')));
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
    const { clock, troubles } = startInformer((c) => c.lists.push(new ApiError('Forbidden', said, { status: 403 })), {
      selections: [{ namespace: 'a' }],
    });
    await clock.advance(0);
    assert.match(
      troubles[0] ?? '',
      /cannot watch widgets\.x\.dev in namespace a: .*cannot list.*grant get, list, watch on widgets\.x\.dev in a Role/,
    );
  });

  it('a missing right everywhere asks for a ClusterRole', async () => {
    const { clock, troubles } = startInformer((c) => c.lists.push(new ApiError('Forbidden', 'no', { status: 403 })));
    await clock.advance(0);
    assert.match(troubles[0] ?? '', /in a ClusterRole/);
  });

  it('each time that the reason is another one', async () => {
    const { clock, troubles } = startInformer((c) => {
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
    const { clock, troubles, log } = startInformer((c) => {
      c.lists.push(pageWith('5'));
      c.watches.push(['open', new ApiError('Network', 'reset')]);
    });
    await clock.advance(10_000);
    assert.deepEqual(troubles, []);
    assert.deepEqual(log.at('warn'), []);
    assert.deepEqual(log.at('debug'), ['Watching failed, trying again'], 'but a developer can see it');
  });

  it('of a watch that breaks again and again', async () => {
    const { clock, troubles } = startInformer((c) => {
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
    const { clock, client, informer, changes, log } = startInformer((c) =>
      c.lists.push(pageWith('5', [objectOf('w', '3')])),
    );
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
    const { clock, informer } = startInformer((c) => c.lists.push(pageWith('5', [objectOf('w', '3')])));
    await clock.advance(0);
    const seen: string[] = [];
    informer.onChange((key, before, after, kind) => seen.push(`${kind} ${key} ${before} ${after?.metadata.name}`));
    assert.deepEqual(seen, ['sync a/w undefined w']);
  });

  it('that leave hear nothing more', async () => {
    const { clock, client, informer } = startInformer((c) => c.lists.push(pageWith('5')));
    const seen: string[] = [];
    const leave = informer.onChange((key) => seen.push(key));
    await clock.advance(0);
    leave();
    client.send(event('ADDED', objectOf('w', '6')));
    await clock.advance(0);
    assert.deepEqual(seen, []);
  });

  it('for troubles may throw, too', async () => {
    const { clock, informer, log } = startInformer(
      (c) => c.lists.push(new ApiError('Network', 'refused'), pageWith('5')),
      {
        onTrouble: () => {
          throw new Error('a bug');
        },
      },
    );
    await clock.advance(800);
    assert.equal(informer.hasSynced(), true);
    assert.deepEqual(log.at('error'), ['The trouble hook threw', 'The trouble hook threw']);
  });
});

describe('stopping', () => {
  it('ends the watch, and the promise of start', async () => {
    const { clock, stop, ended } = startInformer((c) => c.lists.push(pageWith('5')));
    await clock.advance(0);
    stop.abort();
    await ended;
    assert.deepEqual(clock.pending(), []);
  });

  it('ends a wait between attempts', async () => {
    const { clock, client, stop, ended } = startInformer(() => undefined);
    await clock.advance(0);
    assert.equal(clock.pending().length, 1);
    stop.abort();
    await ended;
    await clock.advance(60_000);
    assert.equal(client.asked.length, 1);
  });

  it('tells who waits for the cache', async () => {
    const { clock, informer, stop, ended } = startInformer(() => undefined);
    const waiting = assert.rejects(informer.synced(), { code: 'Aborted', message: /widgets\.x\.dev/ });
    await clock.advance(0);
    stop.abort();
    await waiting;
    await ended;
  });
});

describe('lastHeard', () => {
  it('stands still while nothing comes, so that somebody can notice', async () => {
    const { clock, client, informer } = startInformer((c) => c.lists.push(pageWith('5')));
    await clock.advance(60_000);
    assert.equal(informer.lastHeard(), 0);
    client.send(event('ADDED', objectOf('w', '6')));
    await clock.advance(0);
    assert.equal(informer.lastHeard(), 60_000);
  });
});
