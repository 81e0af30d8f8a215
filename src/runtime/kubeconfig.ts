import { readFile } from 'node:fs/promises';
import type { Clock } from './clock.ts';
import type { Connection, Credentials } from './connection.ts';
import { cacheCredentials } from './credential-cache.ts';
import { ApiError } from './errors.ts';
import type { KubeconfigContext, KubeconfigExec, KubeconfigUser } from './kubeconfig-file.ts';
import { readKubeconfig } from './kubeconfig-file.ts';
import { type Login, loginOf, skipsVerification } from './kubeconfig-login.ts';

/** Which kubeconfig to use. */
export interface KubeconfigOptions {
  readonly clock: Clock;
  /** See `KubeconfigFileOptions.files`. */
  readonly files: readonly string[];
  /** Default: the current context. */
  readonly context?: string | undefined;
  /** For `HTTPS_PROXY` and `NO_PROXY`, where the kubeconfig has no `proxy-url`. Default: no proxy. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const loopback = /^(localhost|127\.[0-9.]+|\[::1\])$/;

/**
 * The connection of a kubeconfig, with every way to log in that kubectl has: certificates, tokens, token files,
 * passwords, exec plugins, OIDC and the cloud providers of old, impersonation.
 *
 * After a 401 the files are read again and an exec plugin runs again: logging in anew with kubectl is noticed.
 *
 * @throws ApiError `Config`, naming the file, the fault and the fix
 */
export async function fromKubeconfig(options: KubeconfigOptions): Promise<Connection> {
  const { parseYaml } = await import('./kubeconfig-yaml.ts');
  const load = () => readKubeconfig({ ...options, parseYaml });
  const where = `kubeconfig ${options.files.join(', ')}`;

  let context = await load();
  let login = await loginOf(context);
  const { server, proxy } = endpointOf(context, where, options.env ?? {});
  const source = `${where}, context ${context.name}`;

  const cache = cacheCredentials(options.clock, async () => {
    try {
      return await credentialsOf(context, login);
    } catch (error) {
      throw loginFailed(source, context.user?.exec, error);
    }
  });
  const connection: Connection = {
    server,
    source,
    namespace: context.namespace,
    proxy,
    credentials: cache.credentials,
    async refresh() {
      const now = await load();
      const changed = JSON.stringify(now) !== JSON.stringify(context);
      context = now;
      // A new login forgets its plugin's answer. Otherwise it is kept: it may hold the only valid OIDC refresh token.
      if (changed || context.user?.exec !== undefined) login = await loginOf(context);
      return cache.refresh();
    },
  };
  await connection.credentials();
  return connection;
}

async function credentialsOf(context: KubeconfigContext, login: Login): Promise<Credentials> {
  const { headers, ca, cert, key } = await login();
  return {
    headers: { ...headers, ...(await bearer(context.user)), ...impersonation(context.user) },
    tls: {
      ca,
      cert,
      key,
      serverName: context.cluster['tls-server-name'],
      insecure: skipsVerification(context),
    },
  };
}

/** As with kubectl, a token file wins over a token beside it, and a token over everything else. */
async function bearer({ tokenFile, token }: KubeconfigUser = {}): Promise<Credentials['headers']> {
  if (tokenFile !== undefined) return { authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}` };
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** `as` and its companions, as headers (Kubernetes' "User impersonation"). */
function impersonation(user: KubeconfigUser | undefined): Credentials['headers'] {
  const headers: Record<string, string | readonly string[]> = {};
  if (user?.as) headers['impersonate-user'] = user.as;
  if (user?.['as-uid']) headers['impersonate-uid'] = user['as-uid'];
  if (user?.['as-groups']?.length) headers['impersonate-group'] = user['as-groups'];
  for (const [name, values] of Object.entries(user?.['as-user-extra'] ?? {})) {
    headers[`impersonate-extra-${encodeURIComponent(name.toLowerCase())}`] = values;
  }
  return headers;
}

function endpointOf(
  context: KubeconfigContext,
  where: string,
  env: Readonly<Record<string, string | undefined>>,
): Pick<Connection, 'server' | 'proxy'> {
  const { server, 'proxy-url': proxyUrl } = context.cluster;
  const url = URL.parse(server);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new ApiError('Config', `${where}: server "${server}" is not an http or https URL`);
  }
  // As Go does for kubectl: an environment's proxy is never asked for this machine.
  if (!proxyUrl) return { server: url, proxy: loopback.test(url.hostname) ? undefined : env };
  const proxy = URL.parse(proxyUrl);
  if (proxy === null || !/^https?:$/.test(proxy.protocol)) {
    throw new ApiError(
      'Config',
      `${where}: proxy-url is not an http or https URL; other kinds of proxy are not supported`,
    );
  }
  return { server: url, proxy: { HTTP_PROXY: proxy.href, HTTPS_PROXY: proxy.href } };
}

function loginFailed(source: string, exec: KubeconfigExec | undefined, error: unknown): ApiError {
  if (exec === undefined) return new ApiError('Config', `${source}: cannot log in: ${said(error)}`, { cause: error });
  const plugin = `${source}: the credential plugin ${exec.command}`;
  // Neither message nor cause of these: they quote what the plugin wrote, which may be a token.
  if (error instanceof SyntaxError || error instanceof TypeError) {
    return new ApiError('Config', `${plugin} wrote something that is not an ExecCredential`);
  }
  const hint = exec.installHint ? ` (${exec.installHint.trim()})` : '';
  return new ApiError('Config', `${plugin} failed: ${said(error)}${hint}`, { cause: error });
}

function said(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().split('\n')[0] || 'it said nothing';
}
