import { link, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ClusterError } from '../cluster-error.ts';
import { errnoOf } from '../errno.ts';
import { runningDaemon, writePidFile } from '../process/daemon.ts';
import { identify, type ProcessIdentity } from '../process/identity.ts';
import { type Report, silent } from '../progress.ts';
import { waitFor } from '../wait.ts';

/** What a lock guards. */
export interface LockOptions {
  /** In words, e.g. `the cluster`. */
  readonly what: string;
  /** Told when another process has to be waited for. Default: nobody. */
  readonly report?: Report;
  /** Ends the wait. Default: never. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait, in milliseconds. Default 30 minutes: a build on a slow machine. */
  readonly deadlineMs?: number;
}

/**
 * Does something that no other process on this machine does at the same time. The lock is a file with its holder's
 * identity, so a holder that was killed holds nothing.
 *
 * Two processes that find the same dead holder at the same moment could both get in. What is guarded bears it: files
 * are put in place whole, so the worst is work done twice.
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const { what, report = silent, signal, deadlineMs = 1_800_000 } = options;
  const self = await identify(process.pid);
  if (self === undefined) throw new ClusterError('Unexpected', 'this process is not in the process table');
  await mkdir(dirname(file), { recursive: true });
  let told = false;
  await waitFor(
    async () => {
      if (await take(file, self)) return true;
      const holder = await runningDaemon(file);
      if (holder === undefined) await rm(file, { force: true });
      else if (!told) report(`waiting for process ${holder.pid}, which is busy with ${what}`);
      told ||= holder !== undefined;
      return false;
    },
    { what: `process ${await holderIn(file)} to be done with ${what}`, deadlineMs, signal, intervalMs: 200 },
  );
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/** A link appears whole or not at all, and never over another: nobody reads a lock without its holder. */
async function take(file: string, self: ProcessIdentity): Promise<boolean> {
  const mine = `${file}.${self.pid}`;
  await writePidFile(mine, self);
  try {
    await link(mine, file);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false;
    throw thrown;
  } finally {
    await rm(mine, { force: true });
  }
}

async function holderIn(file: string): Promise<string> {
  try {
    return String(/"pid":(\d+)/.exec(await readFile(file, 'utf8'))?.[1]);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return 'another process';
    throw thrown;
  }
}
