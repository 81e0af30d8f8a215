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
  readonly pauses: readonly Pause[];
  /** Somebody, or NTP, sets the wall clock. */
  readonly jumps: readonly { readonly at: number; readonly ms: number }[];
  /** Ends with SIGKILL or SIGTERM; another process takes its place five seconds later. */
  readonly end: { readonly at: number; readonly how: 'kill' | 'stop' } | undefined;
}

interface Pause {
  readonly at: number;
  readonly ms: number;
  /** The whole machine sleeps: on some systems the monotonic clock stands still meanwhile. */
  readonly standsStill: boolean;
}

/** Somebody edits the lease by hand: takes it, deletes it, or touches what is nobody's business. */
interface Tampering {
  readonly at: number;
  readonly how: 'steal' | 'delete' | 'annotate' | 'backdate';
}

interface Trip {
  readonly there: number;
  readonly back: number;
  readonly lost: 'no' | 'there' | 'back';
}

/** After this nothing bad happens any more. */
const peaceAt = 60_000;
const endAt = 130_000;

const pause = (standsStill: fc.Arbitrary<boolean>): fc.Arbitrary<Pause> =>
  fc.record({ at: fc.nat(peaceAt - 1), ms: fc.integer({ min: 1, max: 30_000 }), standsStill });

const base = {
  monotonicOffset: fc.integer({ min: 0, max: 3_600_000 }),
  wallOffset: fc.integer({ min: -3_600_000, max: 3_600_000 }),
  speed: fc.double({ min: 0.97, max: 1.03, noNaN: true }),
  startAt: fc.integer({ min: 0, max: 10_000 }),
  end: fc.option(fc.record({ at: fc.nat(peaceAt - 1), how: fc.constantFrom('kill' as const, 'stop' as const) }), {
    nil: undefined,
  }),
};

const jump = (least: number) => fc.record({ at: fc.nat(peaceAt - 1), ms: fc.integer({ min: least, max: 3_600_000 }) });

/** No clock is left to go by when one stands still while the other is set back, so those two do not come together. */
const plan: fc.Arbitrary<Plan> = fc.oneof(
  fc.record({
    ...base,
    pauses: fc.array(pause(fc.constant(false)), { maxLength: 4 }),
    jumps: fc.array(jump(-3_600_000), { maxLength: 3 }),
  }),
  fc.record({
    ...base,
    pauses: fc.array(pause(fc.boolean()), { maxLength: 4 }),
    jumps: fc.array(jump(0), { maxLength: 3 }),
  }),
);

const tampering: fc.Arbitrary<Tampering> = fc.record({
  at: fc.nat(peaceAt - 1),
  how: fc.constantFrom('steal' as const, 'delete' as const, 'annotate' as const, 'backdate' as const),
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
  /** An answer told it of the lease. */
  hasSeen: boolean;
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

  /** @param strangers some process has never seen the lease: it takes a deleted one for one that nobody has made yet */
  tamper(how: Tampering['how'], strangers: boolean): void {
    if (this.lease === undefined) return;
    const { metadata, spec } = this.lease;
    if (how === 'steal') this.store({ ...this.lease, spec: { ...spec, holderIdentity: 'thief' } });
    else if (how === 'annotate') this.store({ ...this.lease, metadata: { ...metadata, annotations: { a: 'b' } } });
    else if (how === 'backdate')
      this.store({ ...this.lease, spec: { ...spec, renewTime: '1999-01-01T00:00:00.000000Z' } });
    else if (!strangers) this.lease = undefined;
  }

  private store(lease: Lease): Lease {
    this.version += 1;
    if (this.lease?.spec?.holderIdentity !== lease.spec?.holderIdentity) this.handOvers += 1;
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.version) } };
    return this.lease;
  }
}

/** How much of the time until now lies in one of these, which may overlap. */
function coveredBy(pauses: readonly Pause[], now: number): number {
  let covered = 0;
  let reached = 0;
  for (const { at, ms } of pauses.toSorted((one, other) => one.at - other.at)) {
    const [from, to] = [Math.max(at, reached), Math.min(at + ms, now)];
    if (to > from) covered += to - from;
    reached = Math.max(reached, to);
  }
  return covered;
}

function clockOf(world: World, process: Process): Clock {
  const { monotonicOffset, wallOffset, speed } = process.plan;
  const sleeps = process.plan.pauses.filter(({ standsStill }) => standsStill);
  return {
    monotonic: () => monotonicOffset + (world.now - coveredBy(sleeps, world.now)) * speed,
    now: () => {
      const set = process.plan.jumps.filter(({ at }) => at <= world.now).reduce((sum, { ms }) => sum + ms, 0);
      return Date.UTC(2026, 0, 1) + wallOffset + set + world.now * speed;
    },
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
          answer = () => {
            process.hasSeen = true;
            resolve(stored as KubeObject as T);
          };
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

async function play(
  plans: readonly Plan[],
  trips: readonly Trip[],
  randoms: readonly number[],
  tamperings: readonly Tampering[] = [],
): Promise<World> {
  const world = new World();
  const processes: Process[] = [];
  let draws = 0;

  function boot(machine: Plan): void {
    // Who comes while a deleted lease is away cannot know that there was one.
    const isAway = world.lease === undefined && processes.some(({ alive, hasSeen }) => alive && hasSeen);
    if (isAway) return void world.after(1_000, () => boot(machine));
    const process: Process = {
      plan: machine,
      identity: `process-${processes.length}`,
      election: undefined,
      alive: true,
      hasSeen: false,
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
  const strangers = () => processes.some(({ alive, hasSeen }) => alive && !hasSeen);
  for (const { at, how } of tamperings) world.after(at, () => world.tamper(how, strangers()));
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
        fc.array(tampering, { maxLength: 4 }),
        async (plans, trips, randoms, tamperings) => {
          await play(plans, trips, randoms, tamperings);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('in peace the first one leads and stays', async () => {
    const calm: Plan = {
      monotonicOffset: 0,
      wallOffset: 0,
      speed: 1,
      startAt: 0,
      pauses: [],
      jumps: [],
      end: undefined,
    };
    const quick: Trip = { there: 5, back: 5, lost: 'no' };
    const world = await play([calm, { ...calm, startAt: 100 }, { ...calm, startAt: 200 }], [quick], [0.5]);
    assert.equal(world.handOvers, 1);
  });
});
