import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { aServingPod, aVerifiedServer, aVerifiedSnapshot } from '../../test/support/verified-snapshots.ts';
import type { MCPServerSpec } from '../api/v1alpha1/mcp-server.ts';
import { assignmentFor, millisecondsOf } from './targets.ts';

const verify = { interval: '30s', timeout: '5s' };
const auth = { secretKeyRef: { name: 'login', key: 'token' } };
const { health } = aVerifiedServer().spec;

function assignment(spec: Partial<MCPServerSpec>, pods = [aServingPod('a')], tokenVersion?: string) {
  return assignmentFor(aVerifiedSnapshot({ server: aVerifiedServer(spec), pods }), tokenVersion);
}

describe('how a server is spoken to', () => {
  test('as its spec says, by the name of its Service', () => {
    const found = assignment({ path: '/sse', transport: 'SSE', port: 3000, verify: { interval: '1m', timeout: '2s' } });
    assert.deepEqual(found?.settings, {
      path: '/sse',
      transport: 'SSE',
      host: 'weather.team-a.svc:3000',
      intervalMs: 60_000,
      timeoutMs: 2_000,
      healthPath: undefined,
      credentials: undefined,
    });
  });

  test('the health path is looked at for Auto alone', () => {
    const pathFor = (type: MCPServerSpec['health']['type']) =>
      assignment({ health: { ...health, type, path: '/up' } })?.settings.healthPath;
    assert.deepEqual((['Auto', 'HTTP', 'TCP', 'MCP'] as const).map(pathFor), ['/up', undefined, undefined, undefined]);
  });

  test('not at all when that is disabled', () => {
    assert.equal(assignment({ verify: { ...verify, disabled: true } }), undefined);
  });

  test('not at all on its way out', () => {
    const server = aVerifiedServer();
    const leaving = { ...server, metadata: { ...server.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    assert.equal(assignmentFor(aVerifiedSnapshot({ server: leaving }), undefined), undefined);
  });

  test('another token, another key or another Secret is another credential', () => {
    const credentials = (name: string, key: string, version: string) =>
      assignment({ verify: { ...verify, auth: { secretKeyRef: { name, key } } } }, [], version)?.settings.credentials;
    const all = [
      credentials('login', 'token', '1'),
      credentials('login', 'token', '2'),
      credentials('login', 'other', '1'),
      credentials('next', 'token', '1'),
    ];
    assert.equal(new Set(all).size, 4);
    assert.equal(credentials('login', 'token', '1'), all[0]);
  });

  test('no Secret, no credentials', () => {
    assert.equal(assignment({ verify: { ...verify, auth } }, [], undefined)?.settings.credentials, undefined);
    assert.equal(assignment({}, [], '7')?.settings.credentials, undefined);
  });
});

describe('which pods', () => {
  const names = (...pods: ReturnType<typeof aServingPod>[]) => assignment({}, pods)?.targets.map(({ pod }) => pod);

  test('one that runs, whole', () => {
    assert.deepEqual(assignment({}, [aServingPod('a', { template: 't1', image: 'i:2', port: 81 })])?.targets, [
      { uid: 'uid-a', namespace: 'team-a', pod: 'a', address: '10.0.0.7', port: 81, template: 't1', image: 'i:2 t1' },
    ]);
  });

  test('two servers of one image, by their arguments, are not taken for one: what is learnt of each holds for it alone', () => {
    const pods = [
      aServingPod('a', { template: 't1', image: 'i:2' }),
      aServingPod('b', { template: 't2', image: 'i:2' }),
    ];
    const images = assignment({}, pods)?.targets.map(({ image }) => image);
    assert.equal(new Set(images).size, 2);
  });

  test('one that is not ready too: whether it may become so is the question', () => {
    assert.deepEqual(names(aServingPod('a', { ready: false }), aServingPod('b', { gate: 'False' })), ['a', 'b']);
  });

  test('not one without an address, without a running container, or on its way out', () => {
    const pods = [
      aServingPod('a', { address: null }),
      aServingPod('b', { waiting: true }),
      aServingPod('c', { deleted: true }),
    ];
    assert.deepEqual(names(...pods), []);
  });

  test('not one that only has the container of somebody else', () => {
    const pod = aServingPod('a');
    const containers = [{ name: 'sidecar', ports: [{ name: 'http', containerPort: 80 }] }];
    assert.deepEqual(names({ ...pod, spec: { containers } }), []);
    assert.deepEqual(names({ ...pod, status: { ...pod.status, containerStatuses: [] } }), []);
  });

  test('each on the port of its own template, while a change of the port rolls out', () => {
    const pods = [aServingPod('a', { port: 8080 }), aServingPod('b', { port: 9090 })];
    assert.deepEqual(
      assignment({ port: 9090 }, pods)?.targets.map(({ port }) => port),
      [8080, 9090],
    );
  });

  test('no replicas: none, and the server is followed all the same', () => {
    assert.deepEqual(assignment({ replicas: 0 }, [])?.targets, []);
  });
});

describe('millisecondsOf', () => {
  const rows: Readonly<Record<string, number>> = {
    '30s': 30_000,
    '5s': 5_000,
    '100ms': 100,
    '1m30s': 90_000,
    '24h': 86_400_000,
    '1h1m1s1ms': 3_661_001,
    '7.5s': 7_500,
    '0.5m': 30_000,
    // The unit before the number's own: not one minute and an s.
    '1ms': 1,
  };
  for (const [text, ms] of Object.entries(rows)) test(text, () => assert.equal(millisecondsOf(text), ms));

  test('any sum of whole units', () => {
    const part = fc.integer({ min: 0, max: 500 });
    fc.assert(
      fc.property(part, part, part, part, (h, m, s, ms) => {
        assert.equal(millisecondsOf(`${h}h${m}m${s}s${ms}ms`), ((h * 60 + m) * 60 + s) * 1_000 + ms);
      }),
    );
  });
});
