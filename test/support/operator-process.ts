import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { electionResources, watchedResources } from '../../tools/operator-rights.ts';
import { roleFor } from '../../tools/rbac.ts';
import type { TestControlPlane, TestUser } from './control-plane.ts';
import { until } from './until.ts';

/** What people start. */
export const program = fileURLToPath(new URL('../../bin/smooth-operator', import.meta.url));

/** One line of the log, as a machine reads it. */
export interface ProcessLine {
  readonly ts: string;
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A running `bin/smooth-operator`. */
export interface OperatorProcess {
  /** Everything on standard error so far. */
  stderr(): string;
  stdout(): string;
  /** The log so far. Throws when a line is not one JSON object. */
  lines(): readonly ProcessLine[];
  /** Waits for a line, by its message and what else it must have. */
  untilLine(message: string, holds?: (line: ProcessLine) => boolean): Promise<ProcessLine>;
  /** Asks its metrics server or its health server. */
  page(server: 'metrics' | 'health', path: string): Promise<{ readonly status: number; readonly text: string }>;
  kill(signal: NodeJS.Signals): void;
  /** Of the Node.js that runs it: the launcher has become it. */
  readonly pid: number;
  /** How it ended: an exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** One that is nobody's: whoever launched it ends it. */
export interface LaunchedProcess extends OperatorProcess {
  /** Kills it, if it still runs, and removes what it left. May be called twice. */
  end(): Promise<void>;
}

/** How it is started. */
export interface ProcessOptions {
  /** Default: none. Ports are chosen by the system unless flags say otherwise. */
  readonly args?: readonly string[];
  /** What to start. Default: what people start. */
  readonly command?: readonly [program: string, ...args: readonly string[]];
  /** The whole environment beside PATH and an empty home. Default: nothing. */
  readonly env?: Readonly<Record<string, string>>;
}

const anyPort = ['--metrics-bind-address=127.0.0.1:0', '--health-probe-bind-address=127.0.0.1:0'];

/**
 * Starts the operator as a process of its own, as people do. It is killed after the test that starts it, or after the
 * file when it is started at the top of that. Not in a `before` hook: node:test would take that for the end of it.
 */
export async function startProcess(options: ProcessOptions): Promise<OperatorProcess> {
  const operator = await launchProcess(options);
  after(() => operator.end());
  return operator;
}

/** Starts the operator as a process of its own, outside of node:test: for programs that measure. */
export async function launchProcess(options: ProcessOptions): Promise<LaunchedProcess> {
  const { args = [], env = {}, command = [program] } = options;
  const home = await mkdtemp(join(tmpdir(), 'smooth-home-'));
  const { PATH = '', NODE_V8_COVERAGE } = process.env;
  const coverage = NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE };
  const [launched, ...first] = command;
  const child = spawn(launched, [...first, ...anyPort, ...args], {
    cwd: home,
    env: { PATH, HOME: home, ...coverage, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  const ended = once(child, 'close').then(([code, signal]): number | string => code ?? signal);
  const lines = () => {
    const whole = text.stderr.split('\n').slice(0, -1);
    return whole.map((line): ProcessLine => JSON.parse(line));
  };
  const untilLine: OperatorProcess['untilLine'] = (message, holds = () => true) =>
    until(() => lines().find((line) => line.msg === message && holds(line)), {
      // A busy machine takes seconds to start a process, and a lease runs out after fifteen.
      deadlineMs: 60_000,
      get what() {
        return `the line "${message}" in:\n${text.stderr}`;
      },
    });
  return {
    stderr: () => text.stderr,
    stdout: () => text.stdout,
    lines,
    untilLine,
    async page(server, path) {
      const { address } = await untilLine(`${server} server started`);
      const answer = await fetch(`http://${address}${path}`);
      return { status: answer.status, text: await answer.text() };
    },
    kill: (signal) => void child.kill(signal),
    pid: child.pid ?? -1,
    ended,
    async end() {
      child.kill('SIGKILL');
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Somebody with exactly the rights of an operator that watches this namespace, and holds its lease in it. */
export function operatorUser(plane: TestControlPlane, namespace: string): Promise<TestUser> {
  return plane.createUser(namespace, {
    rules: roleFor('operator', namespace, [...watchedResources, ...electionResources]).rules,
  });
}
