import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { waitFor } from '../../cluster/wait.ts';
import type { RunConfig } from '../oci.ts';

/** A program that runs with an image's files as its root, as it would in a container. */
export interface RootedProcess {
  /** What it has printed. */
  output(): string;
  /**
   * Asks it to end, and kills it when it has not done so in ten seconds.
   *
   * @returns how it ended: `exit code 0`, `ignored SIGTERM`
   */
  stop(): Promise<string>;
}

/** A user that no image knows: a cluster may choose any (OpenShift does). */
const anyUser = '4242:0';

/**
 * Starts an image's program in its unpacked files and waits until it listens. As root it runs as a user of no name, who can
 * write nothing but `/tmp`; as anyone else it runs as that one, by way of a user namespace.
 *
 * @param root the image's files, a host directory
 * @param args what follows the entry point
 * @param env added to the image's own; `PORT` has to be in it
 * @throws Error with what it printed, when it ends or does not listen within a minute
 */
export async function startRooted(
  root: string,
  run: RunConfig,
  args: readonly string[],
  env: Readonly<Record<string, string>> & { readonly PORT: string },
): Promise<RootedProcess> {
  const [program, ...options] = rootedCommand(root, [...run.entrypoint, ...args], process.getuid?.() === 0);
  // What changes the root is not in the image, and on Debian not where users look for programs.
  const PATH = [run.env?.PATH, '/usr/sbin', '/sbin'].join(':');
  const child = spawn(program, options, { env: { ...run.env, ...env, PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child, 'spawn');
  const ended = once(child, 'close');
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const stop = () => stopped(child, ended, run.stopSignal ?? 'SIGTERM');
  const what = `${run.entrypoint.join(' ')} to listen on ${env.PORT}`;
  const said = () => `It printed:\n${printed.trimEnd()}`;
  try {
    await waitFor(async () => child.exitCode !== null || (await isListening(Number(env.PORT))), {
      what,
      onDeadline: (message) => new Error(`${message}. ${said()}`),
    });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  if (child.exitCode !== null) {
    await ended;
    throw new Error(`waited for ${what}, but it ended with exit code ${child.exitCode}. ${said()}`);
  }
  return { output: () => printed, stop };
}

/**
 * The command that runs a program in another root, as process 1 of its own: that one ends on no signal that it does not
 * handle, which is how servers outlive their pods.
 */
export function rootedCommand(root: string, command: readonly string[], isRoot: boolean): [string, ...string[]] {
  const first = ['--pid', '--fork'];
  if (isRoot) return ['unshare', ...first, 'chroot', `--userspec=${anyUser}`, root, ...command];
  return ['unshare', '--map-current-user', ...first, `--root=${root}`, ...command];
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}

async function stopped(child: ChildProcess, ended: Promise<unknown[]>, signal: NodeJS.Signals): Promise<string> {
  const { pid } = child;
  // What was started first waits for the server, which is its only child, and ends as that does.
  const server = Number.parseInt(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10);
  let killed = false;
  const send = (what: NodeJS.Signals) => {
    if (Number.isInteger(server) && child.exitCode === null) process.kill(server, what);
  };
  const kill = setTimeout(() => {
    killed = true;
    send('SIGKILL');
  }, 10_000);
  send(signal);
  const [code] = await ended;
  clearTimeout(kill);
  return killed ? `ignored ${signal}` : `exit code ${code}`;
}
