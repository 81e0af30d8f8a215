import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { dirname, resolve } from 'node:path';
import { tailOf } from '../../cluster/log-tail.ts';
import { waitFor } from '../../cluster/wait.ts';
import type { Adapter } from './adapter.ts';
import { askProbe } from './ask-probe.ts';
import { fill } from './fill.ts';
import type { ProbeAnswer, ProbeRequest } from './probe.ts';

/** A process that takes part. */
export interface Contestant {
  readonly pid: number;
  /** How long it took until it said that it is up, in milliseconds. */
  readonly readyMs: number;
  /** Asks the probe in it; undefined when there is none. */
  ask(request: ProbeRequest): Promise<ProbeAnswer | undefined>;
  /** Ends the race when the process ends: rejects with its last lines. Never resolves. */
  readonly failed: Promise<never>;
  /** SIGTERM, and SIGKILL after 15 s. Returns when it is gone. */
  stop(): Promise<void>;
}

/** How it is started. */
export interface ContestantOptions {
  readonly adapter: Adapter;
  /** The adapter's file, to which its paths are relative. */
  readonly adapterFile: string;
  /** What is filled into its command. */
  readonly values: Readonly<Record<string, string | number>>;
  /** The probe that is loaded into a contestant on Node: a JavaScript file. */
  readonly probe: string;
  /** Whether its start is profiled. */
  readonly profiled: boolean;
  /** Where it may leave files. */
  readonly directory: string;
  /** Where its output goes. */
  readonly logFile: string;
  readonly signal: AbortSignal;
  /** Told its pid as soon as it runs. Default: nobody. */
  readonly onStart?: (pid: number) => void;
}

const GRACE_MS = 15_000;
const READY_DEADLINE_MS = 120_000;

/**
 * The command line of a contestant: placeholders filled in, paths resolved, the probe loaded into a program on Node.
 *
 * @returns the program and its arguments
 */
export function commandOf({
  adapter,
  adapterFile,
  values,
  probe,
}: Pick<ContestantOptions, 'adapter' | 'adapterFile' | 'values' | 'probe'>): readonly [string, ...string[]] {
  const [program = '', ...args] = fill(adapter.command, values).map((part) =>
    part.startsWith('./') || part.startsWith('../') ? resolve(dirname(adapterFile), part) : part,
  );
  if (!adapter.node) return [program, ...args];
  return [program, `--import=${probe}`, ...args];
}

/** Starts it, and returns when it is up. */
export async function startContestant(options: ContestantOptions): Promise<Contestant> {
  const { adapter, directory, logFile, signal } = options;
  const [program, ...args] = commandOf(options);
  const { PATH = '', HOME = '' } = process.env;
  await using log = await open(logFile, 'w');
  const start = performance.now();
  const child = spawn(program, args, {
    cwd: dirname(options.adapterFile),
    env: {
      PATH,
      HOME,
      SMOOTH_BENCH_PROBE: directory,
      ...(options.profiled ? { SMOOTH_BENCH_PROFILE_START: 'yes' } : {}),
      ...fill(adapter.env, options.values),
    },
    stdio: ['ignore', log.fd, log.fd],
  });
  await once(child, 'spawn');
  if (child.pid !== undefined) options.onStart?.(child.pid);
  let stopping = false;
  const exit = once(child, 'exit');
  const failed = exit.then(async ([code, by]): Promise<never> => {
    if (stopping) return new Promise<never>(() => undefined);
    const tail = (await tailOf(logFile)).join('\n');
    throw new Error(`${adapter.name} ended by itself (${code ?? by}). Its last lines:\n${tail}`);
  });
  failed.catch(() => undefined);
  const stop = async () => {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await exit;
    clearTimeout(kill);
  };
  const enough = new AbortController();
  try {
    await Promise.race([failed, untilReady(options, AbortSignal.any([signal, enough.signal]))]);
  } catch (thrown) {
    await stop();
    throw thrown;
  } finally {
    enough.abort();
  }
  const readyMs = performance.now() - start;
  const pid = child.pid ?? -1;
  const ask = async (request: ProbeRequest) => (adapter.node ? askProbe(pid, directory, request) : undefined);
  return { pid, readyMs, ask, failed, stop };
}

async function untilReady({ adapter, values, logFile }: ContestantOptions, signal: AbortSignal): Promise<void> {
  const { ready } = adapter;
  if (ready === undefined) return;
  const isUp =
    'url' in ready
      ? () => answers(fill(ready.url, values))
      : async () => (await readFile(logFile, 'utf8')).split('\n').includes(ready.line);
  await waitFor(isUp, { what: `${adapter.name} to be ready`, deadlineMs: READY_DEADLINE_MS, intervalMs: 5, signal });
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const call = get(url, { agent: false, timeout: 5_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('error', reject);
  });
}
