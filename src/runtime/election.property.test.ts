import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createRecordedLog } from '../../test/support/recorded-log.ts';
import type { Clock } from './clock.ts';
import { createElection, type Election } from './election.ts';
import { ApiError } from './errors.ts';
import type { Lease } from './lease.ts';
import type { KubeObject } from './object.ts';

/**
 * Several real elections against one lease in a simulated world: clocks that differ by hours and run at different
 * speeds, processes that are paused, killed and stopped in order, requests that are slow, lost on the way, or lost on the
 * way back after they took effect. Two things must hold: never two that may write, and in the end one that does.
 */

interface Plan {
  /** Milliseconds that this machine's clocks are ahead; hours. */
  readonly monotonicOffset: number;
  readonly wallOffset: number;
  /** Milliseconds of this machine in one of the world. */
  readonly speed: number;
  readonly startAt: number;
  readonly pauses: readonly { readonly at: number; readonly ms: number }[];
  /** Ends with SIGKILL or SIGTERM; another process takes its place five seconds later. */
  readonly end: { readonly at: number; readonly how: 'kill' | 'stop' } | undefined;
}

interface Trip {
  readonly there: number;
  readonly back: number;
  readonly lost: 'no' | 'there' | 'back';
}

/** After this nothing bad happens any more. */
const peaceAt = 60_000;
const endAt = 130_000;

const plan: fc.Arbitrary<Plan> = fc.record({
  monotonicOffset: fc.integer({ min: 0, max: 3_600_000 }),
  wallOffset: fc.integer({ min: -3_600_000, max: 3_600_000 }),
  speed: fc.double({ min: 0.97, max: 1.03, noNaN: true }),
  startAt: fc.integer({ min: 0, max: 10_000 }),
  pauses: fc.array(fc.record({ at: fc.nat(peaceAt - 1), ms: fc.integer({ min: 1, max: 30_000 }) }), { maxLength: 4 }),
  end: fc.option(fc.record({ at: fc.nat(peaceAt - 1), how: fc.constantFrom('kill' as const, 'stop' as const) }), {
    nil: undefined,
  }),
});

const trip: fc.Arbitrary<Trip> = fc.record({
  there: fc.oneof({ weight: 4, arbitrary: fc.nat(50) }, { weight: 1, arbitrary: fc.nat(20_000) }),
  back: fc.oneof({ weight: 4, arbitrary: fc.nat(50) }, { weight: 1, arbitrary: fc.nat(20_000) }),
  lost: fc.oneof(
    { weight: 8, arbitrary: fc.constant('no' as const) },
    { weight: 1, arbitrary: fc.constantFrom('there' as const, 'back' as const) },
  ),
});

/** A candidate on a machine that may be paused: what was due then happens at the end of the pause. */
interface Process {
  readonly plan: Plan;
  readonly identity: string;
  election: Election | undefined;
  alive: boolean;
}

class World {
  now = 0;
  lease: Lease | undefined;
  handOvers = 0;
  private version = 0;
  private order = 0;
  private events: { at: number; order: number; run: () => void; process: Process | undefined }[] = [];

  after(ms: number, run: () => void, process?: Process): () => void {
    const event = { at: this.now + ms, order: this.order++, run, process };
    this.events.push(event);
    return () => {
      this.events = this.events.filter((other) => other !== event);
    };
  }

  /** Runs the next event; false when there is none before the end. */
  next(): boolean {
    this.events.sort((one, other) => one.at - other.at || one.order - other.order);
    const event = this.events.shift();
    if (event === undefined || event.at > endAt) return false;
    this.now = event.at;
    const { process } = event;
    if (process?.alive === false) return true;
    const pause = process?.plan.pauses.find(({ at, ms }) => at <= this.now && this.now < at + ms);
    // After a pause answers may be read before timers are looked at, or the other way round.
    const order = pause !== undefined && pause.ms % 2 === 0 ? -event.order : event.order;
    if (pause !== undefined) this.events.push({ ...event, order, at: pause.at + pause.ms });
    else event.run();
    return true;
  }

  get(): Lease {
    if (this.lease === undefined) throw new ApiError('NotFound', 'no lease');
    return this.lease;
  }

  create(lease: Lease): Lease {
    if (this.lease !== undefined) throw new ApiError('AlreadyExists', 'there is one');
    return this.store(lease);
  }

  update(lease: Lease): Lease {
    if (this.lease?.metadata.resourceVersion !== lease.metadata.resourceVersion) throw new ApiError('Conflict', 'old');
    return this.store(lease);
  }

  private store(lease: Lease): Lease {
    this.version += 1;
    if (this.lease?.spec?.holderIdentity !== lease.spec?.holderIdentity) this.handOvers += 1;
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.version) } };
    return this.lease;
  }
}

function clockOf(world: World, process: Process): Clock {
  const { monotonicOffset, wallOffset, speed } = process.plan;
  return {
    monotonic: () => monotonicOffset + world.now * speed,
    now: () => Date.UTC(2026, 0, 1) + wallOffset + world.now * speed,
    after: (ms, run) => world.after(Math.max(0, ms) / speed, run, process),
  };
}

/** A client whose requests travel as the plan says, until peace comes. */
function clientOf(world: World, process: Process, trips: readonly Trip[]) {
  let sent = 0;
  function request<T extends KubeObject>(serve: () => Lease): Promise<T> {
    const planned = trips[sent++ % trips.length];
    const { there, back, lost }: Trip =
      world.now < peaceAt && planned !== undefined ? planned : { there: 5, back: 5, lost: 'no' };
    return new Promise((resolve, reject) => {
      if (lost === 'there') return;
      world.after(there, () => {
        let answer: () => void;
        try {
          const stored = serve();
          answer = () => resolve(stored as KubeObject as T);
        } catch (error) {
          answer = () => reject(error);
        }
        if (lost !== 'back') world.after(back, answer, process);
      });
    });
  }
  return {
    get: <T extends KubeObject>() => request<T>(() => world.get()),
    create: <T extends KubeObject>(_resource: unknown, lease: KubeObject) => request<T>(() => world.create(lease)),
    update: <T extends KubeObject>(_resource: unknown, lease: KubeObject) => request<T>(() => world.update(lease)),
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function play(plans: readonly Plan[], trips: readonly Trip[], randoms: readonly number[]): Promise<World> {
  const world = new World();
  const processes: Process[] = [];
  let draws = 0;

  function boot(machine: Plan): void {
    const process: Process = {
      plan: machine,
      identity: `process-${processes.length}`,
      election: undefined,
      alive: true,
    };
    processes.push(process);
    const die = () => {
      if (!process.alive) return;
      process.alive = false;
      world.after(5_000, () => boot({ ...machine, end: undefined }));
    };
    const election = createElection({
      client: clientOf(world, process, trips),
      clock: clockOf(world, process),
      namespace: 'ns',
      name: 'lease',
      identity: process.identity,
      log: createRecordedLog(),
      onLost: die,
      random: () => randoms[draws++ % randoms.length] ?? 0,
    });
    process.election = election;
    void election.start(new AbortController().signal);
    if (machine.end === undefined) return;
    const stop = () => void Promise.resolve(election.stop?.({ clean: true })).then(die);
    world.after(Math.max(0, machine.end.at - world.now), machine.end.how === 'kill' ? die : stop, process);
  }

  for (const machine of plans) world.after(machine.startAt, () => boot(machine));
  const leadersNow = () => processes.filter(({ alive, election }) => alive && election?.isLeader());
  for (let events = 0; world.next(); events += 1) {
    assert.ok(events < 20_000, `goes round in circles at ${world.now} ms`);
    await settled();
    const names = leadersNow().map(({ identity }) => identity);
    assert.ok(names.length <= 1, `${names.join(' and ')} may both write at ${world.now} ms`);
  }
  const leaders = leadersNow();
  assert.equal(leaders.length, 1, 'nobody leads in the end');
  assert.equal(world.lease?.spec?.holderIdentity, leaders[0]?.identity);
  return world;
}

describe('election: properties', () => {
  test('never two that may write, and in the end one that does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(plan, { minLength: 1, maxLength: 4 }),
        fc.array(trip, { minLength: 1, maxLength: 30 }),
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 10 }),
        async (plans, trips, randoms) => {
          await play(plans, trips, randoms);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('in peace the first one leads and stays', async () => {
    const calm: Plan = { monotonicOffset: 0, wallOffset: 0, speed: 1, startAt: 0, pauses: [], end: undefined };
    const quick: Trip = { there: 5, back: 5, lost: 'no' };
    const world = await play([calm, { ...calm, startAt: 100 }, { ...calm, startAt: 200 }], [quick], [0.5]);
    assert.equal(world.handOvers, 1);
  });
});
