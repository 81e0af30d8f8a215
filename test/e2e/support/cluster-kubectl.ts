import { kubectlPath, type LocalCluster } from '../../../cluster/cluster.ts';
import { type RunResult, run, runOrThrow } from '../../../cluster/process/run.ts';
import { repositoryRoot } from '../../../tools/generated-file.ts';
import type { Kubectl } from '../../../tools/kubectl.ts';

/** kubectl for the local cluster, as its administrator: the one that the commands of `tools/` take, and a bit more. */
export interface ClusterKubectl extends Kubectl {
  /**
   * Runs it and returns what it printed.
   *
   * @throws Error that tells what it said. Not a ClusterError, which would end a wait at once
   */
  read(...args: string[]): Promise<string>;
  /** Runs it with an object as its standard input: `['apply', '-f', '-']`. @throws Error like `read` */
  send(object: object, ...args: string[]): Promise<string>;
}

/** @param cluster the local one, up */
export async function clusterKubectl(cluster: LocalCluster): Promise<ClusterKubectl> {
  const program = await kubectlPath();
  const { kubeconfig, runsPods } = cluster;
  const options = { cwd: repositoryRoot, env: { ...process.env, KUBECONFIG: kubeconfig }, deadlineMs: 240_000 };

  return {
    target: { kubeconfig, runsPods, from: 'the local cluster', isLocal: true },
    show: async (...args) => void (await runOrThrow(program, args, options)),
    ask: (...args) => run(program, args, options),
    read: async (...args) => stdoutOf(args, await run(program, args, options)),
    send: async (object, ...args) =>
      stdoutOf(args, await run(program, args, { ...options, input: JSON.stringify(object) })),
  };
}

function stdoutOf(args: readonly string[], { code, stdout, stderr }: RunResult): string {
  if (code === 0) return stdout;
  throw new Error(`kubectl ${args.join(' ')} failed with exit code ${code}: ${stderr.trim()}`);
}
