import { join } from 'node:path';
import { ClusterError } from '../cluster/cluster-error.ts';
import { deployment, operatorNamespace } from './deploy.ts';
import { repositoryRoot } from './generated-file.ts';
import { exitWith, type Kubectl, openKubectl } from './kubectl.ts';

// `make run`: the operator on this machine, against the same cluster that `make install` installs into.

/**
 * Whether the operator's own arguments leave no question which cluster it talks to, or it talks to none.
 *
 * @param args the operator's
 */
export function decidesItself(args: readonly string[]): boolean {
  return args.some((arg) => /^(?:--kubeconfig(?:=.*)?|--help|-h|--version)$/.test(arg));
}

/**
 * Refuses to run beside an operator that is deployed in the cluster. Two of different versions want different things of the
 * same objects, and undo each other's changes as fast as the API server takes them.
 *
 * @param args the operator's; with `--leader-elect` it waits for its turn, and may run
 * @throws ClusterError `OtherOperator`
 */
export async function refuseSecondOperator(kubectl: Pick<Kubectl, 'ask'>, args: readonly string[]): Promise<void> {
  if (args.some((arg) => /^--leader-elect(?:=true)?$/.test(arg))) return;
  const place = ['--namespace', operatorNamespace];
  const { code, stdout } = await kubectl.ask(...place, 'get', deployment, '--output', 'jsonpath={.spec.replicas}');
  if (code !== 0 || Number(stdout) === 0) return;
  throw new ClusterError('OtherOperator', `an operator runs in this cluster already: ${deployment}`, {
    fix: `stop it while this one runs: kubectl ${place.join(' ')} scale ${deployment} --replicas=0`,
  });
}

if (import.meta.main) {
  const args = process.argv.slice(2);
  await exitWith(async () => {
    const env = { ...process.env };
    if (!decidesItself(args)) {
      const kubectl = await openKubectl((line) => console.error(line));
      await refuseSecondOperator(kubectl, args);
      env.KUBECONFIG = kubectl.target.kubeconfig;
    }
    const launcher = join(repositoryRoot, 'bin', 'smooth-operator');
    // In the place of this process, so that a signal that is meant for the operator reaches it, and once.
    process.execve?.(launcher, [launcher, ...args], env);
  });
}
