import { kubectlPath, type LocalCluster } from '../cluster/cluster.ts';
import { run, runOrThrow } from '../cluster/process/run.ts';
import type { Report } from '../cluster/progress.ts';
import { repositoryRoot } from '../tools/generated-file.ts';
import type { Kubectl } from '../tools/kubectl.ts';

/** kubectl for the demo: like that of the other commands, and it can be asked for what must succeed. */
export interface DemoKubectl extends Kubectl {
  /** Runs it and returns what it printed. @throws ClusterError `CommandFailed` with its last lines */
  read(...args: string[]): Promise<string>;
}

/**
 * A kubectl for the local cluster, whatever cluster the user's shell is set to.
 *
 * @param report takes what `show` prints, a line at a time
 */
export async function kubectlFor(cluster: LocalCluster, report: Report): Promise<DemoKubectl> {
  const program = await kubectlPath();
  const { kubeconfig, runsPods } = cluster;
  const options = { cwd: repositoryRoot, env: { ...process.env, KUBECONFIG: kubeconfig }, deadlineMs: 240_000 };
  return {
    target: { kubeconfig, runsPods, from: 'the local cluster', isLocal: true },
    async show(...args) {
      // One line for each object of an apply says nothing that a person needs to know.
      const onLine = (line: string) => (line.endsWith('serverside-applied') ? undefined : report(line));
      await runOrThrow(program, args, { ...options, onLine });
    },
    ask: (...args) => run(program, args, options),
    read: (...args) => runOrThrow(program, args, options),
  };
}
