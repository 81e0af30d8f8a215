import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tool } from '../../test/support/probe-results.ts';
import { createStage, type StageOptions } from '../../test/support/reconcile-stage.ts';
import { aLiveService, NOW } from '../../test/support/snapshots.ts';
import {
  aServingPod,
  aVerifiedServer,
  aVerifiedSnapshot,
  failureOf,
  reportOn,
} from '../../test/support/verified-snapshots.ts';
import { summarise } from '../mcp/tools.ts';
import { ApiError } from '../runtime/errors.ts';
import type { KubeObject } from '../runtime/object.ts';
import { mcpServers, type Pod, pods } from './resources.ts';
import type { Snapshot } from './snapshot.ts';
import { statusOf } from './status.ts';
import { wishFor } from './wishes.ts';

/** Each test lists every request of one pass. */

const { health } = aVerifiedServer().spec;
const setStatus = 'apply MCPServer/status: only as seen, only uid-1, force';
const gate = (pod: string) => `apply Pod/status: only uid-${pod}, force`;
const offering = (...names: string[]) => ({ tools: summarise(names.map((name) => tool(name))) });

/** The same world when its children are as they are wished for, and its status has been shown. */
function settled(snapshot: Snapshot): Snapshot {
  const Service = { ...aLiveService(snapshot.server), ...wishFor(snapshot, 'Service') } as ReturnType<
    typeof aLiveService
  >;
  const metadata = { ...Service.metadata, uid: 'uid-service', resourceVersion: '201' };
  const live = snapshot.children.Deployment;
  const wish = wishFor(snapshot, 'Deployment');
  const Deployment =
    live === undefined
      ? undefined
      : {
          ...live,
          ...wish,
          metadata: { ...wish.metadata, uid: 'uid-deployment', resourceVersion: '200', generation: 1 },
        };
  const children = { Deployment: Deployment as typeof live, Service: { ...Service, metadata } };
  const world = { ...snapshot, children };
  return { ...world, server: { ...world.server, status: statusOf(world) } };
}

const gated = (open: 'True' | 'False' | 'unset') => ({
  server: aVerifiedServer({ health: { ...health, type: 'MCP' } }),
  pods: [aServingPod('a', { gate: open }), aServingPod('b', { gate: open })],
});

function stageOf(snapshot: Snapshot, answers: StageOptions['answers'] = {}) {
  // The API server merges conditions by their type.
  const merged = snapshot.pods.map((pod) => [
    gate(pod.metadata.name),
    [
      (object: KubeObject) => {
        const [set] = (object as Pod).status?.conditions ?? [];
        const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== set?.type);
        return { ...pod, status: { ...pod.status, conditions: [...others, set] } } as KubeObject;
      },
    ],
  ]);
  const hidden = snapshot.pods.map((pod) => [pods, pod] as const);
  return createStage({ snapshot, hidden, answers: { ...Object.fromEntries(merged), ...answers } });
}

describe('one pass', () => {
  test('a settled server: nothing', async () => {
    const { requests, events } = await stageOf(settled(aVerifiedSnapshot())).pass();
    assert.deepEqual([requests, events], [[], []]);
  });

  test('an operator that has yet to ask: nothing', async () => {
    const world = settled(aVerifiedSnapshot(gated('True')));
    const { requests, events } = await stageOf({ ...world, reports: [] }).pass();
    assert.deepEqual([requests, events], [[], []]);
  });

  test('a pod that fails: its gate first, for clients depend on it, and then the status', async () => {
    const world = settled(aVerifiedSnapshot(gated('True')));
    const { requests, events } = await stageOf({ ...world, reports: [reportOn('a'), failureOf('b')] }).pass();
    assert.deepEqual(requests, [gate('b'), setStatus]);
    assert.deepEqual(events, ['Warning HandshakeTimeout']);
  });

  test('a gate that cannot be written: nothing is shown that is not so', async () => {
    const world = settled(aVerifiedSnapshot(gated('True')));
    const answers = { [gate('b')]: [new ApiError('ServerError', 'etcdserver: request timed out', { status: 500 })] };
    const stage = stageOf({ ...world, reports: [reportOn('a'), failureOf('b')] }, answers);
    const { requests, thrown } = await stage.pass();
    assert.deepEqual([requests, thrown], [[gate('b')], 'ServerError']);
  });

  test('a gate of a pod that is said to be gone is tried again, should the watch not say so too', async () => {
    const gone = new ApiError('NotFound', 'pods "b" not found', { status: 404 });
    const world = settled(aVerifiedSnapshot(gated('True')));
    const stage = stageOf({ ...world, reports: [reportOn('a'), failureOf('b')] }, { [gate('b')]: [gone] });
    const first = await stage.pass();
    assert.deepEqual([first.requests, first.thrown, first.againAfter], [[gate('b'), setStatus], undefined, 10]);
    stage.sync();
    const second = await stage.pass();
    assert.deepEqual([second.requests[0], second.againAfter], [gate('b'), undefined]);
  });

  describe('without the right to set gates', () => {
    const forbidden = new ApiError(
      'Forbidden',
      'pods "b" is forbidden: User "op" cannot patch resource "pods/status" in API group "" in the namespace "team-a"',
      { status: 403 },
    );
    const world = settled(aVerifiedSnapshot(gated('True')));
    const failing = { ...world, reports: [reportOn('a'), failureOf('b')] };

    test('it is told, with the verb and the resource, once; what else there is to do is done', async () => {
      const stage = stageOf(failing, { [gate('b')]: [forbidden, forbidden] });
      const first = await stage.pass();
      assert.deepEqual([first.requests, first.thrown], [[gate('b'), setStatus], undefined]);
      assert.deepEqual(first.events, ['Warning Forbidden', 'Warning HandshakeTimeout']);
      assert.equal(first.againAfter, 10);
      const told = stage.client.stored(mcpServers, 'team-a/weather')?.status?.conditions;
      const condition = told?.find(({ type }) => type === 'Accepted');
      assert.deepEqual([condition?.status, condition?.reason], ['False', 'Forbidden']);
      assert.match(
        condition?.message ?? '',
        /cannot patch resource "pods\/status".*Install the operator's roles again/,
      );

      stage.sync();
      await stage.clock.advance(9_000);
      const soon = await stage.pass();
      assert.deepEqual([soon.requests, soon.events], [[], []], 'and not tried before its time');
      await stage.clock.advance(1_000);
      const second = await stage.pass();
      assert.deepEqual([second.requests, second.events, second.againAfter], [[gate('b')], [], 20]);
    });

    test('it heals by itself', async () => {
      const stage = stageOf(failing, { [gate('b')]: [forbidden] });
      await stage.pass();
      stage.sync();
      await stage.clock.advance(10_000);
      const { requests, againAfter } = await stage.pass();
      assert.deepEqual([requests, againAfter], [[gate('b'), setStatus], undefined]);
      const told = stage.client.stored(mcpServers, 'team-a/weather')?.status?.conditions;
      assert.equal(told?.find(({ type }) => type === 'Accepted')?.status, 'True');
    });

    test('another gate to set is tried at once', async () => {
      const refusal = { reason: 'Forbidden', message: '', hash: 'uid-a=true', retryAt: NOW + 9_000, times: 3 } as const;
      const { requests } = await stageOf({ ...failing, refusals: { Gate: refusal } }).pass();
      assert.deepEqual(requests, [gate('b'), setStatus]);
    });

    test('a gate that need not be set any more is no objection', async () => {
      const refusal = {
        reason: 'Forbidden',
        message: '',
        hash: 'uid-b=false',
        retryAt: NOW + 9_000,
        times: 3,
      } as const;
      const { requests, againAfter } = await stageOf({ ...world, refusals: { Gate: refusal } }).pass();
      assert.deepEqual([requests, againAfter], [[], undefined]);
    });
  });

  test('sessions are handed out: the Service is changed, and no pod is', async () => {
    const stateless = { server: { ...reportOn('a').server, stateful: false } } as Parameters<typeof reportOn>[1];
    const world = settled(aVerifiedSnapshot({ reports: [reportOn('a', stateless), reportOn('b', stateless)] }));
    const { requests } = await stageOf({ ...world, reports: [reportOn('a'), reportOn('b')] }).pass();
    assert.deepEqual(requests, ['apply Service: only uid-service, force', setStatus]);
  });
});

describe('tools that change', () => {
  const before = settled(aVerifiedSnapshot({ reports: [reportOn('a', offering('x')), reportOn('b', offering('x'))] }));
  const reports = [reportOn('a', offering('y')), reportOn('b', offering('y'))];

  test('are told with the status that shows them, once', async () => {
    const stage = stageOf({ ...before, reports });
    const first = await stage.pass();
    assert.deepEqual([first.requests, first.events], [[setStatus], ['Warning ToolsChanged']]);
    stage.sync();
    const second = await stage.pass();
    assert.deepEqual([second.requests, second.events], [[], []]);
  });

  test('are not told when the status could not be written, but the next time', async () => {
    const answers = { [setStatus]: [new ApiError('Conflict', 'somebody was faster', { status: 409 })] };
    const stage = stageOf({ ...before, reports }, answers);
    assert.deepEqual((await stage.pass()).events, []);
    assert.deepEqual((await stage.pass()).events, ['Warning ToolsChanged']);
  });

  test('are not told at each pass while the status is not worth a write', async () => {
    // On its way up: what its pods tell is shown with the next thing that happens.
    const server = { ...before.server, spec: { ...before.server.spec, replicas: 3 } };
    const pending = settled({ ...before, server });
    const stage = stageOf({ ...pending, reports });
    assert.equal(pending.server.status?.phase, 'Pending');
    for (const _ of [1, 2, 3]) assert.deepEqual((await stage.pass()).events, []);
  });
});
