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
  const failure = async (message: string, cause?: unknown) =>
    new ClusterError('ComponentFailed', message, { component, tail: await tailOf(logFile), logFile, cause });
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
