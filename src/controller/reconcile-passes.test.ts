import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createStage, type Stage } from '../../test/support/reconcile-stage.ts';
import { aLiveDeployment, aRunningSnapshot, aSnapshot } from '../../test/support/snapshots.ts';
import { ApiError } from '../runtime/errors.ts';
import { deployments, mcpServers, services } from './resources.ts';
import { statusOf } from './status.ts';

/** What several passes do together: what one has written or learnt, the next must know. */

const KEY = 'team-a/weather';
const makeService = 'apply Service: only version 1';
const makeDeployment = 'apply Deployment: only version 1';
const setDeployment = 'apply Deployment: only uid-deployment, force';
const setStatus = 'apply MCPServer/status: only as seen, only uid-1, force';
const silence = { requests: [], events: [], creationErrors: [], againAfter: undefined, thrown: undefined };

function settledStage(): Stage {
  const snapshot = aRunningSnapshot();
  return createStage({ snapshot: { ...snapshot, server: { ...snapshot.server, status: statusOf(snapshot) } } });
}

function readyOf(stage: Stage): string | undefined {
  const { conditions } = stage.client.stored(mcpServers, KEY)?.status ?? {};
  return conditions?.find(({ type }) => type === 'Ready')?.reason;
}

describe('read your own writes', () => {
  test('no request from caches that have not seen the last pass', async () => {
    const stage = createStage({ snapshot: aSnapshot() });
    assert.deepEqual((await stage.pass()).requests, [makeService, makeDeployment, setStatus]);
    for (let i = 0; i < 3; i += 1) {
      assert.deepEqual(await stage.pass(), { ...silence, againAfter: 1, status: 'Pending Starting' });
    }
    stage.sync();
    assert.deepEqual(await stage.pass(), { ...silence, status: 'Pending Starting' });
  });

  test('what a failed pass has written counts too', async () => {
    const broken = new ApiError('ServerError', 'etcdserver: request timed out', { status: 500 });
    const stage = createStage({ snapshot: aSnapshot(), answers: { [makeDeployment]: [broken] } });
    assert.equal((await stage.pass()).thrown, 'ServerError');
    assert.deepEqual((await stage.pass()).requests, [], 'the Service is not in the cache yet');
    stage.sync();
    assert.deepEqual((await stage.pass()).requests, [makeDeployment, setStatus]);
  });

  test('a settled server costs no request, however often it is looked at', async () => {
    const stage = settledStage();
    for (let i = 0; i < 10; i += 1) {
      await stage.clock.advance(600_000);
      assert.deepEqual(await stage.pass(), { ...silence, status: 'Running Ready' });
      stage.sync();
    }
  });
});

describe('a whole life', () => {
  test('a new server costs three writes, and one more when it runs; no event is worth while', async () => {
    const stage = createStage({ snapshot: aSnapshot() });
    const events = [...(await stage.pass()).events];
    stage.sync();
    const made = stage.client.stored(deployments, KEY);
    assert.ok(made !== undefined);
    const status = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, unavailableReplicas: 2 };
    stage.client.put(deployments, KEY, { ...made, ...{ status } });
    stage.sync();
    events.push(...(await stage.pass()).events);
    stage.client.put(deployments, KEY, { ...made, ...{ status: { ...status, availableReplicas: 2 } } });
    stage.sync();
    const last = await stage.pass();
    assert.equal(last.status, 'Running Ready');
    assert.deepEqual([...events, ...last.events], []);
    assert.deepEqual(stage.client.requests, [makeService, makeDeployment, setStatus, setStatus]);
  });
});

describe('a refusal', () => {
  const full = new ApiError('Forbidden', 'x is forbidden: exceeded quota: q', { status: 403 });

  test('is tried again when its time has come, not before, ever more rarely, and heals', async () => {
    const stage = createStage({ snapshot: aSnapshot(), answers: { [makeService]: [full, full] } });
    assert.equal((await stage.pass()).againAfter, 10);
    stage.sync();

    await stage.clock.advance(4_000);
    assert.deepEqual(await stage.pass(), { ...silence, againAfter: 6, status: 'Failed QuotaExceeded' });

    await stage.clock.advance(6_000);
    const second = await stage.pass();
    assert.deepEqual([second.requests, second.againAfter, second.events], [[makeService], 20, []]);

    await stage.clock.advance(20_000);
    stage.sync();
    const third = await stage.pass();
    assert.deepEqual(third.requests, [makeService, makeDeployment, setStatus]);
    assert.equal(third.againAfter, undefined);
    assert.equal(third.status, 'Pending Starting');
  });

  test('of the Deployment: the next try begins with it, so that no Service comes and goes', async () => {
    const stage = createStage({ snapshot: aSnapshot(), answers: { [makeDeployment]: [full, full] } });
    await stage.pass();
    stage.sync();
    await stage.clock.advance(10_000);
    assert.deepEqual((await stage.pass()).requests, [makeDeployment]);
    stage.sync();
    await stage.clock.advance(20_000);
    assert.deepEqual((await stage.pass()).requests, [makeDeployment, makeService, setStatus]);
  });

  test('by a stranger ends when the stranger goes', async () => {
    const theirs = aLiveDeployment(undefined, {}, { uid: 'uid-stranger', ownerReferences: [], labels: {} });
    const stage = createStage({ snapshot: aSnapshot(), hidden: [[deployments, theirs]] });
    assert.equal((await stage.pass()).status, 'Failed ForeignObject');
    stage.sync();
    stage.client.put(deployments, KEY, undefined);
    stage.sync();
    await stage.clock.advance(10_000);
    assert.deepEqual((await stage.pass()).requests, [makeDeployment, makeService, setStatus]);
    assert.equal(readyOf(stage), 'Starting');
  });

  test('of a wish that something else holds up by now wakes nobody', async () => {
    const snapshot = aSnapshot();
    const stage = createStage({ snapshot, answers: { [makeService]: [full] } });
    await stage.pass();
    stage.sync();
    const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    stage.client.put(deployments, KEY, aLiveDeployment(snapshot.server, {}, leaving));
    stage.client.put(services, KEY, undefined);
    stage.sync();
    await stage.clock.advance(10_000);
    await stage.pass();
    stage.sync();
    assert.equal((await stage.pass()).againAfter, undefined);
  });
});

describe('a fight over a field', () => {
  /** Somebody sets the replicas, and the caches see it. */
  function interfere(stage: Stage): void {
    const made = stage.client.stored(deployments, KEY);
    assert.ok(made !== undefined);
    stage.client.put(deployments, KEY, { ...made, ...{ spec: { ...made.spec, replicas: 9 } } });
    stage.sync();
  }

  async function fight(stage: Stage, rounds: number): Promise<void> {
    for (let i = 0; i < rounds; i += 1) {
      interfere(stage);
      assert.deepEqual(await stage.pass(), {
        ...silence,
        requests: [setDeployment],
        events: ['Normal Restored'],
        status: 'Running Ready',
      });
    }
  }

  test('is put right at once five times; then it is told, and tried ever more rarely', async () => {
    const stage = settledStage();
    await fight(stage, 5);
    interfere(stage);
    const sixth = await stage.pass();
    assert.deepEqual(sixth.requests, [setDeployment, setStatus]);
    assert.deepEqual(sixth.events, ['Normal Restored', 'Warning Overridden']);
    assert.deepEqual([sixth.status, sixth.againAfter], ['Running Overridden', 10]);

    interfere(stage);
    assert.deepEqual(await stage.pass(), { ...silence, againAfter: 10, status: 'Running Overridden' });

    for (const [wait, next] of [
      [10, 20],
      [20, 40],
      [40, 80],
      [80, 160],
      [160, 300],
      [300, 300],
    ] as const) {
      await stage.clock.advance(wait * 1000);
      const { requests, againAfter, status } = await stage.pass();
      assert.deepEqual(
        { requests, againAfter, status },
        { requests: [setDeployment], againAfter: next, status: 'Running Overridden' },
      );
      interfere(stage);
    }
  });

  test('that the other side gives up is over at the next look, and wakes nobody after that', async () => {
    const stage = settledStage();
    await fight(stage, 5);
    interfere(stage);
    await stage.pass();
    stage.sync();
    await stage.clock.advance(10_000);
    assert.deepEqual(await stage.pass(), {
      ...silence,
      requests: [setStatus],
      events: ['Normal Recovered'],
      status: 'Running Ready',
    });
    stage.sync();
    assert.deepEqual(await stage.pass(), { ...silence, status: 'Running Ready' });
  });

  test('that is really an administrator at work is no fight', async () => {
    const stage = settledStage();
    for (let i = 0; i < 20; i += 1) {
      await fight(stage, 1);
      await stage.clock.advance(15_000);
    }
  });
});

describe('a server that is deleted in the middle of a pass', () => {
  test('is no error, and nothing is announced of it', async () => {
    const gone = new ApiError('NotFound', 'mcpservers.mcp.mcp.dev "weather" not found', { status: 404 });
    const snapshot = aSnapshot({ secretExists: false });
    const stage = createStage({ snapshot, answers: { [setStatus]: [gone] } });
    const { thrown, events, requests } = await stage.pass();
    assert.equal(thrown, undefined);
    assert.deepEqual(events, []);
    assert.equal(requests.at(-1), setStatus);
  });

  test('is not made children for again and again while the watch does not tell: the garbage collector takes them', async () => {
    const gone = new ApiError('NotFound', 'mcpservers.mcp.mcp.dev "weather" not found', { status: 404 });
    const stage = createStage({ snapshot: aSnapshot(), answers: { [setStatus]: [gone] } });
    assert.equal((await stage.pass()).requests.length, 3);
    for (const resource of [deployments, services]) stage.client.put(resource, 'team-a/weather', undefined);
    stage.sync();
    assert.deepEqual(await stage.pass(), { ...silence, againAfter: 10, status: 'none' });
    await stage.clock.advance(10_000);
    assert.equal((await stage.pass()).requests.length, 3);
  });
});
