import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The names and numbers of the one cluster that a machine can have. */
export const nodeName = 'smooth-operator';
/** The interface that carries the node's address. A bridge, because not every kernel has the `dummy` type. */
export const bridge = 'smooth0';
/** The node's address, the control plane's, and the gateway of every pod. From the benchmarking range (RFC 2544), which is never routed. */
export const nodeAddress = '198.18.0.1';
export const podRange = '198.18.0.0/16';
export const serviceRange = '198.19.0.0/16';
/** The `kubernetes` Service. */
export const kubernetesServiceAddress = '198.19.0.1';

/** Where a checkout's cluster keeps its files. */
export interface Layout {
  /** The checkout's root, without symbolic links. */
  readonly checkout: string;
  /** Everything that lasts: data, keys, configuration. Inside the checkout, ignored by git. */
  readonly state: string;
  readonly logs: string;
  /** The administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** What kind of cluster it is; see cluster-record.ts. */
  readonly record: string;
  /** Sockets and pid files. Short, whatever the checkout's path is, because a socket's path may have 107 bytes. */
  readonly run: string;
  /** Pods' volumes. In `state`, unless the kubelet's sockets in it would have too long a path. */
  readonly kubelet: string;
  /** Says which checkout's full cluster this machine runs; see node/owner.ts. */
  readonly owner: string;
}

/** unix(7): 108 bytes with the NUL at the end. */
const longestSocketPath = 107;
const longestKubeletSocket = 'pod-resources/kubelet.sock';

/** The checkout that this file is in. */
export const thisCheckout: string = join(import.meta.dirname, '..');

/**
 * The files of a checkout's cluster.
 *
 * @param checkout default: the one that this file is in
 * @param uid the user's number; undefined where there is none. Root's sockets go to /run, which a reboot empties
 */
export function layoutOf(checkout: string = thisCheckout, uid: number | undefined = process.getuid?.()): Layout {
  const root = realpathSync(checkout);
  const state = join(root, '.local', 'cluster');
  const id = createHash('sha256').update(root).digest('hex').slice(0, 8);
  const run = uid === 0 && process.platform === 'linux' ? '/run' : tmpdir();
  const kubelet = join(state, 'kubelet');
  const fits = Buffer.byteLength(join(kubelet, longestKubeletSocket)) <= longestSocketPath;
  return {
    checkout: root,
    state,
    logs: join(state, 'logs'),
    kubeconfig: join(state, 'kubeconfig'),
    record: join(state, 'cluster.json'),
    run: join(run, `smooth-operator-${uid === 0 ? '' : `${uid}-`}${id}`),
    // Not /run: it is in memory, and mounted `noexec`.
    kubelet: fits ? kubelet : join('/var/lib', `smooth-operator-${id}`),
    owner: '/run/smooth-operator.owner',
  };
}
