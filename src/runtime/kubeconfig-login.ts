import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { KubeconfigContext, KubeconfigExec, KubeconfigUser } from './kubeconfig-file.ts';

/** What came of a login. */
export interface Proof {
  /** By name, in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** PEM, and so the next two. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** Logs in; called again when what it gave is old. It rejects with whatever went wrong. */
export type Login = () => Promise<Proof>;

/** The official client, of which only the credential plugins are used. It weighs 27 MB, so it is loaded for these alone. */
type Library = typeof import('./kubeconfig-library.ts').kubeconfigLibrary;

/**
 * The login of a context: with certificates, a password or nothing by ourselves; with exec plugins, OIDC and the cloud
 * providers of old by the official client. Tokens are no business of a login: see `fromKubeconfig`.
 */
export async function loginOf(context: KubeconfigContext): Promise<Login> {
  const { user } = context;
  if (user?.exec === undefined && user?.['auth-provider'] === undefined) return () => plainProof(context);
  const { kubeconfigLibrary } = await import('./kubeconfig-library.ts');
  return pluginLogin(kubeconfigLibrary, context);
}

/** Whether nobody looks at the server's certificate. */
export function skipsVerification({ cluster }: KubeconfigContext): boolean {
  return cluster['insecure-skip-tls-verify'] === true || cluster.server.startsWith('http:');
}

async function plainProof({ cluster, user = {} }: KubeconfigContext): Promise<Proof> {
  const [ca, cert, key] = await Promise.all([
    pemOf(cluster['certificate-authority-data'], cluster['certificate-authority']),
    pemOf(user['client-certificate-data'], user['client-certificate']),
    pemOf(user['client-key-data'], user['client-key']),
  ]);
  return { headers: password(user), ca, cert, key };
}

/** As with kubectl, what is inside wins over a file beside it. */
async function pemOf(data: string | undefined, file: string | undefined): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file ? readFile(file, 'utf8') : undefined;
}

function password({ username, password }: KubeconfigUser): Proof['headers'] {
  return username ? { authorization: basic(`${username}:${password ?? ''}`) } : {};
}

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function pluginLogin(library: Library, context: KubeconfigContext): Login {
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
  return async () => {
    const request: RequestOptions = { headers: {} };
    await config.applyToHTTPSOptions(request);
    const headers: Record<string, string | readonly string[]> = {};
    for (const [name, value] of Object.entries(request.headers ?? {})) {
      if (value !== undefined) headers[name.toLowerCase()] = typeof value === 'number' ? String(value) : value;
    }
    if (request.auth) headers.authorization = basic(request.auth);
    return { headers, ca: pem(request.ca), cert: pem(request.cert), key: pem(request.key) };
  };
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
