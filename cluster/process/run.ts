import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ClusterError } from '../cluster-error.ts';
import { errnoOf } from '../errno.ts';

/** How a program is run. */
export interface RunOptions {
  /** Default: this process' directory. */
  readonly cwd?: string | undefined;
  /** Default: this process' environment. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Written to its standard input. Default: nothing. */
  readonly input?: string | undefined;
  /** Ends the program. Default: it runs to its end. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which it is killed. Default 120,000: nothing that we run for its answer takes longer. */
  readonly deadlineMs?: number;
  /** Told each line as it comes. Default: nobody. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** What to do when the program is not installed. Default: install it. */
  readonly whenMissing?: string | undefined;
}

/** How a program ended. */
export interface RunResult {
  /** Exit code; -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end. No shell.
 *
 * @throws ClusterError `ToolMissing`, `Aborted`, or `CommandFailed` when it outlives the deadline. A failing exit code
 *   is a result, not an error: see `runOrThrow`
 */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { deadlineMs = 120_000 } = options;
  const late = AbortSignal.timeout(deadlineMs);
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...(options.env ?? process.env) },
    signal: options.signal === undefined ? late : AbortSignal.any([late, options.signal]),
    killSignal: 'SIGKILL',
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const stdout = collect(child.stdout, options.onLine);
  const stderr = collect(child.stderr, options.onLine);
  // A program that ends without reading its input is judged by its exit code, not by our broken pipe.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input);
  try {
    const [code]: (number | null)[] = await once(child, 'close');
    return { code: code ?? -1, stdout: stdout(), stderr: stderr() };
  } catch (thrown) {
    if (options.signal?.aborted)
      throw new ClusterError('Aborted', `stopped while running ${program}`, { cause: thrown });
    if (late.aborted) {
      throw new ClusterError(
        'CommandFailed',
        `${[program, ...args].join(' ')} did not end within ${deadlineMs / 1000} s`,
        {
          component: program,
          tail: lastLines(stdout() + stderr()),
          cause: thrown,
        },
      );
    }
    if (errnoOf(thrown) !== 'ENOENT') throw ClusterError.from(thrown);
    const fix = options.whenMissing ?? 'install it, or put it on PATH';
    throw new ClusterError('ToolMissing', `${program} is not installed`, { fix, cause: thrown });
  }
}

/**
 * Runs a program to its end, and takes nothing but success.
 *
 * @returns its standard output
 * @throws ClusterError like `run`, and `CommandFailed` with its last lines when it exits with another code than 0
 */
export async function runOrThrow(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(program, args, options);
  if (result.code === 0) return result.stdout;
  throw new ClusterError('CommandFailed', `${[program, ...args].join(' ')} failed with exit code ${result.code}`, {
    component: program,
    tail: lastLines(result.stdout + result.stderr),
  });
}

function lastLines(text: string): string[] {
  return text.trimEnd().split('\n').slice(-20);
}

function collect(stream: NodeJS.ReadableStream | null, onLine: ((line: string) => void) | undefined): () => string {
  let text = '';
  let partial = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (onLine === undefined) return;
    const lines = (partial + chunk).split('\n');
    partial = lines.pop() ?? '';
    lines.forEach(onLine);
  });
  return () => text;
}
