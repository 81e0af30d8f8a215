import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Failure, Outcome } from './outcome.ts';

/** What runs the fault plans, and who is told. */
export interface FaultPlansOptions {
  /** The root of the repository. */
  readonly root: string;
  /** Relative to the root. Default: the command of `make faults`. */
  readonly program?: string;
  /** Of the program. Default: none, so the part that it runs by itself. */
  readonly args?: readonly string[];
  readonly say: (line: string) => void;
  /** Ends the program as Ctrl-C does, so that it cleans up. */
  readonly signal: AbortSignal;
  /** How long it may take to clean up, in milliseconds. Default 30,000. */
  readonly graceMs?: number;
}

/** The program's last line. */
const countPattern = /^(\d+) passed, (\d+) failed$/;
/** The first line of what it says of a failure; what is indented further belongs to it. */
const failurePattern = /^FAILED (.+)$/;

/**
 * Runs the part of the fault plans that fits into a run of all tests (test/faults).
 *
 * @returns its own count, and each failure with the command that shows it again. A program that ends without a count is a
 *   failure too
 */
export async function runFaultPlans(options: FaultPlansOptions): Promise<Outcome> {
  const { root, program = 'test/faults/cli.ts', args = [], say, signal, graceMs = 30_000 } = options;
  // A group of its own: the terminal's Ctrl-C would reach what it has started before it can end that in order.
  const child = spawn(process.execPath, [join(root, program), ...args], {
    cwd: root,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: '1', FORCE_COLOR: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const lines: string[] = [];
  const take = (line: string) => {
    lines.push(line);
    say(`  ${line}`);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', take);
  let stopKill: NodeJS.Timeout | undefined;
  const interrupt = () => {
    child.kill('SIGINT');
    stopKill = setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  const [code] = await once(child, 'close');
  signal.removeEventListener('abort', interrupt);
  clearTimeout(stopKill);
  return outcomeOf(lines, Number(code ?? -1), signal.aborted);
}

function outcomeOf(lines: readonly string[], code: number, wasInterrupted: boolean): Outcome {
  const failures = failuresIn(lines);
  const count = lines.map((line) => countPattern.exec(line)).findLast((match) => match !== null);
  const [passed, failed] = [Number(count?.[1] ?? 0), Number(count?.[2] ?? 0)];
  if (wasInterrupted) return { passed, failures, skips: [] };
  if (count === undefined || (failed === 0 && code !== 0)) {
    const text = lines.slice(-20).join('\n');
    return { passed, failures: [...failures, { title: `fault plans ended with ${code}`, where: '', text }], skips: [] };
  }
  // What is counted and not told of by itself, such as a seed that was not caught, is in the summary.
  const untold = Array.from({ length: Math.max(0, failed - failures.length) }, (): Failure => {
    const text = lines.filter((line) => line.includes('NOT CAUGHT')).join('\n');
    return { title: 'fault plans: see their summary', where: 'make faults', text };
  });
  return { passed, failures: [...failures.slice(0, failed), ...untold], skips: [] };
}

function failuresIn(lines: readonly string[]): readonly Failure[] {
  return lines.flatMap((line, index) => {
    const title = failurePattern.exec(line)?.[1];
    if (title === undefined) return [];
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((each) => !each.startsWith('    '));
    const text = rest.slice(0, end < 0 ? rest.length : end).map((each) => each.trim());
    return [{ title: `fault plan ${title}`, where: '', text: text.join('\n') }];
  });
}
