import { join } from 'node:path';
import type { Pki } from '../pki/cluster-pki.ts';

/** The processes of a control plane, in the order in which they start. */
export const componentNames = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/** One of them. */
export type ComponentName = (typeof componentNames)[number];

/** Everything that the command lines of a control plane depend on. */
export interface ControlPlaneSettings {
  /** Where data, keys and kubeconfigs are. */
  readonly directory: string;
  /** Where sockets and pid files are. A short path: a unix socket's has 107 bytes at most (unix(7)). */
  readonly runDirectory: string;
  /** Where the logs go. */
  readonly logDirectory: string;
  /** What the control plane binds to. Never 0.0.0.0: it would be open to the network. */
  readonly address: string;
  readonly ports: Readonly<Record<Exclude<ComponentName, 'etcd'>, number>>;
  /** The addresses of Services, as a CIDR. */
  readonly serviceRange: string;
  /** The first address of that range: the `kubernetes` Service. */
  readonly kubernetesServiceAddress: string;
  /**
   * Pods that call the API server need the `kubernetes` Service to lead to it. Without nodes there are none, and a
   * loopback address is not allowed in endpoints.
   */
  readonly hasNodes: boolean;
  /** True lets etcd skip fsync: faster, and nothing that matters is lost with a test. */
  readonly unsafeNoFsync: boolean;
  /** Where the API server writes its audit log, and by which policy. Default: it writes none. */
  readonly audit?: { readonly policyFile: string; readonly logFile: string } | undefined;
}

/** Where the API server is. */
export function serverUrl(settings: ControlPlaneSettings): string {
  return `https://${settings.address}:${settings.ports['kube-apiserver']}`;
}

/** etcd's socket. No port to collide on, no TLS to pay for, and only the directory's owner gets to it. */
export function etcdSocket(settings: ControlPlaneSettings): string {
  return join(settings.runDirectory, 'etcd.sock');
}

/** Where a component's log goes. */
export function logFileOf(settings: Pick<ControlPlaneSettings, 'logDirectory'>, component: string): string {
  return join(settings.logDirectory, `${component}.log`);
}

/** Where a component's identity stands. */
export function pidFileOf(settings: Pick<ControlPlaneSettings, 'runDirectory'>, component: string): string {
  return join(settings.runDirectory, `${component}.pid`);
}

/** The kubeconfig of a component. */
export function kubeconfigOf(settings: Pick<ControlPlaneSettings, 'directory'>, component: string): string {
  return join(settings.directory, `${component}.kubeconfig`);
}

/** The command line of a component, without the program. */
export function argumentsOf(component: ComponentName, settings: ControlPlaneSettings, pki: Pki): string[] {
  return flags(flagsOf[component](settings, pki));
}

type Flags = Readonly<Record<string, string | number | boolean>>;

const flagsOf: Readonly<Record<ComponentName, (settings: ControlPlaneSettings, pki: Pki) => Flags>> = {
  etcd: (settings) => ({
    'data-dir': join(settings.directory, 'etcd'),
    'listen-client-urls': `unix://${etcdSocket(settings)}`,
    // Peers and advertised addresses must look like host:port. There is one member, so nobody dials them. The peer
    // socket is a file of that name in the working directory.
    'advertise-client-urls': 'http://localhost:1',
    'listen-peer-urls': 'unix://peer:1',
    'initial-advertise-peer-urls': 'unix://peer:1',
    'initial-cluster': 'default=unix://peer:1',
    // It elects itself, and need not wait a second for others.
    'heartbeat-interval': 10,
    'election-timeout': 100,
    // Kubernetes sends transactions and lists that are larger than etcd's defaults under load.
    'max-txn-ops': 10_000,
    'auto-compaction-retention': '5m',
    'log-level': 'warn',
    ...(settings.unsafeNoFsync ? { 'unsafe-no-fsync': true } : {}),
  }),

  'kube-apiserver': (settings, pki) => ({
    'etcd-servers': `unix://${etcdSocket(settings)}`,
    'bind-address': settings.address,
    'advertise-address': settings.address,
    'secure-port': settings.ports['kube-apiserver'],
    'tls-cert-file': pki.certificate('serving'),
    'tls-private-key-file': pki.key('serving'),
    'client-ca-file': pki.certificate('ca'),
    'service-cluster-ip-range': settings.serviceRange,
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': pki.serviceAccountPublicKey,
    'service-account-signing-key-file': pki.serviceAccountKey,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': true,
    'endpoint-reconciler-type': settings.hasNodes ? 'lease' : 'none',
    // The node has no name that resolves anywhere.
    'kubelet-preferred-address-types': 'InternalIP',
    'kubelet-certificate-authority': pki.certificate('ca'),
    'kubelet-client-certificate': pki.certificate('kube-apiserver-kubelet-client'),
    'kubelet-client-key': pki.key('kube-apiserver-kubelet-client'),
    profiling: false,
    ...(settings.audit === undefined ? {} : auditing(settings.audit)),
  }),

  'kube-controller-manager': (settings, pki) => ({
    ...client(settings, 'kube-controller-manager'),
    ...serving(settings, 'kube-controller-manager', pki),
    'root-ca-file': pki.certificate('ca'),
    'service-account-private-key-file': pki.serviceAccountKey,
    'cluster-signing-cert-file': pki.certificate('ca'),
    'cluster-signing-key-file': pki.key('ca'),
    'use-service-account-credentials': true,
    'kube-api-qps': 300,
    'kube-api-burst': 600,
  }),

  'kube-scheduler': (settings, pki) => ({
    ...client(settings, 'kube-scheduler'),
    ...serving(settings, 'kube-scheduler', pki),
    'kube-api-qps': 300,
    'kube-api-burst': 600,
  }),
};

function client(settings: ControlPlaneSettings, component: ComponentName): Flags {
  const file = kubeconfigOf(settings, component);
  return {
    kubeconfig: file,
    'authentication-kubeconfig': file,
    'authorization-kubeconfig': file,
    'leader-elect': false,
  };
}

function serving(settings: ControlPlaneSettings, component: Exclude<ComponentName, 'etcd'>, pki: Pki): Flags {
  return {
    'bind-address': settings.address,
    'secure-port': settings.ports[component],
    'tls-cert-file': pki.certificate('serving'),
    'tls-private-key-file': pki.key('serving'),
    profiling: false,
  };
}

function auditing({ policyFile, logFile }: NonNullable<ControlPlaneSettings['audit']>): Flags {
  return {
    'audit-policy-file': policyFile,
    'audit-log-path': logFile,
    // Who reads it counts: an entry is written before its request is answered, and none is dropped or rotated away.
    'audit-log-mode': 'blocking',
    'audit-log-maxsize': 100_000,
  };
}

/** `{ a: 1 }` as `--a=1`. */
export function flags(values: Flags): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
