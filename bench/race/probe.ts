import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Loaded into a Node process that is measured (`--import`), beside its own code: tells of its event loop, and profiles it,
 * when it is asked to. It is asked by a file and SIGUSR2, and answers by a file: a channel between the processes would
 * cost 3 MB that the process does not have by itself. What it needs is loaded when it is asked for, and between questions
 * it does nothing, so that an idle process stays idle and small.
 */

/** What can be asked. */
export type ProbeRequest =
  | { readonly do: 'watch-loop' }
  | { readonly do: 'read-loop' }
  | { readonly do: 'start-profile' }
  /** Writes what ran since, for a viewer of `.cpuprofile` files. */
  | { readonly do: 'write-profile'; readonly file: string }
  | { readonly do: 'write-heap'; readonly file: string };

/** The event loop's delay since `watch-loop`, in milliseconds. Zeros for the other questions. */
export interface ProbeAnswer {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Names the directory of the two files below. Without it the probe does nothing. */
const DIRECTORY = process.env.SMOOTH_BENCH_PROBE;

/** When it is set, a profile is begun at once: for what a process does to start. */
const FROM_START = process.env.SMOOTH_BENCH_PROFILE_START !== undefined;

/** How often the loop is looked at, in milliseconds. */
const RESOLUTION_MS = 5;

let loop: ReturnType<typeof import('node:perf_hooks').monitorEventLoopDelay> | undefined;
let session: import('node:inspector').Session | undefined;

// What is recorded is the time from one look to the next.
const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

async function answerTo(request: ProbeRequest): Promise<ProbeAnswer> {
  const nothing = { p50: 0, p99: 0, max: 0 };
  if (request.do === 'watch-loop') {
    const { monitorEventLoopDelay } = await import('node:perf_hooks');
    loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    loop.enable();
    return nothing;
  }
  if (request.do === 'read-loop') {
    if (loop === undefined || loop.count === 0) return nothing;
    loop.disable();
    return { p50: late(loop.percentile(50)), p99: late(loop.percentile(99)), max: late(loop.max) };
  }
  if (request.do === 'start-profile') {
    const { Session } = await import('node:inspector');
    session = new Session();
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.start');
  } else if (request.do === 'write-profile') {
    session?.post('Profiler.stop', (error, result) => {
      if (error !== null) throw error;
      writeFileSync(request.file, JSON.stringify(result.profile));
    });
    session?.disconnect();
  } else {
    const { writeHeapSnapshot } = await import('node:v8');
    writeHeapSnapshot(request.file);
  }
  return nothing;
}

if (FROM_START) await answerTo({ do: 'start-profile' });
if (DIRECTORY !== undefined) {
  const answerFile = join(DIRECTORY, 'probe-answer.json');
  process.on('SIGUSR2', async () => {
    const { id, request } = JSON.parse(readFileSync(join(DIRECTORY, 'probe-request.json'), 'utf8'));
    writeFileSync(`${answerFile}.part`, JSON.stringify({ id, answer: await answerTo(request) }));
    renameSync(`${answerFile}.part`, answerFile);
  });
}
