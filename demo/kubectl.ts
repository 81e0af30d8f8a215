import { kubectlPath } from '../cluster/cluster.ts';
import { runOrThrow } from '../cluster/process/run.ts';

/** Runs the cluster's own kubectl and returns what it printed. */
export type Kubectl = (...args: readonly string[]) => Promise<string>;

/**
 * A kubectl for one cluster, whatever kubeconfig the user's shell has.
 *
 * @param kubeconfig a path
 */
export async function kubectlFor(kubeconfig: string): Promise<Kubectl> {
  const program = await kubectlPath();
  return (...args) => runOrThrow(program, args, { env: { ...process.env, KUBECONFIG: kubeconfig } });
}
