import { ClusterError } from '../cluster-error.ts';
import { tailOf } from '../log-tail.ts';
import { isAlive, type ProcessIdentity } from '../process/identity.ts';
import { waitFor } from '../wait.ts';

/**
 * Waits until a component says that it is healthy, and gives up at once when its process ends.
 *
 * @param isHealthy what it throws is "not yet"
 * @throws ClusterError `ComponentFailed` with the log's last lines
 */
export async function waitHealthy(
  component: string,
  identity: ProcessIdentity,
  logFile: string,
  isHealthy: () => Promise<boolean>,
  signal?: AbortSignal,
): Promise<void> {
  const failure = async (message: string, cause?: unknown) => {
    const tail = await tailOf(logFile);
    return new ClusterError('ComponentFailed', message, { component, tail, logFile, fix: adviceFor(tail), cause });
  };
  await waitFor(
    async () => {
      if (!(await isAlive(identity))) throw await failure(`${component} ended before it was healthy`);
      return isHealthy();
    },
    {
      what: `${component} to be healthy`,
      deadlineMs: 90_000,
      intervalMs: 50,
      signal,
      onDeadline: (message, cause) => failure(message, cause),
    },
  );
}

/**
 * What to do about a component that failed, by what it said last.
 *
 * @param tail the last lines of its log
 */
export function adviceFor(tail: readonly string[]): string {
  const text = tail.join('\n');
  return advice.find(([pattern]) => pattern.test(text))?.[1] ?? otherwise;
}

const advice: readonly (readonly [RegExp, string])[] = [
  [/address already in use/i, 'another program has its port: find it with `ss -tlnp`, end it, and run this again'],
  [/no space left on device/i, 'the disk is full: make room, and run this again'],
  [
    /too many open files/i,
    'the machine is out of file handles: raise fs.inotify.max_user_instances, and run this again',
  ],
  [
    /operation not permitted|permission denied/i,
    'root here lacks a right: run this on a machine of its own, or in a privileged container; `--mode control-plane` needs none',
  ],
];

const otherwise =
  'run this again, it goes on where it was; if it fails again, `npm run cluster-down` and then `npm run cluster-up` start anew';
