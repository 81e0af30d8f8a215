import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep, systemClock } from '../../src/runtime/clock.ts';
import type { Api } from '../kube/api.ts';
import type { Adapter } from './adapter.ts';
import { type AuditedRequest, countRequests } from './audit.ts';
import type { AuditLog } from './audit-log.ts';
import type { Contestant } from './contestant.ts';
import type { PhaseName, PhaseResult } from './phase-result.ts';
import { processFigures } from './process-figures.ts';
import type { Expectation, Tracker } from './tracker.ts';

/** What the phases of a turn share. */
export interface Stage {
  readonly adapter: Adapter;
  /** As the administrator: how the load is made. */
  readonly api: Api;
  readonly tracker: Tracker;
  readonly audit: AuditLog;
  /** The one that runs now. `restart` puts another one in its place. */
  contestant: Contestant;
  start(): Promise<Contestant>;
  /** How many servers, and their names. */
  readonly names: readonly string[];
  /** The namespace of the race. */
  readonly namespace: string;
  /** Requests of the harness that are under way at a time: few, so that the contestant sets the pace. */
  readonly inFlight: number;
  readonly singles: number;
  readonly steadySeconds: number;
  /** Where profiles go; undefined for none. */
  readonly profileDir: string | undefined;
  readonly signal: AbortSignal;
  /** Told how far a phase is, now and then. */
  readonly progress: (text: string) => void;
}

/** How long no write may come until it counts as rest, in milliseconds, and for how long that is waited for. */
const QUIET_MS = 1_000;
const REST_DEADLINE_MS = 60_000;
/** How often progress is told, in milliseconds. */
const TELL_MS = 5_000;

/** Waits until the contestant writes nothing any more. Returns what it had sent until then, since the log was last read. */
export async function untilRest(stage: Stage): Promise<readonly AuditedRequest[]> {
  const all: AuditedRequest[] = [];
  const start = performance.now();
  let quietSince = performance.now();
  while (performance.now() - quietSince < QUIET_MS) {
    if (performance.now() - start > REST_DEADLINE_MS) {
      const writes = JSON.stringify(countRequests(all).writesBy);
      throw new Error(`${stage.adapter.name} still writes a minute after it was done: ${writes}`);
    }
    await pause(stage, 200);
    const more = await stage.audit.read();
    if (countRequests(more).writes > 0) quietSince = performance.now();
    all.push(...more);
  }
  return all;
}

/** Waits, unless the race is over. */
export async function pause(stage: Stage, ms: number): Promise<void> {
  // The clock's timers do not keep a process alive; the watches of the tracker do.
  await Promise.race([sleep(systemClock, ms, stage.signal), stage.contestant.failed]);
  stage.signal.throwIfAborted();
}

/** Waits for what is expected, and says now and then how far it is. */
export async function awaitAll(stage: Stage, what: string, expectation: Expectation): Promise<number> {
  // Ten times what the slowest machine that was seen took.
  const deadline = performance.now() + 120_000 + stage.names.length * 300;
  let done: number | undefined;
  const end = expectation.done.then((at) => {
    done = at;
  });
  for (;;) {
    await Promise.race([end, pause(stage, TELL_MS)]);
    if (done !== undefined) return done;
    stage.progress(`${what}: ${expectation.count()} of ${stage.names.length}`);
    if (performance.now() > deadline) {
      const missing = expectation.missing().join(', ');
      throw new Error(`${stage.adapter.name}: ${what} did not come true of all; missing are ${missing} and others`);
    }
  }
}

/**
 * Measures a phase: what the contestant uses and sends from here until it has come to rest.
 *
 * @param work does it, and returns how long it took in seconds, and whatever else there is to tell
 * @param rest whether to wait until the contestant is at rest; not while it is being watched at rest
 */
export async function measured(
  stage: Stage,
  phase: PhaseName,
  work: () => Promise<Pick<PhaseResult, 'seconds' | 'latency'>>,
  { rest = true, watchLoop = true }: { readonly rest?: boolean; readonly watchLoop?: boolean } = {},
): Promise<PhaseResult> {
  await stage.audit.read();
  const { contestant, profileDir } = stage;
  const before = await processFigures(contestant.pid);
  if (profileDir !== undefined) await contestant.ask({ do: 'start-profile' });
  if (watchLoop) await contestant.ask({ do: 'watch-loop' });
  const { seconds, latency } = await work();
  const loop = watchLoop ? await contestant.ask({ do: 'read-loop' }) : undefined;
  const requests = rest ? await untilRest(stage) : await stage.audit.read();
  const after = await processFigures(contestant.pid);
  if (profileDir !== undefined) await writeProfiles(contestant, profileDir, phase);
  return {
    seconds,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    rss: after.rss,
    peakRss: after.peakRss,
    sockets: after.sockets,
    loop,
    requests: countRequests(requests),
    ...(latency === undefined ? {} : { latency }),
  };
}

/** The heap only where it says most: when everything is there and nothing goes on. */
async function writeProfiles(contestant: Contestant, directory: string, phase: PhaseName): Promise<void> {
  await mkdir(directory, { recursive: true });
  await contestant.ask({ do: 'write-profile', file: join(directory, `${phase}.cpuprofile`) });
  if (phase === 'steady') await contestant.ask({ do: 'write-heap', file: join(directory, 'steady.heapsnapshot') });
}

/** Measures a process from its very start, which was a moment ago. */
export async function measuredStart(stage: Stage, phase: 'start' | 'restart'): Promise<PhaseResult> {
  const { contestant, profileDir } = stage;
  const requests = await untilRest(stage);
  if (profileDir !== undefined) await writeProfiles(contestant, profileDir, phase);
  // What it allocated to start is collected when it has been idle for a moment, or never.
  await pause(stage, 2_000);
  const figures = await processFigures(contestant.pid);
  return {
    ...figures,
    seconds: contestant.readyMs / 1_000,
    loop: undefined,
    requests: countRequests([...requests, ...(await stage.audit.read())]),
  };
}
