import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { type AnyInformer, checkSynced, checkWatches, createCaches } from './caches.ts';

/** An informer that syncs, ends and hears when the test says so. */
function createInformer(plural: string) {
  const sync = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const state = { started: false, synced: false, heardAt: 0, signal: undefined as AbortSignal | undefined };
  const informer: AnyInformer = {
    resource: { group: plural === 'pods' ? '' : 'apps', version: 'v1', kind: 'K', plural, namespaced: true, verbs: [] },
    start(signal) {
      state.started = true;
      state.signal = signal;
      return end.promise;
    },
    synced: () => sync.promise,
    hasSynced: () => state.synced,
    lastHeard: () => state.heardAt,
  };
  return {
    informer,
    state,
    end: end.resolve,
    fail: sync.reject,
    sync() {
      state.synced = true;
      sync.resolve();
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('caches', () => {
  test('are started together, and up when all are synced', async () => {
    const pods = createInformer('pods');
    const deployments = createInformer('deployments');
    const caches = createCaches([pods.informer, deployments.informer]);
    let up = false;
    void Promise.resolve(caches.start(new AbortController().signal)).then(() => {
      up = true;
    });
    assert.deepEqual([pods.state.started, deployments.state.started], [true, true]);
    pods.sync();
    await turn();
    assert.equal(up, false);
    deployments.sync();
    await turn();
    assert.equal(up, true);
  });

  test('stop when their watches have ended', async () => {
    const pods = createInformer('pods');
    const caches = createCaches([pods.informer]);
    pods.sync();
    await caches.start(new AbortController().signal);
    assert.equal(pods.state.signal?.aborted, false);
    let stopped = false;
    const stopping = Promise.resolve(caches.stop?.({ clean: true })).then(() => {
      stopped = true;
    });
    await turn();
    assert.deepEqual([pods.state.signal?.aborted, stopped], [true, false]);
    pods.end();
    await stopping;
  });

  test('end when everything is given up', () => {
    const pods = createInformer('pods');
    const giveUp = new AbortController();
    void createCaches([pods.informer]).start(giveUp.signal);
    giveUp.abort();
    assert.equal(pods.state.signal?.aborted, true);
  });

  test('do not start when one of them is stopped before', async () => {
    const pods = createInformer('pods');
    const starting = createCaches([pods.informer]).start(new AbortController().signal);
    pods.fail(new Error('stopped before synced'));
    await assert.rejects(async () => starting, /stopped before synced/);
  });
});

describe('readiness of the caches', () => {
  test('names the ones that are missing', () => {
    const pods = createInformer('pods');
    const deployments = createInformer('deployments');
    const check = checkSynced([pods.informer, deployments.informer]);
    assert.equal(check(), 'waiting for the list of pods, deployments.apps');
    pods.sync();
    assert.equal(check(), 'waiting for the list of deployments.apps');
    deployments.sync();
    assert.equal(check(), undefined);
  });
});

describe('readiness of the caches, when one cannot be watched', () => {
  test('says why, and that there is more, as long as it is missing', () => {
    const informers = ['pods', 'deployments', 'replicasets'].map(createInformer);
    const [pods] = informers;
    const troubles = new Map([
      ['pods', new Error('cannot watch pods: no right, Bearer abcdef0123456789')],
      ['deployments', new Error('cannot watch deployments')],
    ]);
    const check = checkSynced(
      informers.map(({ informer }) => informer),
      ({ plural }) => troubles.get(plural),
    );
    const waiting = 'waiting for the list of pods, deployments.apps, replicasets.apps';
    const more = '(and 1 more of the like: see the log)';
    assert.equal(check(), `${waiting}: cannot watch pods: no right, Bearer [redacted] ${more}`);
    pods?.sync();
    assert.equal(check(), 'waiting for the list of deployments.apps, replicasets.apps: cannot watch deployments');
    troubles.clear();
    assert.equal(check(), 'waiting for the list of deployments.apps, replicasets.apps');
  });
});

describe('liveness of the watches', () => {
  test('fails when one has heard nothing for 15 minutes, and names it', async () => {
    const clock = createFakeClock();
    const pods = createInformer('pods');
    const deployments = createInformer('deployments');
    for (const each of [pods, deployments]) each.sync();
    const check = checkWatches([pods.informer, deployments.informer], clock);
    await clock.advance(900_000);
    assert.equal(check(), undefined);
    pods.state.heardAt = clock.monotonic();
    await clock.advance(1);
    assert.equal(check(), 'nothing was heard about deployments.apps for more than 15 minutes');
    deployments.state.heardAt = clock.monotonic();
    assert.equal(check(), undefined);
  });

  test('does not care about caches that were never synced: a restart would not help', async () => {
    const clock = createFakeClock();
    const pods = createInformer('pods');
    await clock.advance(10_000_000);
    assert.equal(checkWatches([pods.informer], clock)(), undefined);
  });
});
