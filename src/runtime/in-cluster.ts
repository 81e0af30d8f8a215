import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import type { Connection, Credentials } from './connection.ts';
import { cacheCredentials } from './credential-cache.ts';
import { ApiError } from './errors.ts';

/** Where the connection of a pod says that it comes from. */
export const IN_CLUSTER = 'in cluster';

/** Where Kubernetes mounts a pod's service account. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What `inCluster` looks at. */
export interface InClusterOptions {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directory with `token`, `ca.crt` and `namespace`. Default: where Kubernetes mounts it. */
  readonly directory?: string;
}

/** True when the environment says that this is a pod (as client-go's `InClusterConfig` decides). */
export function isInCluster(env: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(env.KUBERNETES_SERVICE_HOST && env.KUBERNETES_SERVICE_PORT);
}

/**
 * The connection that a pod has, through its service account.
 *
 * Token and CA are files that the kubelet replaces (tokens at 80 % of their life, about hourly); both are read again
 * every minute and after a 401. A proxy in the environment is ignored: the API server is never behind one here.
 *
 * @throws ApiError `Config` when this is no pod, or the service account is not mounted
 */
export async function inCluster(options: InClusterOptions): Promise<Connection> {
  const { clock, env, directory = SERVICE_ACCOUNT } = options;
  if (!isInCluster(env)) {
    throw new ApiError(
      'Config',
      'not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; give --kubeconfig',
    );
  }
  const host = env.KUBERNETES_SERVICE_HOST ?? '';
  const server = new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT}`);

  const cache = cacheCredentials(clock, async (): Promise<Credentials> => {
    const [token, ca] = await Promise.all([read(directory, 'token'), read(directory, 'ca.crt')]);
    return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
  });
  await cache.credentials();
  return { server, source: IN_CLUSTER, namespace: await namespaceOf(directory), ...cache };
}

async function read(directory: string, name: string): Promise<string> {
  const file = join(directory, name);
  try {
    const text = await readFile(file, 'utf8');
    if (text.trim() === '') throw new Error('it is empty');
    return text;
  } catch (error) {
    throw new ApiError(
      'Config',
      `cannot read ${file}: ${ApiError.from(error).message}; ` +
        'the pod needs a service account with automountServiceAccountToken',
      { cause: error },
    );
  }
}

/** The pod's own namespace. Some distributions do not mount the file: then it is not known. */
async function namespaceOf(directory: string): Promise<string | undefined> {
  try {
    return (await readFile(join(directory, 'namespace'), 'utf8')).trim() || undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
