import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { errnoOf } from '../cluster/errno.ts';
import { ImageError } from './image-error.ts';

/** How a program is run. */
export interface CommandOptions {
  /** Default: this process' directory. */
  readonly cwd?: string | undefined;
  /** Default: this process' environment. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Ends the program. Default: it runs to its end. */
  readonly signal?: AbortSignal | undefined;
  /** What to do when the program is not installed; ends the error's message. Default: install it. */
  readonly whenMissing?: string;
  /** True lets the program write to this process' stderr, for long ones with a progress of their own. Default false. */
  readonly show?: boolean;
}

/** How many lines of a failing program's output an error repeats. */
const tailLines = 15;

/**
 * Runs a program to its end and returns what it printed. No shell.
 *
 * Once the signal fires the program is told to end and waited for, so that nothing still writes where the caller cleans up.
 *
 * @returns its standard output
 * @throws ImageError `ToolMissing`, `ToolFailed` (with the end of its output) or `Aborted`
 */
export async function run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { signal, show = false } = options;
  if (signal?.aborted) throw aborted(program);
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () => void child.kill();
  signal?.addEventListener('abort', stop, { once: true });
  let output = '';
  let everything = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    everything += text;
    if (show) process.stderr.write(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    everything += text;
    if (show) process.stderr.write(text);
  });
  const [code, killedBy] = await ending(child, program, options).finally(() => {
    signal?.removeEventListener('abort', stop);
  });
  if (signal?.aborted) throw aborted(program);
  if (code === 0) return output;
  const how = killedBy === null ? `exit code ${code}` : `signal ${killedBy}`;
  const tail = everything.trimEnd().split('\n').slice(-tailLines).join('\n');
  throw new ImageError('ToolFailed', `${[program, ...args].join(' ')} failed (${how}):\n${tail}`);
}

async function ending(child: ChildProcess, program: string, options: CommandOptions) {
  try {
    // `once` rejects on 'error': the program could not be started.
    const [code, killedBy]: (number | NodeJS.Signals | null)[] = await once(child, 'close');
    return [code ?? null, killedBy ?? null];
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw ImageError.from(thrown);
    const fix = options.whenMissing ?? 'install it, or put it on PATH';
    throw new ImageError('ToolMissing', `${program} is not installed: ${fix}`, { cause: thrown });
  }
}

function aborted(program: string): ImageError {
  return new ImageError('Aborted', `${program} was interrupted`);
}
