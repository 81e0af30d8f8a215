import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, test } from 'node:test';
import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import { createElection, type ElectionOptions } from './election.ts';
import { ApiError } from './errors.ts';
import { type Lease, leases } from './lease.ts';
import type { KubeObject } from './object.ts';
import type { StartError } from './start-error.ts';

/** One lease, as the API server keeps it, and a list of everything that was asked. */
function createServer() {
  let lease: Lease | undefined;
  let version = 0;
  const asked: string[] = [];
  /** Answers the next requests instead of the lease: throws, or hangs. */
  const instead: (() => Promise<never>)[] = [];
  async function serve<T extends KubeObject>(what: string, act: () => Lease): Promise<T> {
    asked.push(what);
    const fault = instead.shift();
    if (fault !== undefined) await fault();
    return act() as KubeObject as T;
  }
  function store(next: Lease): Lease {
    version += 1;
    lease = { ...next, metadata: { ...next.metadata, resourceVersion: String(version) } };
    return lease;
  }
  return {
    asked,
    instead,
    get: () => lease,
    put: store,
    client: {
      get: <T extends KubeObject>() =>
        serve<T>('get', () => {
          if (lease === undefined) throw new ApiError('NotFound', 'not found');
          return lease;
        }),
      create: <T extends KubeObject>(_resource: unknown, object: KubeObject) =>
        serve<T>('create', () => {
          if (lease !== undefined) throw new ApiError('AlreadyExists', 'exists');
          return store(object);
        }),
      update: <T extends KubeObject>(_resource: unknown, object: KubeObject) =>
        serve<T>('update', () => {
          if (lease?.metadata.resourceVersion !== object.metadata.resourceVersion) {
            throw new ApiError('Conflict', 'changed');
          }
          return store(object);
        }),
    },
  };
}

/** A candidate for the server's lease; `state` tells what it has been told. */
function createCandidate(
  server: ReturnType<typeof createServer>,
  clock: FakeClock,
  options: Partial<ElectionOptions> = {},
) {
  const log = createRecordedLog();
  const state = { started: false, lost: [] as StartError[], changes: [] as boolean[] };
  const giveUp = new AbortController();
  const election = createElection({
    client: server.client,
    namespace: 'ns',
    name: 'lease',
    identity: 'me',
    clock,
    log,
    onLost: (error) => state.lost.push(error),
    onChange: (leading) => state.changes.push(leading),
    random: () => 0,
    ...options,
  });
  const start = () => {
    void Promise.resolve(election.start(giveUp.signal)).then(() => {
      state.started = true;
    });
  };
  return { election, giveUp, log, start, state };
}

const hang = () => new Promise<never>(() => undefined);
const fail = (code: ConstructorParameters<typeof ApiError>[0]) => () => Promise.reject(new ApiError(code, code));
const held = (holderIdentity: string): Lease => ({
  metadata: { namespace: 'ns', name: 'lease' },
  spec: { holderIdentity, leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z', leaseTransitions: 4 },
});

describe('election: winning', () => {
  test('makes the lease and leads', async () => {
    const clock = createFakeClock();
    const server = createServer();
    const { election, log, start, state } = createCandidate(server, clock);
    assert.equal(election.isLeader(), false);
    start();
    await clock.advance(0);
    assert.deepEqual(server.asked, ['get', 'create']);
    assert.equal(election.isLeader(), true);
    assert.equal(state.started, true);
    assert.deepEqual(state.changes, [false, true]);
    assert.equal(server.get()?.spec?.holderIdentity, 'me');
    assert.equal(log.line('this process leads').fields.identity, 'me');
  });

  test('is named after the host and differs from every other process', () => {
    const names = [1, 2].map(() => {
      const options = { client: createServer().client, namespace: 'n', name: 'l', onLost: () => undefined };
      return createElection({ ...options, clock: createFakeClock(), log: createRecordedLog() }).identity;
    });
    assert.ok(names.every((name) => name.startsWith(`${hostname()}_`)));
    assert.notEqual(names[0], names[1]);
  });

  test('renews every two seconds with one request, and stays', async () => {
    const clock = createFakeClock();
    const server = createServer();
    const { election, start } = createCandidate(server, clock);
    start();
    await clock.advance(60_000);
    assert.equal(election.isLeader(), true);
    assert.deepEqual(server.asked.slice(2), Array(30).fill('update'));
    assert.equal(server.get()?.spec?.renewTime, '2026-01-01T00:01:00.000000Z');
    assert.equal(server.get()?.spec?.acquireTime, '2026-01-01T00:00:00.000000Z');
  });

  test('waits for a holder, says once for whom, and takes over when it falls silent', async () => {
    const clock = createFakeClock();
    const server = createServer();
    server.put(held('other'));
    const { election, log, start, state } = createCandidate(server, clock);
    start();
    await clock.advance(14_999);
    assert.equal(state.started, false);
    assert.equal(log.lines.filter(({ message }) => message === 'waiting for the lease').length, 1);
    assert.equal(log.line('waiting for the lease').fields.holder, 'other');
    await clock.advance(1);
    assert.equal(election.isLeader(), true);
    assert.equal(server.get()?.spec?.leaseTransitions, 5);
  });

  test('takes a lease that is given back within three seconds', async () => {
    const clock = createFakeClock();
    const server = createServer();
    server.put(held('other'));
    const { election, start } = createCandidate(server, clock, { random: () => 0.999 });
    start();
    await clock.advance(4_000);
    server.put(held(''));
    await clock.advance(3_000);
    assert.equal(election.isLeader(), true);
  });

  test('survives whatever goes wrong before, and complains once about each thing', async () => {
    const clock = createFakeClock();
    const server = createServer();
    server.instead.push(fail('Network'), fail('Network'), fail('Forbidden'), hang);
    const { election, log, start } = createCandidate(server, clock);
    start();
    await clock.advance(30_000);
    assert.equal(election.isLeader(), true);
    const complaints = log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.error);
    assert.deepEqual(
      complaints.map((error) => error instanceof ApiError && error.code),
      ['Network', 'Forbidden', 'Timeout'],
    );
  });

  test('goes on when another made the lease at the same moment', async () => {
    const clock = createFakeClock();
    const server = createServer();
    server.instead.push(fail('NotFound'));
    server.put(held('other'));
    const { election, start } = createCandidate(server, clock);
    start();
    await clock.advance(0);
    assert.deepEqual(server.asked, ['get', 'create']);
    assert.equal(election.isLeader(), false);
    await clock.advance(20_000);
    assert.equal(election.isLeader(), true);
  });

  test('of two candidates one leads, and the other after it', async () => {
    const clock = createFakeClock();
    const server = createServer();
    const one = createCandidate(server, clock, { identity: 'one' });
    const two = createCandidate(server, clock, { identity: 'two' });
    one.start();
    two.start();
    await clock.advance(10_000);
    assert.deepEqual([one.election.isLeader(), two.election.isLeader()], [true, false]);
    one.giveUp.abort();
    await clock.advance(17_400);
    assert.deepEqual([one.election.isLeader(), two.election.isLeader()], [false, true]);
  });
});

describe('election: losing', () => {
  /** A leader, one second after its first write. */
  async function createLeader() {
    const clock = createFakeClock();
    const server = createServer();
    const candidate = createCandidate(server, clock);
    candidate.start();
    await clock.advance(1_000);
    assert.equal(candidate.election.isLeader(), true);
    return { clock, server, ...candidate };
  }

  test('the fence shuts ten seconds after the last renewal, and the process is told', async () => {
    const { clock, election, server, state } = await createLeader();
    for (let each = 0; each < 20; each += 1) server.instead.push(fail('ServerError'));
    await clock.advance(8_999);
    assert.equal(election.isLeader(), true);
    assert.equal(state.lost.length, 0);
    await clock.advance(1);
    assert.equal(election.isLeader(), false);
    assert.equal(state.lost[0]?.code, 'LeaseLost');
    assert.match(state.lost[0]?.message ?? '', /the lease ns\/lease is lost: it /);
    assert.deepEqual(state.changes, [false, true, false]);
    const requests = server.asked.length;
    await clock.advance(60_000);
    assert.equal(server.asked.length, requests, 'it does not come back');
    assert.equal(state.lost.length, 1);
  });

  test('a renewal that hangs does not hold up the next one', async () => {
    const { clock, election, server } = await createLeader();
    server.instead.push(hang);
    await clock.advance(30_000);
    assert.equal(election.isLeader(), true);
  });

  test('renewals that hang shut the fence in time', async () => {
    const { clock, election, server, state } = await createLeader();
    for (let each = 0; each < 20; each += 1) server.instead.push(hang);
    await clock.advance(9_000);
    assert.equal(election.isLeader(), false);
    assert.equal(state.lost.length, 1);
  });

  test('a stolen lease is noticed at the next renewal', async () => {
    const { clock, election, server, state } = await createLeader();
    server.put(held('thief'));
    await clock.advance(1_000);
    assert.equal(election.isLeader(), false);
    assert.match(state.lost[0]?.message ?? '', /thief holds it now/);
    assert.equal(server.get()?.spec?.holderIdentity, 'thief', 'and left alone');
  });

  test('a touch that does not change the holder costs a look, not the lease', async () => {
    const { clock, election, server, state } = await createLeader();
    const lease = server.get();
    assert.ok(lease);
    server.put({ ...lease, metadata: { ...lease.metadata, annotations: { touched: 'yes' } } });
    await clock.advance(2_000);
    assert.equal(election.isLeader(), true);
    assert.deepEqual(state.lost, []);
    assert.deepEqual(server.get()?.metadata.annotations, { touched: 'yes' });
  });

  test('a lease that was deleted is made again', async () => {
    const { clock, election, server, state } = await createLeader();
    server.instead.push(fail('NotFound'), fail('NotFound'), fail('AlreadyExists'));
    await clock.advance(4_000);
    assert.deepEqual(server.asked.slice(2, 7), ['update', 'get', 'create', 'get', 'update']);
    assert.equal(election.isLeader(), true);
    assert.deepEqual(state.lost, []);
  });

  test('the wall clock of a machine that slept shuts the fence until the next renewal', async () => {
    const { clock, election, state } = await createLeader();
    clock.jump(3_600_000);
    assert.equal(election.isLeader(), false);
    await clock.advance(1_000);
    assert.equal(election.isLeader(), true);
    assert.deepEqual(state.lost, []);
  });
});

describe('election: the fence', () => {
  const pods = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, verbs: [] };

  test('lets writes pass while leading, and names the lease when not', async () => {
    const clock = createFakeClock();
    const { election, start } = createCandidate(createServer(), clock);
    assert.throws(() => election.fence(pods), {
      code: 'NotLeader',
      message: 'this process does not hold the lease ns/lease',
    });
    start();
    await clock.advance(0);
    assert.doesNotThrow(() => election.fence(pods));
  });

  test('lets the lease itself be written always', () => {
    const { election } = createCandidate(createServer(), createFakeClock());
    assert.doesNotThrow(() => election.fence(leases));
  });
});

describe('election: stopping', () => {
  test('gives the lease back, after the fence is shut', async () => {
    const clock = createFakeClock();
    const server = createServer();
    const { election, log, start, state } = createCandidate(server, clock);
    start();
    await clock.advance(3_000);
    let leadWhileGivingBack: boolean | undefined;
    server.instead.push(async () => {
      leadWhileGivingBack = election.isLeader();
      return undefined as never;
    });
    await election.stop?.({ clean: true });
    assert.equal(leadWhileGivingBack, false);
    assert.equal(server.get()?.spec?.holderIdentity, '');
    assert.equal(server.get()?.spec?.leaseDurationSeconds, 1);
    assert.ok(log.at('info').includes('gave the lease back'));
    assert.deepEqual(state.changes, [false, true, false]);
    assert.deepEqual(state.lost, []);
    assert.deepEqual(clock.pending(), []);
  });

  test('keeps it when something may still be writing', async () => {
    const clock = createFakeClock();
    const server = createServer();
    const { election, start } = createCandidate(server, clock);
    start();
    await clock.advance(0);
    await election.stop?.({ clean: false });
    assert.equal(server.get()?.spec?.holderIdentity, 'me');
    assert.equal(election.isLeader(), false);
  });

  test('waits for a renewal under way, and gives back what that has written', async () => {
    const clock = createFakeClock();
    const server = createServer();
    const { election, start } = createCandidate(server, clock);
    start();
    await clock.advance(1_000);
    const slow = Promise.withResolvers<never>();
    server.instead.push(() => slow.promise);
    await clock.advance(1_000);
    const stopping = election.stop?.({ clean: true });
    await clock.advance(100);
    slow.resolve(undefined as never);
    await stopping;
    assert.equal(server.get()?.spec?.holderIdentity, '');
  });

  test('ends a candidate that waits, and touches nothing', async () => {
    const clock = createFakeClock();
    const server = createServer();
    server.put(held('other'));
    const { election, start, state } = createCandidate(server, clock);
    start();
    await clock.advance(1_000);
    await election.stop?.({ clean: true });
    assert.equal(state.started, false);
    assert.equal(server.get()?.spec?.holderIdentity, 'other');
    assert.deepEqual(clock.pending(), []);
  });

  test('is not held up by an API server that does not answer', async () => {
    const clock = createFakeClock();
    const server = createServer();
    const { election, log, start } = createCandidate(server, clock);
    start();
    await clock.advance(0);
    server.instead.push(hang);
    const stopping = election.stop?.({ clean: true });
    await clock.advance(5_000);
    await stopping;
    assert.equal(log.at('warn').length, 1);
    assert.match(log.at('warn')[0] ?? '', /could not give the lease back/);
  });

  test('stops before it was started as well', async () => {
    const server = createServer();
    const { election } = createCandidate(server, createFakeClock());
    await election.stop?.({ clean: true });
    assert.deepEqual(server.asked, []);
  });

  test('ends at once, without a word to anybody, when everything is given up', async () => {
    const clock = createFakeClock();
    const server = createServer();
    const { giveUp, start } = createCandidate(server, clock);
    start();
    await clock.advance(0);
    giveUp.abort();
    await clock.advance(60_000);
    assert.deepEqual(server.asked, ['get', 'create']);
    assert.deepEqual(clock.pending(), []);
  });
});
