import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { Clock } from './clock.ts';
import type { Connection, Credentials } from './connection.ts';
import { cacheCredentials } from './credential-cache.ts';
import { ApiError } from './errors.ts';
import type { KubeconfigContext, KubeconfigExec, KubeconfigUser } from './kubeconfig-file.ts';
import { readKubeconfig } from './kubeconfig-file.ts';

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

/** The official client, of which only the credential plugins are used. It weighs 60 MB, so a pod never loads it. */
type Library = typeof import('./kubeconfig-library.ts').kubeconfigLibrary;

/**
 * The connection of a kubeconfig, with every way to log in that kubectl has: certificates, tokens, token files,
 * passwords, exec plugins, OIDC and the cloud providers of old, impersonation.
 *
 * After a 401 the files are read again and an exec plugin runs again: logging in anew with kubectl is noticed.
 *
 * @throws ApiError `Config`, naming the file, the fault and the fix
 */
export async function fromKubeconfig(options: KubeconfigOptions): Promise<Connection> {
  const { kubeconfigLibrary: library } = await import('./kubeconfig-library.ts');
  const load = () => readKubeconfig({ ...options, parseYaml: (text) => library.loadYaml(text) });
  const where = `kubeconfig ${options.files.join(', ')}`;

  let context = await load();
  let login = createLogin(library, context);
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
      if (changed || context.user?.exec !== undefined) login = createLogin(library, context);
      return cache.refresh();
    },
  };
  await connection.credentials();
  return connection;
}

type Login = (request: RequestOptions) => Promise<void>;

/** A function that logs in as the context's user and puts what came of it into a request's options. */
function createLogin(library: Library, context: KubeconfigContext): Login {
  const { user } = context;
  const config = new library.KubeConfig();
  config.loadFromString(
    JSON.stringify({
      clusters: [
        {
          name: 'cluster',
          // Plain http to a local `kubectl proxy` is refused by the library unless told so; we make the request.
          cluster: {
            ...context.cluster,
            'proxy-url': undefined,
            'insecure-skip-tls-verify': skipsVerification(context),
          },
        },
      ],
      users: [{ name: 'user', user: user && { ...user, exec: withExecInfo(user.exec, context) } }],
      contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
      'current-context': 'context',
    }),
  );
  return (request) => config.applyToHTTPSOptions(request);
}

async function credentialsOf(context: KubeconfigContext, login: Login): Promise<Credentials> {
  const request: RequestOptions = { headers: {} };
  await login(request);
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value !== undefined) headers[name.toLowerCase()] = typeof value === 'number' ? String(value) : value;
  }
  if (request.auth) headers.authorization = `Basic ${Buffer.from(request.auth).toString('base64')}`;
  const { tokenFile, token } = context.user ?? {};
  // The library does not know `tokenFile`. As with kubectl, the file wins over a token beside it.
  if (tokenFile !== undefined) headers.authorization = `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`;
  else if (token !== undefined) headers.authorization = `Bearer ${token}`;
  return {
    headers: { ...headers, ...impersonation(context.user) },
    tls: {
      ca: pem(request.ca),
      cert: pem(request.cert),
      key: pem(request.key),
      serverName: context.cluster['tls-server-name'],
      insecure: skipsVerification(context),
    },
  };
}

function skipsVerification(context: KubeconfigContext): boolean {
  return context.cluster['insecure-skip-tls-verify'] === true || context.cluster.server.startsWith('http:');
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

/** Tells an exec plugin that nobody is there to type, and which cluster it is for (client-go's `KUBERNETES_EXEC_INFO`). */
function withExecInfo(exec: KubeconfigExec | undefined, context: KubeconfigContext): KubeconfigExec | undefined {
  if (exec === undefined) return undefined;
  const info = {
    apiVersion: exec.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(exec.provideClusterInfo && { cluster: context.cluster }) },
  };
  return { ...exec, env: [...(exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }] };
}

/** The library gives one text or one Buffer; the type allows more. */
function pem(value: RequestOptions['ca'] | RequestOptions['key']): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
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
