import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ClusterError } from '../cluster/cluster-error.ts';
import { type RunResult, run } from '../cluster/process/run.ts';
import { exitCodeOf } from '../images/cli.ts';
import { repositoryRoot } from './generated-file.ts';
import { describeTarget, kubectlFor, type TargetCluster, targetCluster } from './target-cluster.ts';

/** kubectl, for one cluster, at the root of the repository. */
export interface Kubectl {
  readonly target: TargetCluster;
  /**
   * Runs it where the user sees what it prints.
   *
   * @throws ClusterError `CommandFailed` when it fails; it has said why by then
   */
  show(...args: string[]): Promise<void>;
  /** Runs it and returns what it printed, however it ended. */
  ask(...args: string[]): Promise<RunResult>;
}

/**
 * kubectl for the cluster that the user means.
 *
 * @param print is told which one that is
 * @throws ClusterError when there is no cluster, or no kubectl
 */
export async function openKubectl(print: (line: string) => void): Promise<Kubectl> {
  const target = await targetCluster();
  const path = await kubectlFor(target);
  print(await describeTarget(target, path));
  const env = { ...process.env, KUBECONFIG: target.kubeconfig };
  return {
    target,
    async show(...args) {
      const child = spawn(path, args, { cwd: repositoryRoot, env, stdio: ['ignore', 'inherit', 'inherit'] });
      const [code]: (number | null)[] = await once(child, 'exit');
      if (code !== 0) throw new ClusterError('CommandFailed', `kubectl ${args.join(' ')} failed`);
    },
    ask: (...args) => run(path, args, { cwd: repositoryRoot, env }),
  };
}

/**
 * Runs a command to its end and sets the process' exit code: 2 for a wrong command line, 1 for any other failure.
 *
 * @param command what it throws is told on standard error
 */
export async function exitWith(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (thrown) {
    if (!(thrown instanceof ClusterError)) {
      process.exitCode = exitCodeOf(thrown, (line) => console.error(line));
      return;
    }
    console.error(thrown.format());
    process.exitCode = thrown.code === 'Aborted' ? 130 : 1;
  }
}

/**
 * How many MCPServers there are, for those about to remove the CRD and every one of them with it.
 *
 * @returns 0 when the CRD is not installed
 */
export async function countServers(kubectl: Pick<Kubectl, 'ask'>): Promise<number> {
  const { code, stdout } = await kubectl.ask('get', 'mcpservers.mcp.mcp.dev', '--all-namespaces', '--output', 'name');
  return code === 0 ? stdout.split('\n').filter((line) => line !== '').length : 0;
}
