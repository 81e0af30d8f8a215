import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { type Clock, sleep, systemClock } from '../../src/runtime/clock.ts';
import { createFileTally } from './file-tally.ts';
import type { Outcome } from './outcome.ts';
import { parseEvent } from './test-event.ts';
import { eventDescriptor, type TestProcessSettings } from './test-process.ts';

/** How long things may take, in milliseconds. */
export interface TestLimits {
  /** One test or suite. */
  readonly testMs: number;
  /** One file, with what it does at its top: starting a control plane, say. */
  readonly fileMs: number;
  /** From the last test of a file to the end of its process. Default 60,000: hooks that clean up have to fit in. */
  readonly lingerMs?: number;
}

/** What running a test file needs. */
export interface FileRunOptions {
  /** The root of the repository, which names are relative to. */
  readonly root: string;
  readonly limits: TestLimits;
  /** Regular expressions for the names of the tests to run. Default: all run. */
  readonly names?: readonly string[];
  /** Added to this process' environment. Default: nothing. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the tests. Default: never. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** A file whose tests run. */
export interface FileRun {
  /** Relative to the root. */
  readonly path: string;
  /** The full names of the tests that run now. */
  running(): readonly string[];
  readonly result: Promise<Outcome>;
}

type Cancel = () => void;

/** Enough to see what led to a failure. */
const outputLines = 100;
/** Interrupted tests clean up after themselves, but not for ever. */
const graceMs = 5_000;
/** How long a closed process' pipes are read on, when somebody else has them open. */
const drainMs = 2_000;

/**
 * Runs the tests of one file in a process of its own, which has a process group of its own: whatever the tests start and
 * forget ends with it.
 *
 * @param file absolute
 */
export function startFile(file: string, options: FileRunOptions): FileRun {
  const { root, limits, names = [], env = {}, signal, clock = systemClock } = options;
  const path = relative(root, file);
  const tally = createFileTally(path, file, names.length > 0);
  const output: string[] = [];
  let endedBecause: string | undefined;

  const settings: TestProcessSettings = { file, timeoutMs: limits.testMs, names };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'test-process.ts'), JSON.stringify(settings)], {
    cwd: root,
    // Within a test, node:test would take these tests for its own.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: '1', FORCE_COLOR: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });

  let stopKill: Cancel = () => undefined;
  let stopLinger: Cancel = () => undefined;
  const end = (why: string) => {
    endedBecause ??= why;
    signalGroup(child, 'SIGINT');
    stopKill = clock.after(graceMs, () => signalGroup(child, 'SIGKILL'));
  };
  const stopDeadline = clock.after(limits.fileMs, () => end(`it took longer than ${limits.fileMs / 1000} s`));
  const interrupt = () => end('interrupted');
  signal?.addEventListener('abort', interrupt, { once: true });

  const lingerMs = limits.lingerMs ?? 60_000;
  const streams = [child.stdout, child.stderr, child.stdio[eventDescriptor]] as Readable[];
  const takeOutput = (line: string) => {
    output.push(line);
    if (output.length > outputLines) output.shift();
  };
  const takeEvent = (line: string) => {
    // What an ended test says about itself is our doing.
    if (endedBecause !== undefined) return;
    const event = parseEvent(line);
    if (event === undefined) return end(`it wrote to the descriptor of the events, which is the runner's: ${line}`);
    tally.take(event);
    stopLinger();
    if (!tally.isIdle()) return;
    const why = `its tests were done, and ${lingerMs / 1000} s later its process was still there: something is left open`;
    stopLinger = clock.after(lingerMs, () => end(why));
  };
  const readings = streams.map((stream, index) => eachLine(stream, index < 2 ? takeOutput : takeEvent));

  async function finish(): Promise<Outcome> {
    try {
      const [code, by] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      // What it started and forgot would hold its pipes open, and keep us waiting for their end.
      signalGroup(child, 'SIGKILL');
      // What left the group may hold them still; everything of the test process itself is in them by now.
      await Promise.race([Promise.all(readings), sleep(clock, drainMs)]);
      for (const stream of streams) stream.destroy();
      return tally.finish({ code, signal: by, endedBecause, interrupted: signal?.aborted ?? false }, output);
    } catch (thrown) {
      // One file's trouble: the others go on.
      const text = thrown instanceof Error ? thrown.message : String(thrown);
      return { passed: 0, failures: [{ title: `${path} could not be run`, where: path, text }], skips: [] };
    } finally {
      for (const stop of [stopKill, stopLinger, stopDeadline]) stop();
      signal?.removeEventListener('abort', interrupt);
    }
  }
  return { path, running: tally.running, result: finish() };
}

/** Lines end with a line feed and nothing else: readline would end them at U+2028 too, which a test's name may have. */
async function eachLine(stream: Readable, take: (line: string) => void): Promise<void> {
  let partial = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (partial + String(chunk)).split('\n');
    partial = lines.pop() ?? '';
    lines.forEach(take);
  }
  if (partial !== '') take(partial);
}

/** To every process of the group that the child leads, as a terminal does it. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (thrown) {
    // Nobody is left in the group.
    if (Object(thrown).code !== 'ESRCH') throw thrown;
  }
}
