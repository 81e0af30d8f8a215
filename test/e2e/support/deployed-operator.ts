import { parseAllDocuments } from 'yaml';
import { deploy, undeploy } from '../../../tools/deploy.ts';
import { countServers } from '../../../tools/kubectl.ts';
import { until } from '../../support/until.ts';
import type { ClusterKubectl } from './cluster-kubectl.ts';

/** The operator in a pod, as `make deploy` puts it there. */

export const operatorNamespace = 'smooth-operator-system';
const deployment = 'deployment/smooth-operator-controller-manager';
const lease = 'lease/smooth-operator.mcp.mcp.dev';
const selector = 'control-plane=controller-manager';
const crd = 'customresourcedefinition/mcpservers.mcp.mcp.dev';

/** What of the operator is in a cluster. */
export interface Installed {
  /** The image that it runs; undefined when it is not deployed. */
  readonly image: string | undefined;
  readonly hasCrd: boolean;
}

/** Looks at what is installed. */
export async function installed(kubectl: ClusterKubectl): Promise<Installed> {
  const path = 'jsonpath={.spec.template.spec.containers[0].image}';
  const image = await kubectl.ask('-n', operatorNamespace, 'get', deployment, '--ignore-not-found', '-o', path);
  const definition = await kubectl.ask('get', crd, '--ignore-not-found', '-o', 'name');
  return { image: image.stdout.trim() || undefined, hasCrd: definition.stdout.trim() !== '' };
}

/**
 * Makes what is installed what it was before. What others use by now stays: an operator that they have deployed since,
 * and with servers of theirs the operator too; a CRD that was there, and with it the servers of others.
 *
 * @param image the one that the tests deployed
 */
export async function restore(kubectl: ClusterKubectl, before: Installed, image: string): Promise<void> {
  const now = await installed(kubectl);
  if (now.image !== image || before.image === image) return;
  if (before.image !== undefined) return deploy(kubectl, { image: before.image, wait: true, print: silent });
  if (before.hasCrd) return removeAllButCrd(kubectl);
  if ((await countServers(kubectl)) === 0) await undeploy(kubectl, silent);
}

async function removeAllButCrd(kubectl: ClusterKubectl): Promise<void> {
  const objects = parseAllDocuments(await kubectl.read('kustomize', 'config/default')).map((one) => one.toJS());
  const items = objects.filter(({ kind }) => kind !== 'CustomResourceDefinition');
  await kubectl.send({ apiVersion: 'v1', kind: 'List', items }, 'delete', '--ignore-not-found', '-f', '-');
}

/** The pods of the operator that are not on their way out. */
export async function operatorPods(kubectl: ClusterKubectl): Promise<readonly string[]> {
  const list: PodList = JSON.parse(
    await kubectl.read('-n', operatorNamespace, 'get', 'pods', '-l', selector, '-o', 'json'),
  );
  return list.items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name);
}

/** Who holds the lease: a pod's name and a random part, another for each process. Empty when nobody does. */
export function leader(kubectl: ClusterKubectl): Promise<string> {
  return kubectl.read('-n', operatorNamespace, 'get', lease, '-o', 'jsonpath={.spec.holderIdentity}');
}

/**
 * Waits until another process leads.
 *
 * @param former what `leader` said before
 * @returns the pod that it is in
 */
export function untilOtherLeader(kubectl: ClusterKubectl, former: string): Promise<string> {
  return until(
    async () => {
      const holder = await leader(kubectl);
      return (await operatorPods(kubectl)).find((pod) => holder.startsWith(pod) && holder !== former);
    },
    { what: `another leader than ${former}`, deadlineMs: 180_000, intervalMs: 500 },
  );
}

/** The deployment's replicas: 0 sends the operator away for a while. */
export async function scaleOperator(kubectl: ClusterKubectl, replicas: number): Promise<void> {
  await kubectl.read('-n', operatorNamespace, 'scale', deployment, `--replicas=${replicas}`);
  if (replicas > 0) return void (await kubectl.show(...rolledOut));
  await kubectl.read('-n', operatorNamespace, 'wait', '--for=delete', 'pods', '-l', selector, '--timeout=120s');
}

const rolledOut = ['-n', operatorNamespace, 'rollout', 'status', deployment, '--timeout=180s'];

/** Replaces the operator's pods one after the other, as an upgrade does. */
export async function restartOperator(kubectl: ClusterKubectl): Promise<void> {
  await kubectl.read('-n', operatorNamespace, 'rollout', 'restart', deployment);
  await kubectl.show(...rolledOut);
}

/** The sum of a metric's samples with these labels, as a pod of the operator serves it. */
export async function metricOf(
  kubectl: ClusterKubectl,
  pod: string,
  name: string,
  labels: readonly string[] = [],
): Promise<number> {
  const path = `/api/v1/namespaces/${operatorNamespace}/pods/${pod}:8080/proxy/metrics`;
  const lines = (await kubectl.read('get', '--raw', path)).split('\n');
  return lines
    .filter((line) => new RegExp(`^${name}[{ ]`).test(line) && labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

const silent = () => undefined;

interface PodList {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly deletionTimestamp?: string } }[];
}
