import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Authority,
  createAuthority,
  issue,
  newKey,
  publicKeyOf,
  type Subject,
} from '../../src/runtime/certificates/certificate.ts';
import { errnoOf } from '../errno.ts';

const authorityName = 'smooth-operator-ca';

/**
 * Everybody that a cluster knows by certificate, and under which name: the names and groups are those that the
 * default RBAC rules bind (kubernetes.io "PKI certificates and requirements").
 */
const clients = {
  admin: { commonName: 'kubernetes-admin', organizations: ['system:masters'] },
  'kube-apiserver-kubelet-client': { commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'] },
  'kube-controller-manager': { commonName: 'system:kube-controller-manager' },
  'kube-scheduler': { commonName: 'system:kube-scheduler' },
  'kube-proxy': { commonName: 'system:kube-proxy' },
} as const satisfies Record<string, Subject>;

/** One who calls the API server with a certificate. `kubelet` is named after its node. */
export type ClientName = keyof typeof clients | 'kubelet';

/** Who is in the cluster. */
export interface PkiOptions {
  /** Addresses that the control plane serves on. */
  readonly addresses: readonly string[];
  /** The node's name and address. Default: there is no node. */
  readonly node?: { readonly name: string; readonly address: string } | undefined;
  /** The wall clock, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** The files of a cluster's keys and certificates, all in one directory. */
export interface Pki {
  /** The authority's certificate, PEM, as text. */
  readonly ca: string;
  /** The path of a certificate. `serving` is the control plane's own. */
  certificate(name: ClientName | 'serving' | 'ca'): string;
  /** The path of a private key. */
  key(name: ClientName | 'serving' | 'ca'): string;
  /** The paths of the pair that signs and checks service account tokens. */
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
}

/**
 * Writes a cluster's keys and certificates. The authority and the service account key are kept from an earlier run, so
 * that running components and issued tokens stay valid; everything else is issued anew, so nothing can be expired.
 *
 * @param directory made if it is not there; only its owner may look inside
 */
export async function ensurePki(directory: string, options: PkiOptions): Promise<Pki> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { nowMs, node, addresses } = options;
  const authority = await keptAuthority(directory, nowMs);
  const serving: Subject = {
    commonName: 'kube-apiserver',
    dnsNames: [
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
    ],
    addresses,
  };
  const kubelet: Subject | undefined = node && {
    commonName: `system:node:${node.name}`,
    organizations: ['system:nodes'],
    dnsNames: [node.name],
    addresses: [node.address],
  };
  const subjects: Record<string, Subject> = { ...clients, serving, ...(kubelet && { kubelet }) };
  for (const [name, subject] of Object.entries(subjects)) {
    const pair = issue(authority, subject, nowMs);
    await writePrivate(join(directory, `${name}.key`), pair.key);
    await writePrivate(join(directory, `${name}.crt`), pair.certificate);
  }
  return pkiIn(directory, authority.certificate);
}

/** The paths in a directory that `ensurePki` has filled. */
function pkiIn(directory: string, ca: string): Pki {
  return {
    ca,
    certificate: (name) => join(directory, `${name}.crt`),
    key: (name) => join(directory, `${name}.key`),
    serviceAccountKey: join(directory, 'service-account.key'),
    serviceAccountPublicKey: join(directory, 'service-account.pub'),
  };
}

/** The certificate is written last, so where it stands all four files do. */
async function keptAuthority(directory: string, nowMs: number): Promise<Authority> {
  const certificateFile = join(directory, 'ca.crt');
  try {
    const certificate = await readFile(certificateFile, 'utf8');
    return { commonName: authorityName, certificate, key: await readFile(join(directory, 'ca.key'), 'utf8') };
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT') throw thrown;
  }
  const authority = createAuthority(authorityName, nowMs);
  const serviceAccountKey = newKey();
  await writePrivate(join(directory, 'service-account.key'), serviceAccountKey);
  await writePrivate(join(directory, 'service-account.pub'), publicKeyOf(serviceAccountKey));
  await writePrivate(join(directory, 'ca.key'), authority.key);
  await writePrivate(certificateFile, authority.certificate);
  return authority;
}

async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
