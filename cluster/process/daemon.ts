import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ClusterError } from '../cluster-error.ts';
import { errnoOf } from '../errno.ts';
import { tailOf } from '../log-tail.ts';
import { waitFor } from '../wait.ts';
import { identify, isAlive, type ProcessIdentity, signalProcess } from './identity.ts';

/** A long-running process of the cluster. */
export interface DaemonSpec {
  /** Its name in logs and messages, e.g. `kube-apiserver`. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Added to this process' environment. Default: nothing. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Its working directory. Default: `/`, so that it holds no directory in use. */
  readonly cwd?: string | undefined;
  /** Gets what it writes, appended. */
  readonly logFile: string;
  /** Gets its identity. */
  readonly pidFile: string;
}

/**
 * Starts a process that outlives this one: in a session of its own, so that a Ctrl-C meant for us does not reach it.
 *
 * @returns its identity, which also stands in the pid file from now on
 * @throws ClusterError `ToolMissing` when the program is not there, `ComponentFailed` when it ends at once
 */
export async function startDaemon(spec: DaemonSpec): Promise<ProcessIdentity> {
  await Promise.all([spec.logFile, spec.pidFile].map((file) => mkdir(dirname(file), { recursive: true })));
  await using log = await open(spec.logFile, 'a');
  const child = spawn(spec.program, spec.args, {
    cwd: spec.cwd ?? '/',
    env: { ...process.env, ...spec.env },
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  try {
    await once(child, 'spawn');
  } catch (thrown) {
    const code = errnoOf(thrown) === 'ENOENT' ? 'ToolMissing' : 'ComponentFailed';
    throw new ClusterError(code, `${spec.name} cannot be started: ${spec.program}: ${String(thrown)}`, {
      component: spec.name,
      cause: thrown,
    });
  }
  child.unref();
  const identity = child.pid === undefined ? undefined : await identify(child.pid);
  if (identity === undefined) {
    throw new ClusterError('ComponentFailed', `${spec.name} ended as soon as it was started`, {
      component: spec.name,
      tail: await tailOf(spec.logFile),
      logFile: spec.logFile,
    });
  }
  await writePidFile(spec.pidFile, identity);
  return identity;
}

/**
 * The process that a pid file names, if that very process still runs.
 *
 * @returns undefined when there is no such file, or it names a process that is gone
 */
export async function runningDaemon(pidFile: string): Promise<ProcessIdentity | undefined> {
  const identity = await readPidFile(pidFile);
  return identity !== undefined && (await isAlive(identity)) ? identity : undefined;
}

/**
 * Ends the process that a pid file names, and removes the file. Nothing happens to any other process.
 *
 * @param graceMs how long it may take to end by itself, in milliseconds; 0 kills it at once
 * @returns true when there was a process to end
 */
export async function stopDaemon(pidFile: string, graceMs: number): Promise<boolean> {
  const identity = await runningDaemon(pidFile);
  if (identity !== undefined) await endProcess(identity, graceMs);
  await rm(pidFile, { force: true });
  return identity !== undefined;
}

/** Ends one process: SIGTERM, then SIGKILL after `graceMs` milliseconds. Returns when it is gone. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  const gone = async () => !(await isAlive(identity));
  if (graceMs > 0 && (await signalProcess(identity, 'SIGTERM'))) {
    const waiting = waitFor(gone, { what: `process ${identity.pid} to end`, deadlineMs: graceMs, intervalMs: 20 });
    const ended = await waiting.catch((thrown: unknown) => {
      if (thrown instanceof ClusterError && thrown.code === 'DeadlinePassed') return false;
      throw thrown;
    });
    if (ended) return;
  }
  await signalProcess(identity, 'SIGKILL');
  await waitFor(gone, { what: `process ${identity.pid} to end after SIGKILL`, deadlineMs: 10_000, intervalMs: 20 });
}

/** Writes an identity down, in one step: a reader sees the old file or the new one. */
export async function writePidFile(file: string, identity: ProcessIdentity): Promise<void> {
  const passing = `${file}.${process.pid}`;
  await writeFile(passing, `${JSON.stringify(identity)}\n`);
  await rename(passing, file);
}

async function readPidFile(file: string): Promise<ProcessIdentity | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isIdentity(value) ? value : undefined;
  } catch (thrown) {
    // A torn or foreign file names nobody, like a missing one: ending nothing is the safe answer.
    if (errnoOf(thrown) === 'ENOENT' || thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false;
  return Number.isInteger(Reflect.get(value, 'pid')) && typeof Reflect.get(value, 'startedAt') === 'string';
}
