/** The programs of a Kubernetes cluster. */
export const binaryNames = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
  'etcd',
] as const;

/** One of them. `kube-apiserver` is built first: it compiles what the others share. */
export type BinaryName = (typeof binaryNames)[number];

/** What a control plane without nodes needs. */
export const controlPlaneNames: readonly BinaryName[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
];

/** One version of everything, pinned. */
export interface Release {
  /** Kubernetes, e.g. `v1.36.3`. */
  readonly version: string;
  /** etcd, e.g. `v3.6.8`: the one that this Kubernetes is tested with. */
  readonly etcd: string;
  /** Where its go.mod and go.sum are, relative to `cluster/`. */
  readonly module: string;
  /** The node image with which kind runs this minor version: those that kind v0.32.0 was released with. */
  readonly kindImage: string;
}

/**
 * Every release that can be asked for, newest first: the minor versions that Kubernetes itself supports. etcd is the one
 * that kubeadm of that release installs (`DefaultEtcdVersion`). Each has a go.mod of its own.
 */
export const releases: readonly Release[] = [
  {
    version: 'v1.36.3',
    etcd: 'v3.6.8',
    module: 'kubernetes/1.36',
    kindImage: 'kindest/node:v1.36.1@sha256:3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5',
  },
  {
    version: 'v1.35.4',
    etcd: 'v3.6.6',
    module: 'kubernetes/1.35',
    kindImage: 'kindest/node:v1.35.5@sha256:ce977ae6d65918d0b58a5f8b5e940429c2ce42fa3a5619ec2bbc60b949c0ac95',
  },
  {
    version: 'v1.34.4',
    etcd: 'v3.6.5',
    module: 'kubernetes/1.34',
    kindImage: 'kindest/node:v1.34.8@sha256:02722c2dedddcfc00febf5d27fbeb9b7b2c14294c82109ff4a85d89ac9ba3256',
  },
];

/** The minor version of a release, e.g. `1.36`: what `K8S_VERSION` is set to. */
export function minorOf(release: Release): string {
  return release.version.slice(1, release.version.lastIndexOf('.'));
}

/**
 * The release to run.
 *
 * @param wanted a minor version (`1.36`) or a whole one (`v1.36.3`), as in the environment's `K8S_VERSION`;
 *   undefined or empty is the newest
 * @throws RangeError that lists the versions there are
 */
export function releaseFor(wanted: string | undefined): Release {
  const [newest] = releases;
  const text = (wanted ?? '').replace(/^v/, '');
  const found = text === '' ? newest : releases.find(({ version }) => `${version.slice(1)}.`.startsWith(`${text}.`));
  if (found !== undefined) return found;
  const known = releases.map((release) => `${minorOf(release)} (${release.version})`).join(', ');
  throw new RangeError(
    `K8S_VERSION=${JSON.stringify(wanted)} is not one of the versions that are pinned here: ${known}`,
  );
}

/** The Go package that a binary is built from. */
export function packageOf(name: BinaryName): string {
  return name === 'etcd' ? 'go.etcd.io/etcd/server/v3' : `k8s.io/kubernetes/cmd/${name}`;
}

/**
 * The linker flags that make a build from modules say which version it is; without them it calls itself v0.0.0, and
 * clients that look at the version are led astray.
 */
export function linkerFlags(release: Release): string {
  const [major = '', minor = ''] = release.version.slice(1).split('.');
  const values = {
    gitVersion: release.version,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: release.version,
    gitTreeState: 'clean',
  };
  const stamps = Object.entries(values).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`);
  return ['-s', '-w', ...stamps].join(' ');
}

/**
 * The version in what a binary prints about itself.
 *
 * @param output of `--version` (`Kubernetes v1.36.3`, `etcd Version: 3.6.8`) or `kubectl version --client`
 * @returns e.g. `v1.36.3`, or undefined when there is none in it
 */
export function versionIn(output: string): string | undefined {
  const match = /(?:Kubernetes|Client Version:|etcd Version:)\s+v?(\d+\.\d+\.\d+\S*)/.exec(output);
  return match === null ? undefined : `v${match[1]}`;
}
