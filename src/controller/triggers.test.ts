import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LiveCaches, startCaches } from '../../test/support/live-caches.ts';
import { aLiveDeployment, aLiveService, aPod, aServer, replicaOf } from '../../test/support/snapshots.ts';
import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import type { KubeObject } from '../runtime/object.ts';
import type { Resource } from '../runtime/resource.ts';
import { deployments, mcpServers, namespaces, pods, secrets, services } from './resources.ts';
import { connectTriggers } from './triggers.ts';

function named(name: string, namespace = 'team-a', secretName?: string): MCPServer {
  const server = aServer(secretName === undefined ? {} : { secretName });
  return { ...server, metadata: { ...server.metadata, name, namespace, uid: `uid-${name}` } };
}

const server = aServer({ secretName: 'keys' });
const deployment = aLiveDeployment(server);
const service = aLiveService(server);
const pod: KubeObject = {
  ...aPod('weather-1', { running: {} }),
  metadata: { name: 'weather-1', namespace: 'team-a', ...replicaOf('weather') },
};
const secret: KubeObject = { metadata: { name: 'keys', namespace: 'team-a' } };
const namespace: KubeObject = { metadata: { name: 'team-a' } };
const withMeta = (object: KubeObject, metadata: object): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...metadata },
});

/** What is there at first, and beside it: servers that nothing here is about. */
const everything: readonly (readonly [Resource, KubeObject])[] = [
  [mcpServers, server],
  [mcpServers, named('neighbour')],
  [mcpServers, named('weather', 'team-b', 'keys')],
  [deployments, deployment],
  [services, service],
  [pods, pod],
  [secrets, secret],
  [namespaces, namespace],
];

interface Row {
  readonly name: string;
  readonly change: (live: LiveCaches['collections']) => Promise<void>;
  /** `key why` of each call, in order. */
  readonly wanted: readonly string[];
}

const rows: readonly Row[] = [
  {
    name: 'a new server',
    change: (live) => live.put(mcpServers, named('new')),
    wanted: ['team-a/new add'],
  },
  {
    name: 'a changed server',
    change: (live) => live.put(mcpServers, aServer({ replicas: 5 })),
    wanted: ['team-a/weather update'],
  },
  {
    name: 'a deleted server: there is nothing to do',
    change: (live) => live.remove(mcpServers, 'team-a/weather'),
    wanted: [],
  },
  {
    name: 'a changed Deployment',
    change: (live) => live.put(deployments, deployment),
    wanted: ['team-a/weather update'],
  },
  {
    name: 'a deleted Deployment',
    change: (live) => live.remove(deployments, 'team-a/weather'),
    wanted: ['team-a/weather delete'],
  },
  { name: 'a changed Service', change: (live) => live.put(services, service), wanted: ['team-a/weather update'] },
  {
    name: 'an orphan wakes the server that its label names',
    change: (live) => live.put(services, withMeta(service, { ownerReferences: [] })),
    wanted: ['team-a/weather update'],
  },
  {
    name: "a stranger's with our label wakes the server whose name it takes",
    change: (live) =>
      live.put(
        services,
        withMeta(service, {
          ownerReferences: [{ apiVersion: 'v1', kind: 'Whatever', name: 'x', uid: 'x', controller: true }],
        }),
      ),
    wanted: ['team-a/weather update'],
  },
  {
    name: 'a child without owner or label is nobody’s',
    change: (live) => live.put(services, { metadata: { name: 'stray', namespace: 'team-a' } }),
    wanted: [],
  },
  {
    name: 'a new pod',
    change: (live) => live.put(pods, withMeta(pod, { name: 'weather-2' })),
    wanted: ['team-a/weather add'],
  },
  {
    name: 'a deleted pod',
    change: (live) => live.remove(pods, 'team-a/weather-1'),
    wanted: ['team-a/weather delete'],
  },
  {
    name: 'a pod that is told to stop',
    change: (live) => live.put(pods, withMeta(pod, { deletionTimestamp: '2026-01-01T00:00:00Z' })),
    wanted: ['team-a/weather update'],
  },
  {
    name: 'a pod that fails',
    change: (live) => live.put(pods, { ...pod, ...{ status: { phase: 'Failed' } } }),
    wanted: ['team-a/weather update'],
  },
  {
    name: 'a pod whose change nothing reads',
    change: (live) => live.put(pods, { ...withMeta(pod, { annotations: { a: 'b' } }), ...{ spec: { nodeName: 'n' } } }),
    wanted: [],
  },
  {
    name: 'a new Secret wakes who names it, in its namespace',
    change: async (live) => {
      await live.remove(secrets, 'team-a/keys');
      await live.put(secrets, secret);
    },
    wanted: ['team-a/weather delete', 'team-a/weather add'],
  },
  {
    name: 'a Secret of the same name elsewhere wakes who names it there',
    change: (live) => live.put(secrets, withMeta(secret, { namespace: 'team-b' })),
    wanted: ['team-b/weather add'],
  },
  {
    name: 'a Secret that nobody names',
    change: (live) => live.put(secrets, withMeta(secret, { name: 'x' })),
    wanted: [],
  },
  { name: 'a changed Secret: its values are not looked at', change: (live) => live.put(secrets, secret), wanted: [] },
  {
    name: 'a changed token wakes who sends it, and nobody who only has that Secret in its pods',
    change: async (live) => {
      const auth = { secretKeyRef: { name: 'keys', key: 'token' } };
      const verify = { interval: '30s', timeout: '5s', auth };
      await live.put(mcpServers, withMeta(aServer({ verify }), { name: 'walled', uid: 'uid-walled' }));
      await live.put(secrets, withMeta(secret, { annotations: { rotated: 'yes' } }));
    },
    wanted: ['team-a/walled add', 'team-a/walled update'],
  },
  {
    name: 'a token that goes and comes wakes who sends it',
    change: async (live) => {
      const auth = { secretKeyRef: { name: 'token', key: 'token' } };
      const verify = { interval: '30s', timeout: '5s', auth };
      await live.put(mcpServers, withMeta(aServer({ verify }), { name: 'walled', uid: 'uid-walled' }));
      await live.put(secrets, withMeta(secret, { name: 'token' }));
      await live.remove(secrets, 'team-a/token');
    },
    wanted: ['team-a/walled add', 'team-a/walled add', 'team-a/walled delete'],
  },
  {
    name: 'a pod that gets an address, or whose gate is set',
    change: (live) => live.put(pods, { ...pod, ...{ status: { phase: 'Running', podIP: '10.0.0.9' } } }),
    wanted: ['team-a/weather update'],
  },
  {
    name: 'a namespace that becomes restricted wakes all servers in it',
    change: (live) =>
      live.put(namespaces, withMeta(namespace, { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } })),
    wanted: ['team-a/neighbour update', 'team-a/weather update'],
  },
  {
    name: 'a namespace whose change nothing reads',
    change: (live) => live.put(namespaces, withMeta(namespace, { labels: { team: 'blue' } })),
    wanted: [],
  },
];

describe('what is looked at again', () => {
  for (const { name, change, wanted } of rows) {
    test(name, async () => {
      const { caches, collections, stop } = await startCaches(everything);
      const calls: string[] = [];
      connectTriggers(caches, (key, why) => void calls.push(`${key} ${why}`));
      calls.splice(0);
      await change(collections);
      await stop();
      assert.deepEqual(calls.sort(byKeyOnly), wanted);
    });
  }

  test('at the start: each server once, whatever else is there', async () => {
    const { caches, stop } = await startCaches(everything);
    const calls: string[] = [];
    connectTriggers(caches, (key, why) => void calls.push(`${key} ${why}`));
    await stop();
    assert.deepEqual(calls.sort(), ['team-a/neighbour sync', 'team-a/weather sync', 'team-b/weather sync']);
  });
});

/** By key alone, for the order of servers in an index is nobody's business, but that of events is. */
function byKeyOnly(a: string, b: string): number {
  const [left = '', right = ''] = [a.split(' ')[0], b.split(' ')[0]];
  return left < right ? -1 : left > right ? 1 : 0;
}
