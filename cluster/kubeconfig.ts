import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parse, stringify } from 'yaml';

/** Who calls which API server. */
export interface KubeconfigOptions {
  /** `https://host:port`. */
  readonly server: string;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** The user's name in the file; it has no other meaning. */
  readonly user: string;
  /** How the user proves who it is. */
  readonly credentials: { readonly certificate: string; readonly key: string } | { readonly token: string };
  /** The namespace of commands that name none. Default: `default`. */
  readonly namespace?: string | undefined;
}

/** The name of cluster and context in every kubeconfig from here. */
export const contextName = 'smooth-operator';

/**
 * A kubeconfig with everything inside it, so that the file can be moved.
 *
 * @returns YAML
 */
export function kubeconfig(options: KubeconfigOptions): string {
  const { credentials, user, namespace } = options;
  const proof =
    'token' in credentials
      ? { token: credentials.token }
      : { 'client-certificate-data': base64(credentials.certificate), 'client-key-data': base64(credentials.key) };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': contextName,
    clusters: [
      { name: contextName, cluster: { server: options.server, 'certificate-authority-data': base64(options.ca) } },
    ],
    users: [{ name: user, user: proof }],
    contexts: [
      { name: contextName, context: { cluster: contextName, user, ...(namespace === undefined ? {} : { namespace }) } },
    ],
  });
}

/** Writes a kubeconfig in one step, readable by its owner only: it holds a key. */
export async function writeKubeconfig(file: string, options: KubeconfigOptions): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, kubeconfig(options), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/**
 * The kubeconfig of one who has a certificate in a file.
 *
 * @param certificateFile PEM
 * @param keyFile PEM
 */
export async function writeCertificateKubeconfig(
  file: string,
  options: Omit<KubeconfigOptions, 'credentials'> & { readonly certificateFile: string; readonly keyFile: string },
): Promise<void> {
  const { certificateFile, keyFile, ...rest } = options;
  const [certificate, key] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')]);
  await writeKubeconfig(file, { ...rest, credentials: { certificate, key } });
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** What the current context of a kubeconfig says. */
export interface KubeconfigContents {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly credentials: KubeconfigOptions['credentials'];
}

/**
 * Reads a kubeconfig of the kind that `kubeconfig` writes: one cluster, one user, everything inside. For any other the
 * operator has a loader that knows every way to prove who one is.
 *
 * @param text YAML
 * @throws TypeError when it is of another kind
 */
export function readKubeconfig(text: string): KubeconfigContents {
  const config = parse(text) as {
    clusters?: { cluster: Record<string, string | undefined> }[];
    users?: { user: Record<string, string | undefined> }[];
  } | null;
  const cluster = config?.clusters?.[0]?.cluster;
  const user = config?.users?.[0]?.user;
  const ca = cluster?.['certificate-authority-data'];
  const certificate = user?.['client-certificate-data'];
  const key = user?.['client-key-data'];
  if (cluster?.server === undefined || ca === undefined) throw new TypeError('the kubeconfig has no server, or no CA');
  const proof = user?.token ? { token: user.token } : undefined;
  const pair = certificate && key ? { certificate: decode(certificate), key: decode(key) } : undefined;
  const credentials = proof ?? pair;
  if (credentials === undefined)
    throw new TypeError('the kubeconfig has neither a token nor a certificate with its key');
  return { server: cluster.server, ca: decode(ca), credentials };
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
