import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCaches } from '../../test/support/live-caches.ts';
import { aPod, aServer, replicaOf } from '../../test/support/snapshots.ts';
import { BY_NAMESPACE, BY_SECRET, BY_SERVER } from './caches.ts';
import { mcpServers, pods, secrets } from './resources.ts';

const labelled = '"labelSelector":"mcp.mcp.dev/server"';

test('everywhere: one list of each resource, children and pods by our label alone', async () => {
  const { collections, stop } = await startCaches();
  await stop();
  assert.deepEqual([...collections.lists].sort(), [
    `deployments.apps {${labelled}}`,
    'mcpservers.mcp.mcp.dev {}',
    'namespaces {}',
    `pods {${labelled}}`,
    'secrets {}',
    `services {${labelled}}`,
  ]);
});

test('in some namespaces: nothing is asked of others, and each namespace object by its name', async () => {
  const { collections, stop } = await startCaches([], { watchNamespaces: ['a', 'b'] });
  await stop();
  const each = (resource: string, more = '') => ['a', 'b'].map((name) => `${resource} {"namespace":"${name}"${more}}`);
  assert.deepEqual(
    [...collections.lists].sort(),
    [
      ...each('deployments.apps', `,${labelled}`),
      ...each('mcpservers.mcp.mcp.dev'),
      'namespaces {"name":"a"}',
      'namespaces {"name":"b"}',
      ...each('pods', `,${labelled}`),
      ...each('secrets'),
      ...each('services', `,${labelled}`),
    ].sort(),
  );
});

test('servers are found by their Secret and by their namespace, pods by their server', async () => {
  const pod = { ...aPod('p', {}), metadata: { name: 'p', namespace: 'team-a', ...replicaOf('x') } };
  const { caches, stop } = await startCaches([
    [mcpServers, aServer({ secretName: 'keys' })],
    [pods, pod],
  ]);
  assert.equal(caches.servers.store.byIndex(BY_SECRET, 'team-a/keys').length, 1);
  assert.equal(caches.servers.store.byIndex(BY_SECRET, 'team-b/keys').length, 0);
  assert.equal(caches.servers.store.byIndex(BY_NAMESPACE, 'team-a').length, 1);
  assert.equal(caches.pods.store.byIndex(BY_SERVER, 'team-a/x').length, 1);
  await stop();
});

test('a server without a Secret is in no index of Secrets', async () => {
  const { caches, stop } = await startCaches([[mcpServers, aServer()]]);
  assert.equal(caches.servers.store.byIndex(BY_SECRET, 'team-a/undefined').length, 0);
  await stop();
});

test('what is not read does not stay: no spec of a pod, no data of a Secret', async () => {
  const secret = { metadata: { name: 'keys', namespace: 'team-a' }, data: { KEY: 'c2VjcmV0' } };
  const pod = { ...aPod('p', {}), spec: { containers: [{ name: 'x', env: [{ name: 'KEY', value: 'c2VjcmV0' }] }] } };
  const { caches, stop } = await startCaches([
    [secrets, secret],
    [pods, pod],
  ]);
  assert.equal(caches.secrets.store.has('team-a/keys'), true);
  assert.ok(!JSON.stringify([caches.secrets.store.list(), caches.pods.store.list()]).includes('c2VjcmV0'));
  await stop();
});
