import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { until } from '../../support/until.ts';
import type { Build } from './build.ts';

/** One line of the operator's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** How an operator process was, from its start to its end. */
export interface InstanceRecord {
  /** What the proxy calls it. */
  readonly instance: string;
  readonly lines: readonly LogLine[];
  /** What it printed that is no line of the log: a stack trace of node's, say. */
  readonly stray: readonly string[];
  /** Exit code, or the signal that ended it; undefined while it runs. */
  readonly end: number | string | undefined;
  /** What was to end it; undefined when it ended by itself, or has not. */
  readonly asked: 'SIGKILL' | 'SIGTERM' | undefined;
}

/** An operator, as a process of its own. */
export interface OperatorProgram extends InstanceRecord {
  readonly pid: number;
  /** Kills it, and returns when it is dead. May be called twice. */
  kill(): Promise<void>;
  /** Ends it as Kubernetes does, and returns when it has ended. */
  stop(): Promise<void>;
  /** Waits for a line of the log. */
  untilSaid(message: string): Promise<void>;
  readonly ended: Promise<void>;
}

/** How it is started. */
export interface ProgramOptions {
  readonly build: Build;
  readonly instance: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Beside the kubeconfig, the namespace and `--probe-via=direct`. Default: none. */
  readonly args?: readonly string[];
  /** An empty directory. */
  readonly home: string;
}

/** Lines kept of one process: a process that says more is not read, but counted wrong by its oracles anyway. */
const MOST_LINES = 5_000;

/** Starts the operator; returns at once. */
export function startProgram(options: ProgramOptions): OperatorProgram {
  const { build, kubeconfig, namespace, instance, home, args = [] } = options;
  const flags = [
    `--kubeconfig=${kubeconfig}`,
    `--watch-namespaces=${namespace}`,
    '--metrics-bind-address=0',
    '--health-probe-bind-address=0',
    '--probe-via=direct',
    ...args,
  ];
  const child = spawn(process.execPath, [build.main, ...flags], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, NODE_COMPILE_CACHE: build.compileCache },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: LogLine[] = [];
  const stray: string[] = [];
  let rest = '';
  let end: number | string | undefined;
  let asked: 'SIGKILL' | 'SIGTERM' | undefined;
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    const whole = (rest + chunk).split('\n');
    rest = whole.pop() ?? '';
    for (const line of whole) take(line);
  });
  const ended = once(child, 'close').then(([code, signal]) => {
    if (rest !== '') take(rest);
    end = code ?? signal;
  });

  function take(line: string): void {
    if (line === '' || lines.length >= MOST_LINES) return;
    const parsed = line.startsWith('{') ? parse(line) : undefined;
    if (parsed === undefined) stray.push(line);
    else lines.push(parsed);
  }

  async function finish(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (end === undefined) {
      // What was asked for last is what ends it; but nothing comes after a kill.
      if (asked !== 'SIGKILL') asked = signal;
      child.kill(signal);
    }
    await ended;
  }

  return {
    instance,
    lines,
    stray,
    pid: child.pid ?? -1,
    get end() {
      return end;
    },
    get asked() {
      return asked;
    },
    kill: () => finish('SIGKILL'),
    stop: () => finish('SIGTERM'),
    async untilSaid(message) {
      const isSaid = () => lines.some(({ msg }) => msg === message);
      const what = `operator ${instance} to say "${message}"`;
      await until(() => end !== undefined || isSaid(), { what, deadlineMs: 120_000 });
      if (!isSaid()) throw new Error(`waited for ${what}: it ended with ${end}`);
    },
    ended,
  };
}

function parse(line: string): LogLine | undefined {
  try {
    return JSON.parse(line);
  } catch (thrown) {
    // Half of a line, of a process that was killed.
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** What a process holds, as Linux tells it. */
export interface ProcessUse {
  readonly descriptors: number;
  /** Resident memory in bytes. */
  readonly memory: number;
}

/** @returns undefined where there is no /proc, or when the process is gone */
export async function useOf(pid: number): Promise<ProcessUse | undefined> {
  try {
    const [descriptors, status] = await Promise.all([
      readdir(`/proc/${pid}/fd`),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    return { descriptors: descriptors.length, memory: kilobytes * 1024 };
  } catch (thrown) {
    if (Object(thrown).code === 'ENOENT' || Object(thrown).code === 'ESRCH') return undefined;
    throw thrown;
  }
}
