import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultExchange, FaultServer } from '../../test/support/fault-server.ts';
import { listOf, objectOf, startFaultServer } from '../../test/support/fault-server.ts';
import type { Client, WatchEvent } from './client.ts';
import { systemClock } from './clock.ts';
import { ApiError } from './errors.ts';
import type { ClientOptions } from './kube-client.ts';
import { createClient } from './kube-client.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

const widgets: Resource = {
  group: 'x.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
  subresources: { status: ['patch'] },
};
const secrets: Resource = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  verbs: ['get', 'list', 'watch'],
  metadataOnly: true,
};
const namespaces: Resource = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  verbs: ['get', 'watch'],
};

async function start(
  handler: (exchange: FaultExchange) => void,
  more: Partial<ClientOptions> = {},
): Promise<{ server: FaultServer; client: Client }> {
  const server = await startFaultServer({ handler });
  const client = createClient({ connection: server.connection(), clock: systemClock, ...more });
  return { server, client };
}

const echo = (exchange: FaultExchange) => exchange.json(exchange.body || objectOf('w', '1'));

async function eventsOf(watch: AsyncIterable<WatchEvent<KubeObject>>): Promise<string[]> {
  const events: string[] = [];
  for await (const { type, object } of watch) events.push(`${type} ${object.metadata.name}`);
  return events;
}

const watching = { resourceVersion: '5', timeoutSeconds: 40, signal: new AbortController().signal };

describe('reading', () => {
  it('gets one object', async () => {
    const { server, client } = await start(echo);
    assert.equal((await client.get(widgets, 'a', 'w')).metadata.name, 'w');
    assert.equal(server.requests[0]?.path, '/apis/x.dev/v1/namespaces/a/widgets/w');
    assert.equal(server.requests[0]?.headers.accept, 'application/json');
    client.close();
  });

  it('lists page by page, 500 at a time unless told', async () => {
    const { server, client } = await start((exchange) => exchange.json(listOf('9', [objectOf('w', '1')], 'more')));
    const page = await client.list(widgets, { namespace: 'a', labelSelector: 'x=y' });
    assert.deepEqual([page.items.length, page.resourceVersion, page.continueToken], [1, '9', 'more']);
    await client.list(widgets, {}, { limit: 5, continueToken: 'more', resourceVersion: '0' });
    assert.equal(server.requests[0]?.query.toString(), 'labelSelector=x%3Dy&limit=500');
    assert.equal(server.requests[1]?.query.toString(), 'limit=5&continue=more&resourceVersion=0');
    client.close();
  });

  it('gives up a list by its signal', async () => {
    const { server, client } = await start(() => undefined);
    const stop = new AbortController();
    const failed = assert.rejects(client.list(widgets, {}, { signal: stop.signal }), { code: 'Aborted' });
    await server.request(1);
    stop.abort();
    await failed;
    client.close();
  });

  it('watches with bookmarks and the server’s own limit', async () => {
    const { server, client } = await start((exchange) => {
      const stream = exchange.open();
      stream.event('ADDED', objectOf('w', '6'));
      stream.end();
    });
    let opened = 0;
    const events = await eventsOf(client.watch(widgets, { namespace: 'a' }, { ...watching, onOpen: () => opened++ }));
    assert.deepEqual(events, ['ADDED w']);
    assert.equal(opened, 1);
    assert.equal(
      server.requests[0]?.query.toString(),
      'watch=true&resourceVersion=5&timeoutSeconds=40&allowWatchBookmarks=true',
    );
    client.close();
  });

  it('has what exists sent first where that is wanted, at least as new as the version (KEP-3157)', async () => {
    const { server, client } = await start((exchange) => exchange.open().end());
    await eventsOf(client.watch(widgets, {}, { ...watching, initialEvents: true }));
    assert.equal(
      server.requests[0]?.query.toString(),
      'watch=true&resourceVersion=5&timeoutSeconds=40&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
    );
    client.close();
  });

  it('says Gone for a watch that is refused with 410, without having opened', async () => {
    const { client } = await start((exchange) => exchange.status(410, 'Expired'));
    const onOpen = () => assert.fail('it was never open');
    await assert.rejects(eventsOf(client.watch(widgets, {}, { ...watching, onOpen })), { code: 'Gone' });
    client.close();
  });

  it('ends a watch by its signal, as Aborted', async () => {
    const { client } = await start((exchange) => void exchange.open());
    const stop = new AbortController();
    const onOpen = () => stop.abort();
    await assert.rejects(eventsOf(client.watch(widgets, {}, { ...watching, signal: stop.signal, onOpen })), {
      code: 'Aborted',
    });
    client.close();
  });

  it('closes the socket of a watch that is left early', async () => {
    const { server, client } = await start((exchange) => exchange.open().event('ADDED', objectOf('w', '6')));
    for await (const _ of client.watch(widgets, {}, watching)) break;
    const { until } = await import('../../test/support/until.ts');
    await until(() => server.open === 0, { what: 'the socket to be closed', intervalMs: 2 });
    client.close();
  });
});

describe('metadata only', () => {
  const accept = (kind: string) => `application/json;as=${kind};v=v1;g=meta.k8s.io`;

  it('is asked for in get, list and watch, with no alternative', async () => {
    const { server, client } = await start((exchange) => {
      const list = exchange.path.endsWith('secrets');
      if (exchange.query.has('watch')) exchange.open().end();
      else
        exchange.json({
          ...(list ? listOf('5') : objectOf('s', '1')),
          kind: `PartialObjectMetadata${list ? 'List' : ''}`,
        });
    });
    await client.get(secrets, 'a', 's');
    await client.list(secrets, {});
    await eventsOf(client.watch(secrets, {}, watching));
    assert.deepEqual(
      server.requests.map((request) => request.headers.accept),
      [accept('PartialObjectMetadata'), accept('PartialObjectMetadataList'), accept('PartialObjectMetadata')],
    );
    client.close();
  });

  it('refuses an answer with more, in get, list and watch', async () => {
    const secret = { ...objectOf('s', '1'), kind: 'Secret', data: { password: 'aHVudGVyMg==' } };
    const { client } = await start((exchange) => {
      if (exchange.query.has('watch')) exchange.open().event('ADDED', secret);
      else exchange.json(exchange.path.endsWith('secrets') ? { ...listOf('5', [secret]), kind: 'SecretList' } : secret);
    });
    const refused = { code: 'Malformed', message: /only metadata of secrets/ };
    await assert.rejects(client.get(secrets, 'a', 's'), refused);
    await assert.rejects(client.list(secrets, {}), refused);
    await assert.rejects(eventsOf(client.watch(secrets, {}, watching)), refused);
    client.close();
  });
});

describe('one cluster-scoped object by name', () => {
  const own = { name: 'team-a' };
  const namespace = { metadata: { name: 'team-a', resourceVersion: '3' } };

  it('is listed by getting it, and watched from any version by its own path', async () => {
    const { server, client } = await start((exchange) => {
      if (!exchange.path.includes('/watch/')) return exchange.json(namespace);
      const stream = exchange.open();
      stream.event('ADDED', namespace);
      stream.end();
    });
    const page = await client.list(namespaces, own);
    assert.deepEqual(page.items, [namespace]);
    const events = await eventsOf(
      client.watch(namespaces, own, { ...watching, resourceVersion: page.resourceVersion }),
    );
    assert.deepEqual(events, ['ADDED team-a']);
    assert.deepEqual(
      server.requests.map((request) => request.path),
      ['/api/v1/namespaces/team-a', '/api/v1/watch/namespaces/team-a', '/api/v1/namespaces/team-a'],
    );
    client.close();
  });

  it('that does not exist is an empty list', async () => {
    const { client } = await start((exchange) => exchange.status(404, 'NotFound'));
    assert.deepEqual(await client.list(namespaces, own), { items: [], resourceVersion: '0', continueToken: undefined });
    client.close();
  });

  it('that vanished between list and watch is told as deleted', async () => {
    const { client } = await start((exchange) => {
      if (exchange.path.includes('/watch/')) exchange.open().end();
      else exchange.status(404, 'NotFound');
    });
    const events = await eventsOf(client.watch(namespaces, own, { ...watching, resourceVersion: '0' }));
    assert.deepEqual(events, ['DELETED team-a']);
    client.close();
  });

  it('passes on a failure to get it', async () => {
    const { client } = await start((exchange) => exchange.status(403, 'Forbidden'));
    await assert.rejects(client.list(namespaces, own), { code: 'Forbidden' });
    client.close();
  });
});

describe('writing', () => {
  const widget: KubeObject = { metadata: { namespace: 'a', name: 'w' } };
  const strict = 'fieldManager=smooth-operator&fieldValidation=Strict';

  it('applies as our field manager, strictly, with the type that the server wants', async () => {
    const { server, client } = await start(echo);
    await client.apply(widgets, widget);
    await client.apply(widgets, widget, { force: true, subresource: 'status' });
    const [first, second] = server.requests;
    assert.equal(first?.method, 'PATCH');
    assert.equal(first.headers['content-type'], 'application/apply-patch+yaml');
    assert.equal(first.query.toString(), `${strict}&force=false`);
    assert.deepEqual(JSON.parse(first.body), { apiVersion: 'x.dev/v1', kind: 'Widget', ...widget });
    assert.equal(second?.path, '/apis/x.dev/v1/namespaces/a/widgets/w/status');
    assert.equal(second.query.get('force'), 'true');
    client.close();
  });

  it('creates in the collection', async () => {
    const { server, client } = await start(echo);
    await client.create(widgets, widget);
    assert.equal(server.requests[0]?.method, 'POST');
    assert.equal(server.requests[0].path, '/apis/x.dev/v1/namespaces/a/widgets');
    assert.equal(JSON.parse(server.requests[0].body).kind, 'Widget');
    client.close();
  });

  it('updates with a version only', async () => {
    const { server, client } = await start(echo);
    await client.update(widgets, objectOf('w', '7'));
    assert.equal(server.requests[0]?.method, 'PUT');
    assert.equal(JSON.parse(server.requests[0].body).metadata.resourceVersion, '7');
    await assert.rejects(client.update(widgets, widget), {
      code: 'BadRequest',
      message: /w without a resourceVersion/,
    });
    assert.equal(server.requests.length, 1);
    client.close();
  });

  it('patches by merging', async () => {
    const { server, client } = await start((exchange) => exchange.json(objectOf('w', '8')));
    await client.mergePatch(widgets, 'a', 'w', { metadata: { labels: { gone: null } } });
    assert.equal(server.requests[0]?.headers['content-type'], 'application/merge-patch+json');
    assert.equal(server.requests[0].body, '{"metadata":{"labels":{"gone":null}}}');
    client.close();
  });

  it('deletes in the background, under preconditions', async () => {
    const { server, client } = await start((exchange) => exchange.json({ kind: 'Status', status: 'Success' }));
    await client.delete(widgets, 'a', 'w', { uid: 'u', resourceVersion: '7' });
    assert.equal(server.requests[0]?.method, 'DELETE');
    assert.deepEqual(JSON.parse(server.requests[0].body), {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      preconditions: { uid: 'u', resourceVersion: '7' },
    });
    client.close();
  });

  it('returns fields that nobody here knows', async () => {
    const { client } = await start((exchange) =>
      exchange.json({ ...objectOf('w', '1'), spec: { fromTheFuture: [1] } }),
    );
    const stored: KubeObject & { spec?: unknown } = await client.apply(widgets, widget);
    assert.deepEqual(stored.spec, { fromTheFuture: [1] });
    client.close();
  });

  it('asks the fence before each write, and for no read', async () => {
    const asked: string[] = [];
    const { client } = await start(
      (exchange) =>
        exchange.path.endsWith('s') && exchange.method === 'GET' ? exchange.json(listOf('1')) : echo(exchange),
      { fence: (resource, verb) => void asked.push(`${verb} ${resource.plural}`) },
    );
    await client.get(widgets, 'a', 'w');
    await client.list(widgets, {});
    assert.deepEqual(asked, []);
    await client.apply(widgets, widget);
    await client.create(widgets, widget);
    await client.update(widgets, objectOf('w', '7'));
    await client.mergePatch(widgets, 'a', 'w', {});
    await client.delete(widgets, 'a', 'w', { uid: 'u' });
    assert.deepEqual(asked, ['patch widgets', 'create widgets', 'update widgets', 'patch widgets', 'delete widgets']);
    client.close();
  });

  it('lets a dry run pass the fence, and says to the server that it is one', async () => {
    const fence = () => {
      throw new ApiError('NotLeader', 'no');
    };
    const { server, client } = await start(echo, { fence });
    await client.apply(widgets, objectOf('w', '1'), { dryRun: true });
    const [{ query } = assert.fail('nothing was sent')] = server.requests;
    assert.equal(query.get('dryRun'), 'All');
    // The very same call without it is a write.
    await assert.rejects(client.apply(widgets, objectOf('w', '1'), { dryRun: false }), { code: 'NotLeader' });
    assert.equal(server.requests.length, 1);
    client.close();
  });

  it('lets a question pass the fence, which only has the form of a create', async () => {
    const fence = () => {
      throw new ApiError('NotLeader', 'no');
    };
    const { server, client } = await start(echo, { fence });
    await client.create({ ...widgets, isQuestion: true }, objectOf('w', '1'));
    assert.equal(server.requests[0]?.method, 'POST');
    await assert.rejects(client.create(widgets, objectOf('w', '1')), { code: 'NotLeader' });
    client.close();
  });

  it('gives up an apply by its signal', async () => {
    const { server, client } = await start(() => undefined);
    const stop = new AbortController();
    const late = client.apply(widgets, objectOf('w', '1'), { dryRun: true, signal: stop.signal });
    const failed = assert.rejects(late, { code: 'Aborted' });
    await server.request(1);
    stop.abort();
    await failed;
    client.close();
  });

  it('sends nothing that the fence refuses', async () => {
    const { server, client } = await start(echo, {
      fence: () => {
        throw new ApiError('NotLeader', 'another leads');
      },
    });
    await assert.rejects(client.apply(widgets, widget), { code: 'NotLeader' });
    assert.equal(server.requests.length, 0);
    client.close();
  });
});

describe('undeclared calls', () => {
  it('are refused before they are sent', async () => {
    const { server, client } = await start(echo);
    const nothing: Resource = { ...widgets, verbs: [], subresources: {} };
    const widget = objectOf('w', '1');
    const calls: Record<string, () => Promise<unknown>> = {
      get: () => client.get(nothing, 'a', 'w'),
      list: () => client.list(nothing, {}),
      watch: () => eventsOf(client.watch(nothing, {}, watching)),
      patch: () => client.apply(nothing, widget),
      create: () => client.create(nothing, widget),
      update: () => client.update(nothing, widget),
      delete: () => client.delete(nothing, 'a', 'w', { uid: 'u' }),
    };
    for (const [verb, call] of Object.entries(calls)) {
      await assert.rejects(call, { code: 'NotDeclared', message: new RegExp(`^${verb} of widgets\\.x\\.dev`) });
    }
    await assert.rejects(client.mergePatch(nothing, 'a', 'w', {}), { code: 'NotDeclared' });
    await assert.rejects(client.apply(nothing, widget, { subresource: 'status' }), {
      message: /widgets\.x\.dev\/status/,
    });
    assert.equal(server.requests.length, 0);
    client.close();
  });
});

describe('answers that are none', () => {
  it('are Malformed', async () => {
    const { client } = await start((exchange) => exchange.json('<html>hello</html>'));
    await assert.rejects(client.get(widgets, 'a', 'w'), { code: 'Malformed', message: /GET \/apis.*not JSON/ });
    await assert.rejects(client.list(widgets, {}), { code: 'Malformed' });
    client.close();
  });

  it('may be no list', async () => {
    const { client } = await start((exchange) => exchange.json({ metadata: {} }));
    await assert.rejects(client.list(widgets, {}), { code: 'Malformed', message: /not a list/ });
    client.close();
  });
});
