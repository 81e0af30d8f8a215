import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Client } from './client.ts';
import { type Clock, sleep } from './clock.ts';
import type { Component } from './component.ts';
import {
  candidate,
  type ElectionAction,
  type ElectionInput,
  type ElectionRules,
  type ElectionState,
  type Instant,
  leads,
  step,
} from './election-step.ts';
import { ApiError } from './errors.ts';
import { type Lease, leases, released } from './lease.ts';
import type { Logger } from './log.ts';
import { nameOf, type Resource } from './resource.ts';
import { StartError } from './start-error.ts';

/** What an election is made of. */
export interface ElectionOptions {
  readonly client: Pick<Client, 'get' | 'create' | 'update'>;
  readonly namespace: string;
  /** Of the Lease; by custom the operator's own name and domain. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called once when the lease was held and is not any more: the process has to end, and at once. */
  readonly onLost: (error: StartError) => void;
  /** Told whenever leading begins and ends, for `leader_election_master_status`. Default: nobody is told. */
  readonly onChange?: (leading: boolean) => void;
  /** This process. Default: host name and a random UUID, as client-go's users have it. */
  readonly identity?: string;
  /** Default 15 s, as client-go has it. */
  readonly leaseDurationMs?: number;
  /** Default 10 s, as client-go has it. Less than the lease's duration. */
  readonly renewDeadlineMs?: number;
  /** Default 2 s, as client-go has it. */
  readonly retryPeriodMs?: number;
  /** Uniform in [0, 1). Default Math.random. */
  readonly random?: () => number;
}

/**
 * Leader election as a component: its start resolves when this process leads, its stop gives the lease back.
 * Everything that is started after it is run by one process at a time.
 */
export interface Election extends Component {
  readonly identity: string;
  /** True while this process may write. Asked before each write. */
  isLeader(): boolean;
  /**
   * For the client's `fence`: lets a write pass while this process leads, and the lease's own writes always.
   *
   * @throws ApiError `NotLeader`
   */
  fence(resource: Resource): void;
}

/** A candidate for a lease. */
export function createElection(options: ElectionOptions): Election {
  const { client, clock, random = Math.random } = options;
  const rules: ElectionRules = {
    namespace: options.namespace,
    name: options.name,
    identity: options.identity ?? `${hostname()}_${randomUUID()}`,
    leaseDurationMs: options.leaseDurationMs ?? 15_000,
    renewDeadlineMs: options.renewDeadlineMs ?? 10_000,
    retryPeriodMs: options.retryPeriodMs ?? 2_000,
  };
  const log = options.log.with({ lease: `${rules.namespace}/${rules.name}` });
  const stopping = new AbortController();
  const won = Promise.withResolvers<void>();
  let state: ElectionState = candidate;
  let closed = false;
  let ended: Promise<void> | undefined;
  let toldHolder: string | undefined;
  let toldError: string | undefined;
  options.onChange?.(false);

  const now = (): Instant => ({ monotonic: clock.monotonic(), wall: clock.now() });
  const isLeader = () => !closed && leads(state, rules, now());

  async function run(): Promise<void> {
    let input: ElectionInput = { kind: 'time' };
    for (;;) {
      const before = state;
      const [after, action] = step(before, input, rules, now(), random());
      state = after;
      tell(before, input);
      if (action.kind === 'lost') return lose(action.reason);
      // After the step, so that an answer which came while stopping still counts.
      if (stopping.signal.aborted) return;
      input = await perform(action);
    }
  }

  async function perform(action: Exclude<ElectionAction, { kind: 'lost' }>): Promise<ElectionInput> {
    if (action.kind === 'wait') {
      await sleep(clock, action.ms, stopping.signal);
      return { kind: 'time' };
    }
    const sent = now();
    try {
      if (action.kind === 'read')
        return { kind: 'found', lease: await inTime(client.get(leases, rules.namespace, rules.name)) };
      return { kind: 'written', lease: await inTime(client[action.kind](leases, action.lease)), sent };
    } catch (thrown) {
      const error = ApiError.from(thrown);
      if (error.code === 'Conflict' || error.code === 'AlreadyExists') return { kind: 'beaten' };
      if (error.code === 'NotFound' && action.kind === 'read') return { kind: 'absent' };
      // Deleted since it was last seen. (A create that answers this lacks its namespace: that is a failure.)
      if (error.code === 'NotFound' && action.kind === 'update') return { kind: 'beaten' };
      return { kind: 'failed', error };
    }
  }

  /**
   * No call may take longer than half of the renew deadline, so that one that hangs leaves time for another; and none
   * may last beyond the deadline itself, so that a loss is noticed when it happens.
   */
  function patienceMs(): number {
    const half = rules.renewDeadlineMs / 2;
    if (state.renewed === undefined) return half;
    return Math.max(0, Math.min(half, state.renewed.monotonic + rules.renewDeadlineMs - clock.monotonic()));
  }

  async function inTime(call: Promise<Lease>): Promise<Lease> {
    const done = new AbortController();
    const limitMs = patienceMs();
    const late = sleep(clock, limitMs, done.signal).then((): never => {
      throw new ApiError('Timeout', `no answer about the lease within ${Math.round(limitMs)} ms`);
    });
    try {
      return await Promise.race([call, late]);
    } finally {
      // Whichever is slower rejects unheard: the race has been decided.
      late.catch(() => undefined);
      call.catch(() => undefined);
      done.abort();
    }
  }

  function tell(before: ElectionState, input: ElectionInput): void {
    const lease = state.observed?.lease;
    const holder = lease?.spec?.holderIdentity ?? '';
    if (input.kind === 'failed') {
      const level = toldError === input.error.message ? 'debug' : 'warn';
      toldError = input.error.message;
      log[level](before.renewed ? 'could not renew the lease' : 'could not read or take the lease', {
        error: input.error,
      });
    } else if (input.kind !== 'time') toldError = undefined;
    if (before.renewed === undefined && state.renewed !== undefined) {
      log.info('this process leads', { identity: rules.identity, transitions: lease?.spec?.leaseTransitions });
      options.onChange?.(true);
      won.resolve();
    } else if (state.renewed === undefined && input.kind === 'found' && holder !== toldHolder) {
      log.info('waiting for the lease', { holder, renewTime: lease?.spec?.renewTime });
    }
    toldHolder = holder;
  }

  function lose(reason: string): void {
    closed = true;
    options.onChange?.(false);
    const what = `the lease ${rules.namespace}/${rules.name} is lost: ${reason}`;
    options.onLost(new StartError('LeaseLost', `${what}; another process may lead now`));
  }

  async function giveBack(lease: Lease): Promise<void> {
    try {
      await inTime(client.update(leases, released(lease, clock.now())));
      log.info('gave the lease back');
    } catch (thrown) {
      log.warn('could not give the lease back; others will wait until it expires', { error: ApiError.from(thrown) });
    }
  }

  return {
    name: 'leader election',
    mayWait: true,
    identity: rules.identity,
    isLeader,
    fence(resource) {
      if (nameOf(resource) === nameOf(leases) || isLeader()) return;
      throw new ApiError('NotLeader', `this process does not hold the lease ${rules.namespace}/${rules.name}`);
    },
    start(signal) {
      signal.addEventListener('abort', () => stopping.abort(), { once: true });
      ended = run();
      return won.promise;
    },
    async stop({ clean }) {
      stopping.abort();
      await ended;
      const wasLeader = isLeader();
      // The fence is shut before the lease is free: from here on nothing of this process can be written.
      closed = true;
      options.onChange?.(false);
      const lease = state.observed?.lease;
      if (wasLeader && clean && lease !== undefined) await giveBack(lease);
    },
  };
}
