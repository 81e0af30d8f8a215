import { after, before } from 'node:test';
import { down, loadImage, status, up } from '../../../cluster/cluster.ts';
import { loadOperatorImage } from '../../../demo/operator.ts';
import { buildImage } from '../../../images/build.ts';
import { undeploy } from '../../../tools/deploy.ts';
import { type Helm, useHelm } from '../../support/helm.ts';
import { until } from '../../support/until.ts';
import { type ClusterKubectl, clusterKubectl } from './cluster-kubectl.ts';
import { installed, operatorNamespace } from './deployed-operator.ts';
import { noCluster } from './no-pods.ts';

/** The local cluster without an operator, and Helm to install one. */
export interface ChartStage {
  readonly kubectl: ClusterKubectl;
  readonly helm: Helm;
  /** Tags of the operator's image in the cluster: of today, and of what counts as yesterday's here. */
  readonly tags: { readonly current: string; readonly previous: string };
  /** Why nothing may be installed: somebody else's operator is there. False when there is none. */
  readonly inUse: string | false;
}

/** The repository of both tags. */
export const imageRepository = 'smooth-operator/operator';
/** The same operator under another name: what an upgrade replaces is another image to Kubernetes all the same. */
const previous = 'e2e-previous';
const runnerEndsCluster = process.env.SMOOTH_TEST_ENDS_CLUSTER === '1';
const silent = () => undefined;

/**
 * Starts the local cluster, and clears it of an operator that other test files have deployed. After the file's tests
 * nothing of the chart is left, and the cluster is ended if it was not up.
 *
 * @returns what is there once the tests run
 */
export function useChartStage(): () => ChartStage {
  let wasUp = false;
  let stage: ChartStage | undefined;

  before(async () => {
    if (noCluster) return console.log(`# skipped: ${noCluster}`);
    const { record, running } = await status();
    wasUp = record?.mode === 'kind' || running.length > 0;
    const cluster = await up();
    const kubectl = await clusterKubectl(cluster);
    const { image, hasCrd } = await installed(kubectl);
    const isThere = image !== undefined || hasCrd;
    const isOthers = isThere && wasUp && !runnerEndsCluster;
    // Those of other test files: each deploys what it needs.
    if (isThere && !isOthers) await undeploy(kubectl, silent);
    await loadImage((await buildImage('sample-server')).archivePath);
    const reference = await loadOperatorImage(silent, new AbortController().signal);
    await loadImage((await buildImage('operator', { ref: `${imageRepository}:${previous}` })).archivePath);
    stage = {
      kubectl,
      helm: await useHelm(cluster.kubeconfig),
      tags: { current: reference.slice(reference.lastIndexOf(':') + 1), previous },
      inUse: isOthers && 'an operator was deployed before the tests: `make undeploy` first, to test the chart',
    };
  });

  after(async () => {
    if (noCluster) return;
    if (!wasUp && !runnerEndsCluster) return down();
    if (stage === undefined || stage.inUse) return;
    const { kubectl, helm } = stage;
    await helm.run(['uninstall', 'smooth-operator', '--namespace', operatorNamespace, '--ignore-not-found']);
    await kubectl.ask('delete', 'crd', 'mcpservers.mcp.mcp.dev', '--ignore-not-found');
    await kubectl.ask('delete', 'namespace', operatorNamespace, '--ignore-not-found', '--wait=false');
    const isGone = async () => (await kubectl.read('get', 'namespace', operatorNamespace, '--ignore-not-found')) === '';
    await until(isGone, { what: `${operatorNamespace} to be gone`, deadlineMs: 240_000, intervalMs: 500 });
  });

  return () => {
    if (stage === undefined) throw new Error('the cluster and Helm are there only while tests run');
    return stage;
  };
}
