import { type ChildProcess, spawn } from 'node:child_process';
import { after } from 'node:test';
import { until } from './until.ts';

/** A program of ours in a process of its own, which logs JSON to standard error. */
export interface Program {
  readonly pid: number;
  /** The lines that it has logged so far. */
  lines(): readonly Readonly<Record<string, unknown>>[];
  /** Waits for a line with this message. */
  said(message: string): Promise<Readonly<Record<string, unknown>>>;
  kill(signal: NodeJS.Signals): void;
  /** Waits for its end. @returns the exit code, or the signal that ended it */
  ended(): Promise<number | NodeJS.Signals>;
}

/**
 * Starts a program with the Node.js that runs the tests. It is killed at the end of the file's tests, paused or not.
 *
 * @param args the script and its arguments
 * @param env added to this process' environment
 */
export function startProgram(
  args: readonly string[],
  cwd?: string,
  env: Readonly<Record<string, string>> = {},
): Program {
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const end = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
  });
  after(() => child.kill('SIGKILL'));

  function lines(): readonly Readonly<Record<string, unknown>>[] {
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    return whole.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  }

  return {
    pid: child.pid ?? -1,
    lines,
    said(message) {
      const find = () => {
        const line = lines().find(({ msg }) => msg === message);
        if (line === undefined) throw new Error(`it said:\n${text}`);
        return line;
      };
      return until(find, { what: `process ${child.pid} to say "${message}"` });
    },
    kill(signal) {
      child.kill(signal);
    },
    ended: () => end,
  };
}
