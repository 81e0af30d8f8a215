import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ClusterError } from '../cluster/cluster-error.ts';
import { readKubeconfig, writeKubeconfig } from '../cluster/kubeconfig.ts';
import { tailOf } from '../cluster/log-tail.ts';
import { type Report, withHeartbeat } from '../cluster/progress.ts';
import type { Kubectl } from './kubectl.ts';

const NAMESPACE = 'smooth-operator-system';
const DEPLOYMENT = 'deployment/smooth-operator-controller-manager';
const ACCOUNT = 'smooth-operator-controller-manager';

/**
 * Waits until the deployed operator is up and leads: from then on it works.
 *
 * @throws ClusterError with the operator's own last lines
 */
export async function waitForOperator(kubectl: Kubectl, report: Report): Promise<void> {
  const rollout = () => kubectl('-n', NAMESPACE, 'rollout', 'status', DEPLOYMENT, '--timeout=120s');
  try {
    await withHeartbeat(report, 'waiting for the operator', rollout);
  } catch (thrown) {
    const fix = `look at it: npm run cluster -- kubectl -n ${NAMESPACE} describe pods`;
    const tail = (await kubectl('-n', NAMESPACE, 'logs', DEPLOYMENT, '--tail=20').catch(String)).split('\n');
    throw new ClusterError('ComponentFailed', 'the operator did not come up', {
      component: 'smooth-operator',
      tail,
      fix,
      cause: thrown,
    });
  }
}

/** An operator that runs on this machine instead of in a pod. */
export interface HostOperator {
  readonly logFile: string;
  stop(): Promise<void>;
}

/**
 * Runs the operator on this machine, with the rights of its service account and no other: for clusters whose pods are
 * not started.
 *
 * @param admin the administrator's kubeconfig, a path; the operator's own lies beside it
 */
export async function runOnHost(kubectl: Kubectl, admin: string): Promise<HostOperator> {
  const { server, ca } = readKubeconfig(await readFile(admin, 'utf8'));
  const token = (await kubectl('-n', NAMESPACE, 'create', 'token', ACCOUNT)).trim();
  const kubeconfig = join(dirname(admin), 'operator.kubeconfig');
  await writeKubeconfig(kubeconfig, { server, ca, user: ACCOUNT, credentials: { token } });

  const logFile = join(dirname(admin), 'logs', 'operator.log');
  await mkdir(dirname(logFile), { recursive: true });
  const program = join(import.meta.dirname, '..', 'bin', 'smooth-operator');
  const quiet = ['--metrics-bind-address=0', '--health-probe-bind-address=0'];
  const child = spawn(program, [`--kubeconfig=${kubeconfig}`, ...quiet], { stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.pipe(createWriteStream(logFile));
  const ended = once(child, 'exit');
  const failed = ended.then(async () => {
    throw new ClusterError('ComponentFailed', 'the operator ended by itself', {
      component: 'smooth-operator',
      tail: await tailOf(logFile),
      logFile,
    });
  });
  // Before it is raced below, and after `stop`, nobody listens.
  failed.catch(() => undefined);
  return {
    logFile,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
