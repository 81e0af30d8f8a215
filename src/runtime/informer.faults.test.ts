import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FakeClock } from '../../test/support/fake-clock.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import type { FaultExchange, FaultServer, FaultStream } from '../../test/support/fault-server.ts';
import { listOf, objectOf, startFaultServer } from '../../test/support/fault-server.ts';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import { until } from '../../test/support/until.ts';
import type { Credentials } from './connection.ts';
import type { Informer } from './informer.ts';
import { createInformer } from './informer.ts';
import { createClient } from './kube-client.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

const pods: Resource = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  verbs: ['list', 'watch'],
};

/** The whole path from socket to cache, against a server that answers list and watch as told. */
interface World {
  readonly server: FaultServer;
  readonly clock: FakeClock;
  readonly informer: Informer<KubeObject>;
  readonly changes: readonly string[];
  /** Waits for the n-th watch (from 1) and returns its stream. */
  watch(n: number): Promise<FaultStream>;
  /** `list` or `watch@version` of each request. */
  requests(): readonly string[];
  /** Lets time pass in steps of 100 ms, with real turns for the sockets, until the condition holds. */
  passUntil(what: string, condition: () => boolean): Promise<void>;
}

interface Script {
  /** Answers the n-th list (from 1). Default: an empty list of version 5. */
  readonly onList?: (exchange: FaultExchange, n: number) => void;
  /** Answers the n-th watch (from 1). Default: opens it. */
  readonly onWatch?: (exchange: FaultExchange, n: number) => FaultStream | undefined;
  readonly credentials?: () => Credentials;
  readonly refresh?: () => Credentials;
}

async function start(test: { after(done: () => void): void }, script: Script = {}): Promise<World> {
  const { onList = (exchange) => exchange.json(listOf('5')), onWatch = (exchange) => exchange.open() } = script;
  const clock = createFakeClock();
  const streams: FaultStream[] = [];
  let lists = 0;
  let watches = 0;
  const server = await startFaultServer({
    handler(exchange) {
      if (!exchange.query.has('watch')) return onList(exchange, ++lists);
      const stream = onWatch(exchange, ++watches);
      if (stream !== undefined) streams.push(stream);
    },
  });
  const client = createClient({ connection: server.connection(script.credentials, script.refresh), clock });
  const informer = createInformer<KubeObject>({
    client,
    resource: pods,
    clock,
    log: createRecordedLog(),
    random: () => 0,
  });
  const changes: string[] = [];
  informer.onChange((key, _before, after, kind) =>
    changes.push(`${kind} ${key} ${after?.metadata.resourceVersion ?? ''}`),
  );
  const stop = new AbortController();
  test.after(() => {
    stop.abort();
    client.close();
  });
  void informer.start(stop.signal);
  return {
    server,
    clock,
    informer,
    changes,
    watch: (n) => until(() => streams[n - 1], { what: `watch ${n}`, intervalMs: 2 }),
    requests: () =>
      server.requests.map(({ query }) => (query.has('watch') ? `watch@${query.get('resourceVersion')}` : 'list')),
    passUntil: (what, condition) =>
      until(
        async () => {
          if (condition()) return true;
          await clock.advance(100);
          return false;
        },
        { what, intervalMs: 1 },
      ).then(() => undefined),
  };
}

describe('informer on a real socket', () => {
  it('survives a RST in the middle of a watch, and misses nothing', async (t) => {
    const { watch, changes, passUntil, requests } = await start(t);
    const first = await watch(1);
    first.event('ADDED', objectOf('p', '6'));
    await passUntil('the event', () => changes.length === 1);
    first.reset();
    await passUntil('the second watch', () => requests().length === 3);
    (await watch(2)).event('ADDED', objectOf('q', '7'));
    await passUntil('the next event', () => changes.length === 2);
    assert.deepEqual(requests(), ['list', 'watch@5', 'watch@6'], 'no second list');
    assert.deepEqual(changes, ['add a/p 6', 'add a/q 7']);
  });

  it('notices a black hole within 60 s, and catches up', async (t) => {
    const { clock, watch, changes, passUntil, requests } = await start(t);
    const first = await watch(1);
    first.event('ADDED', objectOf('p', '6'));
    await passUntil('the event', () => changes.length === 1);
    const from = clock.monotonic();
    // From here the server says nothing on it any more: no end, no FIN, no RST.
    await passUntil('a new watch', () => requests().length === 3);
    assert.ok(clock.monotonic() - from <= 60_000, `it took ${clock.monotonic() - from} ms`);
    (await watch(2)).event('MODIFIED', objectOf('p', '9'));
    await passUntil('what happened meanwhile', () => changes.length === 2);
    assert.deepEqual(requests(), ['list', 'watch@5', 'watch@6']);
  });

  it('notices a list that is never answered', async (t) => {
    const { informer, passUntil, requests } = await start(t, {
      onList: (exchange, n) => (n === 1 ? undefined : exchange.json(listOf('5'))),
    });
    await passUntil('the second list', () => informer.hasSynced());
    assert.deepEqual(requests().slice(0, 2), ['list', 'list']);
  });

  it('takes a corrupt line for a broken stream: nothing after it counts, nothing is lost', async (t) => {
    const { watch, changes, passUntil, requests } = await start(t);
    const first = await watch(1);
    first.event('ADDED', objectOf('p', '6'));
    first.write('{"type":"MODIFIED","object":{"metadata":{"name":"p","resourceVer\n');
    first.event('ADDED', objectOf('q', '8'));
    await passUntil('the second watch', () => requests().length === 3);
    assert.deepEqual(changes, ['add a/p 6']);
    const second = await watch(2);
    second.event('MODIFIED', objectOf('p', '7'));
    second.event('ADDED', objectOf('q', '8'));
    await passUntil('the rest', () => changes.length === 3);
    assert.deepEqual(requests(), ['list', 'watch@5', 'watch@6']);
    assert.deepEqual(changes, ['add a/p 6', 'update a/p 7', 'add a/q 8']);
  });

  it('reads events that come byte by byte', async (t) => {
    const { watch, changes, informer, passUntil } = await start(t);
    const object = objectOf('p', '6', { labels: { ключ: '値😀' } });
    await (await watch(1)).drip(Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`), 1);
    await passUntil('the event', () => changes.length === 1);
    assert.deepEqual(informer.store.get('a/p'), object);
  });

  for (const [form, answer] of [
    ['as the answer', (exchange: FaultExchange) => void exchange.status(410, 'Expired')],
    [
      'in-band',
      (exchange: FaultExchange) => exchange.open().event('ERROR', { kind: 'Status', code: 410, reason: 'Expired' }),
    ],
  ] as const) {
    it(`lists anew after a 410 ${form}, and tells what has vanished`, async (t) => {
      const { changes, passUntil, requests } = await start(t, {
        onList: (exchange, n) =>
          exchange.json(
            n === 1 ? listOf('5', [objectOf('p', '3'), objectOf('q', '4')]) : listOf('90', [objectOf('q', '80')]),
          ),
        onWatch(exchange, n) {
          if (n > 1) return exchange.open();
          answer(exchange);
          return undefined;
        },
      });
      await passUntil('the second watch', () => requests().length === 4);
      assert.deepEqual(requests(), ['list', 'watch@5', 'list', 'watch@90']);
      assert.deepEqual(changes, ['sync a/p 3', 'sync a/q 4', 'update a/q 80', 'delete a/p ']);
    });
  }

  it('follows continue tokens, and begins again when one expires', async (t) => {
    const { informer, passUntil, server } = await start(t, {
      onList(exchange, n) {
        const token = exchange.query.get('continue');
        if (token === 'old') exchange.status(410, 'Expired', 'the provided continue parameter is too old');
        else if (token === 'new') exchange.json(listOf('9', [objectOf('p2', '2')]));
        else exchange.json(listOf(n === 1 ? '5' : '9', [objectOf('p1', '1')], n === 1 ? 'old' : 'new'));
      },
    });
    await passUntil('the list', () => informer.hasSynced());
    assert.deepEqual([...informer.store.keys()], ['a/p1', 'a/p2']);
    assert.deepEqual(
      server.requests.slice(0, 4).map(({ query }) => query.get('continue')),
      [null, 'old', null, 'new'],
    );
  });

  it('waits as long as a 429 says, on list and watch', async (t) => {
    const { clock, informer, passUntil, requests } = await start(t, {
      onList: (exchange, n) =>
        n === 1 ? exchange.status(429, 'TooManyRequests', 'busy', { 'retry-after': '7' }) : exchange.json(listOf('5')),
      onWatch(exchange, n) {
        if (n > 1) return exchange.open();
        exchange.status(429, 'TooManyRequests', 'busy', { 'retry-after': '9' });
        return undefined;
      },
    });
    await passUntil('the list', () => informer.hasSynced());
    assert.ok(clock.monotonic() >= 7_000, `${clock.monotonic()}`);
    const listed = clock.monotonic();
    await passUntil('the second watch', () => requests().length === 4);
    assert.ok(clock.monotonic() >= listed + 9_000, `${clock.monotonic()}`);
  });

  it('goes on with a rotated token, without a list', async (t) => {
    let valid = 'one';
    let known = 'one';
    const of = (token: string): Credentials => ({ headers: { authorization: `Bearer ${token}` }, tls: {} });
    const refuse = (exchange: FaultExchange) => {
      if (exchange.headers.authorization === `Bearer ${valid}`) return false;
      exchange.status(401, 'Unauthorized');
      return true;
    };
    const { watch, changes, passUntil, requests } = await start(t, {
      credentials: () => of(known),
      refresh: () => {
        known = valid;
        return of(known);
      },
      onWatch: (exchange) => (refuse(exchange) ? undefined : exchange.open()),
    });
    const first = await watch(1);
    valid = 'two';
    first.end();
    await passUntil('the next watch', () => requests().length === 4);
    (await watch(2)).event('ADDED', objectOf('p', '6'));
    await passUntil('its event', () => changes.length === 1);
    assert.deepEqual(requests(), ['list', 'watch@5', 'watch@5', 'watch@5'], 'refused once, then accepted');
  });

  it('is asked once a second by a server that closes after each event, and loses none', async (t) => {
    const { clock, changes, passUntil, requests } = await start(t, {
      onWatch(exchange, n) {
        const stream = exchange.open();
        stream.event('MODIFIED', objectOf('p', String(5 + n)));
        stream.end();
        return stream;
      },
    });
    await passUntil('20 events', () => changes.length === 20);
    assert.ok(
      requests().length - 1 <= clock.monotonic() / 1_000 + 1,
      `${requests().length} in ${clock.monotonic()} ms`,
    );
    assert.deepEqual(
      changes.map((change) => change.split(' ')[2]),
      Array.from({ length: 20 }, (_, i) => String(6 + i)),
    );
  });

  it('keeps to two connections, whatever happens', async (t) => {
    const { server, passUntil, requests } = await start(t, {
      onWatch(exchange, n) {
        const stream = exchange.open();
        if (n % 3 === 0) stream.reset();
        else if (n % 3 === 1) stream.write('broken\n');
        else stream.end();
        return stream;
      },
    });
    await passUntil('15 requests', () => requests().length > 15);
    assert.ok(server.open <= 2, `${server.open} connections`);
  });

  it('takes a server that is away for a while', async (t) => {
    let away = true;
    const { informer, passUntil, requests } = await start(t, {
      onList: (exchange) => (away ? exchange.reset() : exchange.json(listOf('5', [objectOf('p', '3')]))),
    });
    await passUntil('five attempts', () => requests().length === 5);
    assert.equal(informer.hasSynced(), false);
    away = false;
    await passUntil('the list', () => informer.hasSynced());
    assert.equal(informer.store.size, 1);
  });
});
