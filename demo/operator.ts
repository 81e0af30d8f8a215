import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadImage } from '../cluster/cluster.ts';
import { ClusterError } from '../cluster/cluster-error.ts';
import { readKubeconfig, writeKubeconfig } from '../cluster/kubeconfig.ts';
import { tailOf } from '../cluster/log-tail.ts';
import type { Report } from '../cluster/progress.ts';
import { buildImage } from '../images/build.ts';
import type { DemoKubectl } from './kubectl.ts';

const NAMESPACE = 'smooth-operator-system';
const ACCOUNT = 'smooth-operator-controller-manager';

/**
 * Builds the operator's image and loads it.
 *
 * @returns its reference, which is another for another content: so a Deployment that already runs it is left alone, and
 *   one that runs an older build is replaced
 */
export async function loadOperatorImage(report: Report, signal: AbortSignal): Promise<string> {
  const { digest } = await buildImage('operator', { progress: report, signal });
  const ref = `smooth-operator/operator:dev-${digest.slice('sha256:'.length).slice(0, 12)}`;
  const image = await buildImage('operator', { ref, signal });
  report(`${image.ref}: loading`);
  await loadImage(image.archivePath);
  return ref;
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
export async function runOnHost(kubectl: DemoKubectl, admin: string): Promise<HostOperator> {
  const { server, ca } = readKubeconfig(await readFile(admin, 'utf8'));
  const token = (await kubectl.read('-n', NAMESPACE, 'create', 'token', ACCOUNT)).trim();
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
