import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import { ApiError } from './errors.ts';
import { inCluster, isInCluster } from './in-cluster.ts';
import { fromKubeconfig } from './kubeconfig.ts';

/** Where to look for an API server. */
export interface ConnectOptions {
  readonly clock: Clock;
  /** `--kubeconfig`: a file, used whatever else there is. Default: look around. */
  readonly kubeconfig?: string | undefined;
  /** A context of the kubeconfig. Default: its current one. */
  readonly context?: string | undefined;
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the user's home directory. */
  readonly home?: string;
}

/**
 * Finds the API server, in the order of controller-runtime: `--kubeconfig`, `KUBECONFIG` (a list of files), the pod's
 * service account, `~/.kube/config`. Reads files and may run a credential plugin; sends nothing to the API server.
 *
 * @throws ApiError `Config` when none is there, or the one that was named cannot be used
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { clock, context, env = process.env, home = homedir() } = options;
  if (options.kubeconfig) return fromKubeconfig({ clock, context, env, files: [options.kubeconfig] });

  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return fromKubeconfig({ clock, context, env, files: named });

  if (isInCluster(env)) return inCluster({ clock, env });

  const usual = join(home, '.kube', 'config');
  if (await exists(usual)) return fromKubeconfig({ clock, context, env, files: [usual] });
  throw new ApiError(
    'Config',
    `no cluster to work with: this is not a pod, KUBECONFIG is not set and ${usual} does not exist; give --kubeconfig`,
  );
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw new ApiError('Config', `kubeconfig ${file} cannot be read: ${ApiError.from(error).message}`, {
      cause: error,
    });
  }
}
