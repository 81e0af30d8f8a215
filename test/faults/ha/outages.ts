import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControlPlane } from '../../../cluster/control-plane.ts';
import { type Authority, issue } from '../../../src/runtime/certificates/certificate.ts';
import type { TestControlPlane } from '../../support/control-plane.ts';
import { kubeRequest } from '../../support/kube-api.ts';
import { type LaunchedProcess, launchProcess, operatorUser } from '../../support/operator-process.ts';
import { createNamespaceStage, type NamespaceStage } from '../../support/operator-stage.ts';
import { until } from '../../support/until.ts';
import { compact } from './etcd.ts';
import { type AccountDirectory, type BoundToken, boundToken, mountAccount } from './service-account.ts';
import { startWorkload, type Workload } from './workload.ts';

/** What an API server and those who run it do to an operator, and what must be true of it. */

/** An operator as in a pod, with work, on a control plane that a test may break. */
export interface PodStage extends AsyncDisposable {
  readonly stage: NamespaceStage;
  readonly operator: LaunchedProcess;
  readonly account: AccountDirectory;
  readonly bound: BoundToken;
  /** For another token of the same operator. */
  issue(): Promise<BoundToken>;
  readonly workload: Workload;
}

const podOperator = fileURLToPath(new URL('pod-operator.ts', import.meta.url));

/** The whole start of the operator, on a busy machine. */
const BACK_MS = 90_000;

/** @param ca what the operator is to trust: the PEM of the cluster's authority */
export async function startInPod(plane: TestControlPlane, ca: string): Promise<PodStage> {
  await using owned = new AsyncDisposableStack();
  const stage = await createNamespaceStage(plane);
  const { namespace } = stage;
  const user = await operatorUser(plane, namespace);
  const issue = () => boundToken(plane, namespace, user);
  const bound = await issue();
  const account = owned.use(await mountAccount(namespace, { token: bound.token, ca }));
  const server = new URL(plane.url);
  const operator = await launchProcess({
    command: [process.execPath, podOperator, account.path],
    // Pods are at addresses of their own in a cluster; here there are none to be asked.
    args: [`--watch-namespaces=${namespace}`, '--probe-via=apiserver', '--log-level=debug'],
    env: { KUBERNETES_SERVICE_HOST: server.hostname, KUBERNETES_SERVICE_PORT: server.port },
  });
  owned.defer(() => operator.end());
  const workload = startWorkload(stage);
  owned.defer(() => workload.stop());
  await operator.untilLine('Writing the status');
  const disposal = owned.move();
  return { stage, operator, account, bound, issue, workload, [Symbol.asyncDispose]: () => disposal.disposeAsync() };
}

/** The API server is killed, and comes back after a while. The operator stays up, and nothing is lost. */
export async function awayAndBack(own: ControlPlane, pod: PodStage, awayMs: number): Promise<void> {
  await own.kill('kube-apiserver');
  const at = performance.now();
  await until(() => performance.now() - at >= awayMs, { what: 'the outage to be over', deadlineMs: awayMs + 10_000 });
  assert.equal((await pod.operator.page('health', '/healthz')).status, 200);
  await own.restart('kube-apiserver');
  await goesOn(pod);
}

/** While the operator sleeps, history goes on and is thrown away: its watches are from before, and it must list anew. */
export async function compacted(own: ControlPlane, pod: PodStage): Promise<void> {
  const { operator, stage } = pod;
  const before = operator.lines().length;
  operator.kill('SIGSTOP');
  // Removed while nobody looks, by an event that nobody will ever be told of.
  await stage.kubectl('delete', 'service/busy-0', '--wait=false');
  await until(
    () =>
      stage.kubectl('get', 'service/busy-0').then(
        () => false,
        () => true,
      ),
    { what: 'it to be gone' },
  );
  await compact(join(own.dir, 'etcd.sock'));
  await own.kill('kube-apiserver');
  await own.restart('kube-apiserver');
  operator.kill('SIGCONT');
  await goesOn(pod);
  const told = operator.lines().slice(before);
  assert.ok(
    told.some(({ error }) => /"code":"Gone"/.test(JSON.stringify(error ?? ''))),
    'at least one watch was told that its version is too old',
  );
}

/** The token is refused from one moment to the next, and the new one comes later. */
export async function tokenRotated(plane: TestControlPlane, pod: PodStage, ca: string): Promise<void> {
  const refused = await pod.issue();
  const fresh = await pod.issue();
  await pod.account.write({ token: refused.token, ca });
  await pod.bound.revoke();
  await refused.revoke();
  for (const { token } of [pod.bound, refused]) {
    const asOperator = { url: plane.url, ca: plane.ca, credentials: { token } };
    const isRefused = async () => (await kubeRequest(asOperator, 'GET', '/api')).status === 401;
    await until(isRefused, { what: 'the old token to be refused', deadlineMs: 60_000 });
  }
  const hasNoticed = () =>
    pod.operator.lines().some(({ error }) => /"code":"Unauthorized"/.test(JSON.stringify(error ?? '')));
  await until(hasNoticed, { what: 'the operator to be refused', deadlineMs: 60_000 });
  await pod.account.write({ token: fresh.token, ca });
  await goesOn(pod);
}

/**
 * The API server comes back with a certificate of another authority, whose certificate the kubelet has put into the pod
 * just now. The operator may have read the old one a second ago, and a leader has ten seconds.
 */
export async function authorityReplaced(own: ControlPlane, pod: PodStage, next: Authority): Promise<void> {
  const address = new URL(own.url).hostname;
  const serving = issue(next, { commonName: 'kube-apiserver', addresses: [address] }, Date.now());
  await own.kill('kube-apiserver');
  await writeFile(own.pki.certificate('serving'), serving.certificate);
  await writeFile(own.pki.key('serving'), serving.key);
  await pod.account.write({ token: pod.bound.token, ca: next.certificate });
  await own.restart('kube-apiserver');
  await goesOn(pod);
}

/** Everything is as wished although it was changed all the time; the process is the same, and it is well. */
async function goesOn({ operator, workload }: PodStage): Promise<void> {
  await workload.untilRight();
  const ready = async () => (await operator.page('health', '/readyz')).text === 'ok';
  await until(ready, { what: 'the operator to be ready', deadlineMs: BACK_MS });
  // A reconcile that fails is told, and tried again; later, when an API server that has read no roles yet says Forbidden.
  // Nothing else may go wrong.
  const wrong = operator.lines().filter(({ level, msg }) => level === 'error' && !msg?.startsWith('reconcile failed'));
  assert.deepEqual(wrong, []);
}
