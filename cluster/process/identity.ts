import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { errnoOf } from '../errno.ts';

/**
 * Which process a pid meant when it was written down. A pid alone is no identity: the kernel gives it to another
 * process later, and a clean-up that trusts it ends a stranger.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, opaque: boot and clock ticks on Linux, `ps -o lstart` elsewhere. */
  readonly startedAt: string;
}

/**
 * Looks a process up.
 *
 * @returns undefined when there is no such process, or only its zombie, which holds nothing any more
 */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = process.platform === 'linux' ? await startOnLinux(pid) : await startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** True while that very process runs. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.startedAt === identity.startedAt;
}

/**
 * Sends a signal to that very process.
 *
 * @returns false when it is gone
 */
export async function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isAlive(identity))) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ESRCH') return false;
    throw thrown;
  }
}

/**
 * What `/proc/<pid>/stat` says of a process' start.
 *
 * @param stat the file's text
 * @returns field 22 (clock ticks since boot), or undefined for a process that is gone: a dead one, or a zombie of one
 *   thread. While others of its threads (field 20) are still ending, a zombie's ports are taken. Fields are counted
 *   from the last `)`, because the command's name may hold blanks and brackets (proc(5))
 */
export function startTicks(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, threads, start] = [fields[0], Number(fields[17]), fields[19]];
  return state === 'X' || (state === 'Z' && threads <= 1) ? undefined : start;
}

async function startOnLinux(pid: number): Promise<string | undefined> {
  try {
    const ticks = startTicks(await readFile(`/proc/${pid}/stat`, 'utf8'));
    // Ticks count from the boot, so without the boot's own name they could match after a restart of the machine.
    return ticks === undefined ? undefined : `${await bootId()} ${ticks}`;
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === 'ENOENT' || errno === 'ESRCH') return undefined;
    throw thrown;
  }
}

let boot: Promise<string> | undefined;

function bootId(): Promise<string> {
  boot ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((text) => text.trim());
  return boot;
}

async function startByPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    const line = stdout.trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch (thrown) {
    // `ps` exits 1 when there is no such process.
    if (thrown instanceof Error && Reflect.get(thrown, 'code') === 1) return undefined;
    throw thrown;
  }
}
