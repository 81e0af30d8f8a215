import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Environment, findProgram, searchPath } from '../cluster/binaries/find.ts';
import { kubectlPath, status } from '../cluster/cluster.ts';
import { ClusterError } from '../cluster/cluster-error.ts';
import { layoutOf } from '../cluster/layout.ts';
import { run } from '../cluster/process/run.ts';

/** The cluster that a command is about. */
export interface TargetCluster {
  /** What KUBECONFIG is for kubectl and for the operator: one path, or several with `:` between. */
  readonly kubeconfig: string;
  /** How it was found, for a person. */
  readonly from: string;
  /** True for the local cluster of this checkout. */
  readonly isLocal: boolean;
  /** False for a local cluster without nodes. Of others it is taken for granted. */
  readonly runsPods: boolean;
}

/** The local cluster of this checkout, as far as a command needs to know. */
export interface LocalState {
  readonly isUp: boolean;
  readonly runsPods: boolean;
  readonly kubeconfig: string;
}

/** What the choice depends on. */
export interface TargetOptions {
  /** Default: this process' environment. */
  readonly env?: Environment;
  /** Default: looked up. */
  readonly local?: () => Promise<LocalState>;
}

/**
 * Finds the cluster that the user means: the one of KUBECONFIG, else the local one when it is up, else kubectl's default.
 *
 * @throws ClusterError `NotRunning` that says what there is to choose from
 */
export async function targetCluster(options: TargetOptions = {}): Promise<TargetCluster> {
  const { env = process.env, local = localState } = options;
  const given = env.KUBECONFIG;
  const { isUp, runsPods, kubeconfig } = await local();
  if (given) {
    const isLocal = isUp && given === kubeconfig;
    return { kubeconfig: given, from: `KUBECONFIG=${given}`, isLocal, runsPods: isLocal ? runsPods : true };
  }
  if (isUp) return { kubeconfig, from: 'the local cluster', isLocal: true, runsPods };
  const usual = join(env.HOME || homedir(), '.kube', 'config');
  if (existsSync(usual)) return { kubeconfig: usual, from: usual, isLocal: false, runsPods: true };
  throw new ClusterError(
    'NotRunning',
    `there is no cluster: KUBECONFIG is not set, the local cluster is not up, and ${usual} does not exist`,
    { fix: 'make cluster-up starts one on this machine; KUBECONFIG=… uses another' },
  );
}

async function localState(): Promise<LocalState> {
  const layout = layoutOf();
  const { record, running } = await status(layout);
  const isUp = record?.mode === 'kind' || running.includes('kube-apiserver');
  return { isUp, runsPods: record?.mode !== 'control-plane', kubeconfig: layout.kubeconfig };
}

/**
 * The kubectl for a cluster: the local cluster's own for that, for others the one on PATH, else the local cluster's.
 *
 * @returns its path
 * @throws ClusterError when there is none and it cannot be made
 */
export async function kubectlFor(target: TargetCluster, env: Environment = process.env): Promise<string> {
  const installed = target.isLocal ? undefined : await findProgram('kubectl', searchPath(env));
  return installed ?? kubectlPath();
}

/**
 * Says which cluster a kubeconfig leads to, so that nobody installs into the wrong one unawares.
 *
 * @param kubectl its path
 * @returns for example `cluster: https://127.0.0.1:6443 (context kind-dev, from KUBECONFIG=dev.yaml)`
 * @throws ClusterError `NotRunning` when the kubeconfig names no cluster
 */
export async function describeTarget(target: TargetCluster, kubectl: string): Promise<string> {
  const args = ['config', 'view', '--minify', '--output', 'json'];
  const result = await run(kubectl, args, { env: { ...process.env, KUBECONFIG: target.kubeconfig } });
  const view: View = result.code === 0 ? JSON.parse(result.stdout) : {};
  const server = view.clusters?.[0]?.cluster?.server;
  if (server === undefined) {
    throw new ClusterError('NotRunning', `the kubeconfig of ${target.from} names no cluster: ${result.stderr.trim()}`, {
      fix: 'check the file, and that it has a current context: kubectl config get-contexts',
    });
  }
  return `cluster: ${server} (context ${view['current-context']}, from ${target.from})`;
}

/** What `kubectl config view --minify` prints, as far as it matters. */
interface View {
  readonly 'current-context'?: string;
  readonly clusters?: readonly { readonly cluster?: { readonly server?: string } }[];
}
