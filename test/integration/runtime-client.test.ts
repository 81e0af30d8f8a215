import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { WatchEvent } from '../../src/runtime/client.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { connect } from '../../src/runtime/connect.ts';
import { createClient } from '../../src/runtime/kube-client.ts';
import type { KubeObject } from '../../src/runtime/object.ts';
import { useControlPlane } from '../support/control-plane.ts';
import {
  clientOf,
  configMap,
  configMaps,
  deployment,
  deployments,
  namespaces,
  secretMetadata,
} from '../support/test-resources.ts';

const plane = await useControlPlane(['etcd', 'kube-apiserver']);
const client = await clientOf(plane.kubeconfig);
after(() => client.close());

/** Somebody else, as whom kubectl and other operators appear. */
const stranger = await clientOf(plane.kubeconfig, { fieldManager: 'stranger' });
after(() => stranger.close());

type Deployed = KubeObject & { spec: { replicas: number; template: { spec: { containers: { image: string }[] } } } };

describe('an apply that only creates', () => {
  /** The trick: a resourceVersion that no object has, so whatever exists is a conflict. */
  const createOnly = <T extends KubeObject>(object: T): T => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: '1' },
  });

  it('creates what is not there', async () => {
    const namespace = await plane.createNamespace();
    const created = await client.apply(configMaps, createOnly(configMap(namespace, 'new', { a: '1' })));
    assert.notEqual(created.metadata.resourceVersion, '1');
    assert.deepEqual((await client.get(configMaps, namespace, 'new')).data, { a: '1' });
  });

  it('does not touch what is there, whoever owns it', async () => {
    const namespace = await plane.createNamespace();
    await stranger.create(configMaps, configMap(namespace, 'posted', { a: 'theirs' }));
    await stranger.apply(configMaps, configMap(namespace, 'applied', { a: 'theirs' }));
    await client.apply(configMaps, configMap(namespace, 'mine', { a: 'mine' }));
    for (const name of ['posted', 'applied', 'mine']) {
      const before = await client.get(configMaps, namespace, name);
      for (const force of [false, true]) {
        await assert.rejects(client.apply(configMaps, createOnly(configMap(namespace, name, { b: '2' })), { force }), {
          code: 'Conflict',
        });
      }
      assert.deepEqual(await client.get(configMaps, namespace, name), before, name);
    }
  });

  it('does not take over a Service without a selector, which a plain apply does without a word', async () => {
    const namespace = await plane.createNamespace();
    const services = { ...configMaps, kind: 'Service', plural: 'services' };
    const service = (more: object) => ({
      metadata: { namespace, name: 's' },
      spec: { ports: [{ port: 80 }], ...more },
    });
    await stranger.create(services, service({}));
    const ours = service({ selector: { app: 'ours' } });
    await assert.rejects(client.apply(services, createOnly(ours)), { code: 'Conflict' });
    const found: KubeObject & { spec?: { selector?: object } } = await client.get(services, namespace, 's');
    assert.equal(found.spec?.selector, undefined);
  });
});

describe('apply', () => {
  it('refuses a field that another manager owns, and takes it over by force', async () => {
    const namespace = await plane.createNamespace();
    await stranger.apply(deployments, deployment(namespace, 'd', 'example.test/theirs:1'));
    const ours = deployment(namespace, 'd', 'example.test/ours:1');
    await assert.rejects(client.apply(deployments, ours), { code: 'Conflict', message: /stranger.*image/s });
    const forced = await client.apply<Deployed>(deployments as never, ours, { force: true });
    assert.equal(forced.spec.template.spec.containers[0]?.image, 'example.test/ours:1');
  });

  it('lets fields of others be', async () => {
    const namespace = await plane.createNamespace();
    await client.apply(deployments, deployment(namespace, 'd'));
    await stranger.mergePatch(deployments, namespace, 'd', {
      metadata: { annotations: { 'team.test/owner': 'them' } },
      spec: { replicas: 3 },
    });
    const after = await client.apply<Deployed>(
      deployments as never,
      deployment(namespace, 'd', 'example.test/image:2'),
      {
        force: true,
      },
    );
    assert.equal(after.spec.replicas, 3);
    assert.equal(after.metadata.annotations?.['team.test/owner'], 'them');
  });

  it('removes a field that is not applied any more', async () => {
    const namespace = await plane.createNamespace();
    await client.apply(configMaps, configMap(namespace, 'c', { a: '1', b: '2' }));
    assert.deepEqual((await client.apply(configMaps, configMap(namespace, 'c', { a: '1' }))).data, { a: '1' });
  });

  it('answers with the same version when nothing changes', async () => {
    const namespace = await plane.createNamespace();
    const first = await client.apply(configMaps, configMap(namespace, 'c', { a: '1' }));
    const second = await client.apply(configMaps, configMap(namespace, 'c', { a: '1' }));
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  });

  it('holds to the uid that it is given', async () => {
    const namespace = await plane.createNamespace();
    const stored = await client.apply(configMaps, configMap(namespace, 'c', { a: '1' }));
    const withUid = (uid: string) => ({
      ...configMap(namespace, 'c', { a: '2' }),
      metadata: { namespace, name: 'c', uid },
    });
    await client.apply(configMaps, withUid(stored.metadata.uid ?? ''), { force: true });
    // The precondition fails as 422 where another object is, as 409 where none is.
    await assert.rejects(client.apply(configMaps, withUid('11111111-2222-3333-4444-555555555555'), { force: true }), {
      code: 'Invalid',
    });
    await client.delete(configMaps, namespace, 'c', { uid: stored.metadata.uid ?? '' });
    await assert.rejects(client.apply(configMaps, withUid(stored.metadata.uid ?? ''), { force: true }), {
      code: 'Conflict',
    });
    await assert.rejects(client.get(configMaps, namespace, 'c'), { code: 'NotFound' });
  });

  it('names a field that this API server does not know, as an error that no retry mends', async () => {
    const namespace = await plane.createNamespace();
    const { metadata, spec } = deployment(namespace, 'd');
    await assert.rejects(client.apply(deployments, { metadata, spec: { ...spec, replicaCount: 2 } } as KubeObject), {
      code: 'BadRequest',
      message: /\.spec\.replicaCount: field not declared in schema/,
    });
    await assert.rejects(client.create(deployments, { metadata, spec: { ...spec, replicaCount: 2 } } as KubeObject), {
      code: 'BadRequest',
      message: /unknown field "spec\.replicaCount"/,
    });
    await assert.rejects(client.get(deployments, namespace, 'd'), { code: 'NotFound' });
  });

  it('names a value that is refused, and the field', async () => {
    const namespace = await plane.createNamespace();
    const { metadata, spec } = deployment(namespace, 'd');
    await assert.rejects(
      client.apply(deployments, { metadata, spec: { ...spec, replicas: -1 } } as KubeObject),
      (error) => {
        assert.ok(error instanceof Error && 'causes' in error && 'code' in error);
        assert.equal(error.code, 'Invalid');
        assert.deepEqual((error.causes as { field: string }[])[0]?.field, 'spec.replicas');
        return true;
      },
    );
  });

  it('writes a subresource by itself', async () => {
    const namespace = await plane.createNamespace();
    await client.apply(deployments, deployment(namespace, 'd'));
    // A condition of our own: where a controller-manager runs, the numbers are its own, and it may be there first.
    const condition = { type: 'Inspected', status: 'True' };
    const status = { metadata: { namespace, name: 'd' }, status: { conditions: [condition] }, spec: { paused: true } };
    const after: KubeObject & { status?: { conditions?: readonly object[] }; spec?: { paused?: boolean } } =
      await client.apply(deployments, status, { subresource: 'status' });
    const own = after.status?.conditions?.find((each) => 'type' in each && each.type === condition.type);
    assert.partialDeepStrictEqual(own, condition);
    assert.equal(after.spec?.paused, undefined, 'the rest is not written');
  });
});

describe('other writes', () => {
  it('create what is not there yet, and say so otherwise', async () => {
    const namespace = await plane.createNamespace();
    await client.create(configMaps, configMap(namespace, 'c'));
    await assert.rejects(client.create(configMaps, configMap(namespace, 'c')), { code: 'AlreadyExists' });
  });

  it('update the version that they know, and no other', async () => {
    const namespace = await plane.createNamespace();
    const first = await client.create(configMaps, configMap(namespace, 'c', { a: '1' }));
    const second = await client.update(configMaps, { ...first, data: { a: '2' } } as KubeObject);
    assert.notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion);
    await assert.rejects(client.update(configMaps, { ...first, data: { a: '3' } } as KubeObject), { code: 'Conflict' });
  });

  it('merge', async () => {
    const namespace = await plane.createNamespace();
    await client.create(configMaps, configMap(namespace, 'c', { a: '1', b: '2' }));
    const after = await client.mergePatch(configMaps, namespace, 'c', { data: { a: null, c: '3' } });
    assert.deepEqual(after.data, { b: '2', c: '3' });
  });

  it('delete what they mean, and nothing else', async () => {
    const namespace = await plane.createNamespace();
    const first = await client.create(configMaps, configMap(namespace, 'c'));
    const uid = first.metadata.uid ?? '';
    const resourceVersion = first.metadata.resourceVersion ?? '';
    const other = '11111111-2222-3333-4444-555555555555';
    await assert.rejects(client.delete(configMaps, namespace, 'c', { uid: other }), { code: 'Conflict' });
    await client.mergePatch(configMaps, namespace, 'c', { data: { a: '1' } });
    await assert.rejects(client.delete(configMaps, namespace, 'c', { uid, resourceVersion }), { code: 'Conflict' });
    await client.get(configMaps, namespace, 'c');
    await client.delete(configMaps, namespace, 'c', { uid });
    await assert.rejects(client.get(configMaps, namespace, 'c'), { code: 'NotFound' });
    await assert.rejects(client.delete(configMaps, namespace, 'c', { uid }), { code: 'NotFound' });
  });

  it('are refused by a namespace that does not exist', async () => {
    await assert.rejects(client.apply(configMaps, configMap('no-such-namespace', 'c')), {
      code: 'NotFound',
      message: /no-such-namespace/,
    });
  });
});

describe('lists', () => {
  it('come in pages of one consistent state', async () => {
    const namespace = await plane.createNamespace();
    // Labelled: where a controller-manager runs, every namespace has a ConfigMap of its own.
    for (let i = 0; i < 7; i++) {
      const metadata = { namespace, name: `c${i}`, labels: { paged: '' } };
      await client.create(configMaps, { ...configMap(namespace, `c${i}`), metadata });
    }
    const names: string[] = [];
    const versions = new Set<string>();
    let continueToken: string | undefined;
    do {
      const page = await client.list(configMaps, { namespace, labelSelector: 'paged' }, { limit: 3, continueToken });
      assert.ok(page.items.length <= 3);
      names.push(...page.items.map((item) => item.metadata.name));
      versions.add(page.resourceVersion);
      continueToken = page.continueToken;
    } while (continueToken !== undefined);
    assert.deepEqual(names, ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
    assert.equal(versions.size, 1);
  });

  it('select by label and by name', async () => {
    const namespace = await plane.createNamespace();
    const labelled = { ...configMap(namespace, 'yes'), metadata: { namespace, name: 'yes', labels: { x: 'y' } } };
    await client.create(configMaps, labelled);
    await client.create(configMaps, configMap(namespace, 'no'));
    const names = async (selection: object) =>
      (await client.list(configMaps, { namespace, ...selection })).items.map((item) => item.metadata.name);
    assert.deepEqual(await names({ labelSelector: 'x=y' }), ['yes']);
    assert.deepEqual(await names({ name: 'no' }), ['no']);
  });

  it('of more than 128 KiB come packed, and are unpacked', async () => {
    const namespace = await plane.createNamespace();
    const text = 'smooth '.repeat(40_000);
    await client.create(configMaps, configMap(namespace, 'big', { text }));
    assert.equal((await client.list(configMaps, { namespace })).items[0]?.data?.text, text);
  });

  it('say that a continue token is no such', async () => {
    const namespace = await plane.createNamespace();
    await assert.rejects(client.list(configMaps, { namespace }, { continueToken: 'nonsense' }), { code: 'BadRequest' });
  });
});

describe('watches', () => {
  it('tell of everything after their version, bring a bookmark before they end, and end', async () => {
    const namespace = await plane.createNamespace();
    const before = await client.create(configMaps, configMap(namespace, 'before'));
    const created = await client.create(configMaps, configMap(namespace, 'c'));
    const uid = created.metadata.uid ?? '';
    const change = async () => {
      await client.mergePatch(configMaps, namespace, 'c', { data: { a: '1' } });
      await client.delete(configMaps, namespace, 'c', { uid });
    };
    let changed: Promise<void> | undefined;
    const events: WatchEvent<KubeObject>[] = [];
    const watch = client.watch(
      configMaps,
      { namespace },
      {
        resourceVersion: before.metadata.resourceVersion ?? '',
        timeoutSeconds: 6,
        signal: new AbortController().signal,
        onOpen: () => {
          changed = change();
        },
      },
    );
    // Where a controller-manager runs, it puts a ConfigMap of its own into every namespace.
    for await (const event of watch) if (event.object.metadata.name !== 'kube-root-ca.crt') events.push(event);
    await changed;
    assert.deepEqual(
      events.slice(0, 3).map(({ type }) => type),
      ['ADDED', 'MODIFIED', 'DELETED'],
    );
    // So the next watch begins from a fresh version, however little concerned this one.
    assert.equal(events.at(-1)?.type, 'BOOKMARK');
    assert.ok(
      Number(events.at(-1)?.object.metadata.resourceVersion) >= Number(events[2]?.object.metadata.resourceVersion),
    );
  });
});

describe('Secrets', () => {
  it('never come in with their values: not by get, list or watch', async () => {
    const namespace = await plane.createNamespace();
    const post = (name: string) =>
      plane.send('POST', `/api/v1/namespaces/${namespace}/secrets`, {
        metadata: { name },
        stringData: { password: 'hunter2' },
      });
    await post('one');
    const got = await client.get(secretMetadata, namespace, 'one');
    const listed = await client.list(secretMetadata, { namespace });
    const options = {
      resourceVersion: listed.resourceVersion,
      timeoutSeconds: 3,
      signal: new AbortController().signal,
    };
    await post('two');
    const watched: WatchEvent<KubeObject>[] = [];
    for await (const event of client.watch(secretMetadata, { namespace }, options)) watched.push(event);
    assert.equal(got.metadata.name, 'one');
    assert.equal(listed.items.length, 1);
    assert.equal(watched[0]?.object.metadata.name, 'two');
    const everything = JSON.stringify([got, listed, watched]);
    assert.ok(!everything.includes(Buffer.from('hunter2').toString('base64')), 'no value');
    assert.ok(!everything.includes('"data"'), 'no data at all');
  });
});

describe('rights', () => {
  it('that are missing are named: who, verb, resource and namespace', async () => {
    const namespace = await plane.createNamespace();
    const user = await plane.createUser(namespace, {});
    const theirs = await clientOf(user.kubeconfig);
    await assert.rejects(theirs.list(configMaps, { namespace }), {
      code: 'Forbidden',
      message: new RegExp(`${user.name}.*cannot list resource "configmaps".*"${namespace}"`),
    });
    theirs.close();
  });

  it('of a wrong token are none', async () => {
    const connection = await connect({ clock: systemClock, kubeconfig: plane.kubeconfig, env: {} });
    const { tls } = await connection.credentials();
    const wrong = { headers: { authorization: 'Bearer wrong' }, tls: { ca: tls.ca } };
    let refreshed = 0;
    const theirs = createClient({
      clock: systemClock,
      connection: {
        ...connection,
        credentials: async () => wrong,
        refresh: async () => {
          refreshed++;
          return wrong;
        },
      },
    });
    await assert.rejects(theirs.get(configMaps, 'default', 'c'), { code: 'Unauthorized' });
    assert.equal(refreshed, 1);
    theirs.close();
  });

  it('in one namespace are enough to get and watch that Namespace by name, and not to list', async () => {
    const namespace = await plane.createNamespace();
    const rules = [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'watch'] }];
    const theirs = await clientOf((await plane.createUser(namespace, { rules })).kubeconfig);
    const page = await theirs.list(namespaces, { name: namespace });
    assert.deepEqual(
      page.items.map((item) => item.metadata.name),
      [namespace],
    );
    const options = { resourceVersion: page.resourceVersion, timeoutSeconds: 3, signal: new AbortController().signal };
    const events: string[] = [];
    for await (const { type, object } of theirs.watch(namespaces, { name: namespace }, options)) {
      events.push(`${type} ${object.metadata.name}`);
    }
    assert.equal(events[0], `ADDED ${namespace}`);
    await assert.rejects(theirs.list(namespaces, {}), { code: 'Forbidden' });
    await assert.rejects(theirs.list(namespaces, { name: 'default' }), { code: 'Forbidden' });
    theirs.close();
  });
});

describe('requests', () => {
  it('are told to the observer by method and code', async () => {
    const codes: string[] = [];
    const observed = await clientOf(plane.kubeconfig, { onRequest: (...told) => codes.push(told.join(' ')) });
    await observed.get(namespaces, undefined, 'default');
    await observed.get(namespaces, undefined, 'nowhere').catch(() => undefined);
    const { host } = new URL(plane.url);
    assert.deepEqual(codes, [`GET 200 ${host}`, `GET 404 ${host}`]);
    observed.close();
  });
});
