import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, describe, it } from 'node:test';
import { startControlPlane } from '../../cluster/control-plane.ts';
import type { Client } from '../../src/runtime/client.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createConsistency } from '../../src/runtime/consistency.ts';
import type { Informer, InformerOptions } from '../../src/runtime/informer.ts';
import { createInformer } from '../../src/runtime/informer.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import { useControlPlane } from '../support/control-plane.ts';
import { createRecordedLog } from '../support/recorded-log.ts';
import type { ConfigMap } from '../support/test-resources.ts';
import { clientOf, configMap, configMaps, namespaces } from '../support/test-resources.ts';
import { until } from '../support/until.ts';

const plane = await useControlPlane(['etcd', 'kube-apiserver']);
const client = await clientOf(plane.kubeconfig);
after(() => client.close());

interface Following<T extends KubeObject> {
  readonly informer: Informer<T>;
  /** `kind name` of each change. */
  readonly changes: string[];
  /** Messages of troubles; `ok` when there is none any more. */
  readonly troubles: string[];
}

/** An informer that runs until the end of the test. */
function follow<T extends KubeObject>(
  test: { after(done: () => Promise<void>): void },
  options: Pick<InformerOptions<T>, 'resource'> & Partial<InformerOptions<T>>,
): Following<T> {
  const troubles: string[] = [];
  const informer = createInformer<T>({
    client,
    clock: systemClock,
    log: createRecordedLog(),
    onTrouble: (error) => troubles.push(error?.message ?? 'ok'),
    ...options,
  });
  const changes: string[] = [];
  informer.onChange((key, _before, _after, kind) => changes.push(`${kind} ${key.split('/').at(-1)}`));
  const stop = new AbortController();
  const ended = informer.start(stop.signal);
  test.after(() => {
    stop.abort();
    return ended;
  });
  return { informer, changes, troubles };
}

const within = (namespace: string) => ({ selections: [{ namespace }], labelSelector: 'app=test' });
const labelled = (namespace: string, name: string, data: Readonly<Record<string, string>> = {}): ConfigMap => ({
  metadata: { namespace, name, labels: { app: 'test' } },
  data,
});

describe('informer on a real API server', () => {
  it('streams a list of several pages, and follows from its end', async (t) => {
    const namespace = await plane.createNamespace();
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await client.create(configMaps, labelled(namespace, name));
    const asked: string[] = [];
    const small: Pick<Client, 'list' | 'watch'> = {
      list(resource, selection, page) {
        asked.push('list');
        return client.list(resource, selection, { ...page, limit: 2 });
      },
      watch(resource, selection, options) {
        asked.push(options.initialEvents === true ? 'stream' : 'watch');
        return client.watch(resource, selection, options);
      },
    };
    const options = { client: small, resource: configMaps, streams: true, ...within(namespace) };
    const { informer, changes, troubles } = follow(t, options);
    await informer.synced();
    assert.deepEqual(asked.slice(0, 2), ['list', 'stream'], 'one page, and then everything');
    assert.deepEqual(
      changes.toSorted(),
      names.map((name) => `sync ${name}`),
    );
    await client.create(configMaps, labelled(namespace, 'later'));
    await until(() => changes.includes('add later'), { what: 'what comes after the stream', intervalMs: 5 });
    assert.deepEqual(asked, ['list', 'stream', 'watch']);
    assert.deepEqual(troubles, []);
  });

  it('sees what is there, what is made, changed, relabelled and deleted', async (t) => {
    const namespace = await plane.createNamespace();
    await client.create(configMaps, labelled(namespace, 'old'));
    await client.create(configMaps, configMap(namespace, 'other'));
    const { informer, changes } = follow(t, { resource: configMaps, ...within(namespace) });
    await informer.synced();
    assert.deepEqual(changes, ['sync old'], 'and nothing without the label');

    const created = await client.create(configMaps, labelled(namespace, 'new', { a: '1' }));
    await client.mergePatch(configMaps, namespace, 'new', { data: { a: '2' } });
    await client.delete(configMaps, namespace, 'new', { uid: created.metadata.uid ?? '' });
    await client.mergePatch(configMaps, namespace, 'old', { metadata: { labels: { app: 'else' } } });
    await until(() => changes.length === 5, { what: 'four changes', intervalMs: 5 });
    assert.deepEqual(changes.slice(1), ['add new', 'update new', 'delete new', 'delete old']);
    assert.equal(informer.store.size, 0);
  });

  it('holds what the API server holds, without managedFields', async (t) => {
    const namespace = await plane.createNamespace();
    await client.apply(configMaps, labelled(namespace, 'c', { a: '1' }));
    const { informer } = follow(t, { resource: configMaps, ...within(namespace) });
    await informer.synced();
    const { metadata, ...rest }: ConfigMap = await client.get(configMaps, namespace, 'c');
    const { managedFields, ...expected } = metadata as typeof metadata & { managedFields: unknown };
    assert.ok(Array.isArray(managedFields));
    assert.deepEqual(informer.store.get(`${namespace}/c`), {
      // A list leaves out what it says of all its items.
      ...Object.fromEntries(Object.entries(rest).filter(([name]) => name !== 'kind' && name !== 'apiVersion')),
      metadata: expected,
    });
  });

  it('lists more than a page', async (t) => {
    const namespace = await plane.createNamespace();
    const names = Array.from({ length: 620 }, (_, i) => `c${i}`);
    for (let at = 0; at < names.length; at += 31) {
      await Promise.all(names.slice(at, at + 31).map((name) => client.create(configMaps, labelled(namespace, name))));
    }
    const asked: string[] = [];
    const counting: Pick<Client, 'list' | 'watch'> = {
      watch: client.watch,
      list(resource, selection, page) {
        asked.push(page?.continueToken === undefined ? 'first' : 'next');
        return client.list(resource, selection, page);
      },
    };
    const { informer } = follow(t, { resource: configMaps, client: counting, ...within(namespace) });
    await informer.synced();
    assert.equal(informer.store.size, 620);
    assert.deepEqual(asked, ['first', 'next']);
  });

  it('waits for a CRD, says so, and begins by itself when it is there', async (t) => {
    const group = `${await plane.createNamespace()}.dev`;
    const widgets: Resource = {
      group,
      version: 'v1',
      kind: 'Widget',
      plural: 'widgets',
      namespaced: true,
      verbs: ['list', 'watch', 'create'],
    };
    const { informer, troubles, changes } = follow(t, { resource: widgets });
    await until(() => troubles.length === 1, { what: 'the trouble to be told', intervalMs: 5 });
    assert.match(troubles[0] ?? '', new RegExp(`does not serve widgets\\.${group} in ${group}/v1: install its Custom`));
    assert.equal(informer.hasSynced(), false);

    await plane.installCrd({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    });
    await informer.synced();
    assert.equal(troubles.at(-1), 'ok');
    await client.create(widgets, { metadata: { namespace: 'default', name: 'w' } });
    await until(() => changes.includes('add w'), { what: 'its first object', intervalMs: 5 });
  });

  it('waits for a right, says which, and begins by itself when it is granted', async (t) => {
    const namespace = await plane.createNamespace();
    const user = await plane.createUser(namespace, {});
    const theirs = await clientOf(user.kubeconfig);
    t.after(() => theirs.close());
    const { informer, troubles } = follow(t, { resource: configMaps, client: theirs, ...within(namespace) });
    await until(() => troubles.length === 1, { what: 'the trouble to be told', intervalMs: 5 });
    assert.match(troubles[0] ?? '', /cannot list resource "configmaps".*grant .*list, watch.* on configmaps in a Role/);

    await plane.send('PUT', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles/${user.name}`, {
      metadata: { name: user.name },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }],
    });
    await informer.synced();
    assert.equal(troubles.at(-1), 'ok');
  });

  it('follows its own Namespace with nothing but a Role in it', async (t) => {
    const namespace = await plane.createNamespace();
    const rules = [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'watch'] }];
    const theirs = await clientOf((await plane.createUser(namespace, { rules })).kubeconfig);
    t.after(() => theirs.close());
    const { informer, changes } = follow(t, {
      resource: namespaces,
      client: theirs,
      selections: [{ name: namespace }],
    });
    await informer.synced();
    await plane.send(
      'PATCH',
      `/api/v1/namespaces/${namespace}`,
      { metadata: { labels: { team: 'a' } } },
      'application/merge-patch+json',
    );
    await until(() => informer.store.get(namespace)?.metadata.labels?.team, { what: 'the label', intervalMs: 5 });
    assert.deepEqual(changes, [`sync ${namespace}`, `update ${namespace}`]);
  });

  it('reads its own writes: current when, and only when, the event has come', async (t) => {
    const namespace = await plane.createNamespace();
    const { informer } = follow(t, { resource: configMaps, ...within(namespace) });
    await informer.synced();
    const consistency = createConsistency(systemClock, (_resource, key) => informer.observedVersion(key));
    for (let i = 0; i < 20; i++) {
      const written = await client.apply(configMaps, labelled(namespace, 'c', { i: String(i) }), { force: true });
      consistency.wrote('owner', 'configmaps', `${namespace}/c`, written.metadata.resourceVersion ?? '');
      await until(() => consistency.isCurrent('owner'), { what: 'the write to be seen', intervalMs: 1 });
      assert.equal(informer.store.get(`${namespace}/c`)?.data?.i, String(i));
    }
  });
});

describe('an API server that crashes and comes back', () => {
  it('is followed on: nothing is lost, nothing is told twice', async (t) => {
    const own = await startControlPlane({ components: ['etcd', 'kube-apiserver'] });
    t.after(() => own.stop());
    const theirs = await clientOf(own.kubeconfig);
    t.after(() => theirs.close());
    const { informer, changes, troubles } = follow(t, {
      resource: configMaps,
      client: theirs,
      selections: [{ namespace: 'default' }],
      labelSelector: 'app=test',
    });
    await theirs.create(configMaps, labelled('default', 'before'));
    await until(() => changes.includes('add before') || changes.includes('sync before'), { what: 'the first object' });

    const pid = own.pids.get('kube-apiserver') ?? 0;
    const [program = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8'))
      .split('\0')
      .filter((arg) => arg !== '');
    process.kill(pid, 'SIGKILL');
    await until(() => troubles.length > 0, { what: 'the trouble to be told' });
    assert.match(troubles[0] ?? '', /cannot watch configmaps in namespace default: cannot reach the API server/);

    const again = spawn(program, args, { stdio: 'ignore', cwd: own.dir });
    const exited = once(again, 'exit');
    t.after(async () => {
      again.kill('SIGKILL');
      await exited;
    });
    const create = () => theirs.create(configMaps, labelled('default', 'after')).then(() => true);
    await until(create, { what: 'the API server to be back', deadlineMs: 60_000 });
    await until(() => changes.includes('add after'), {
      what: 'the object that was made after the crash',
      deadlineMs: 60_000,
    });
    assert.equal(troubles.at(-1), 'ok');
    assert.equal(changes.length, 2);
    assert.deepEqual([...informer.store.keys()].sort(), ['default/after', 'default/before']);
  });
});
