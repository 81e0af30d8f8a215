import { after, before, type TestContext } from 'node:test';
import { down, loadImage, status, up } from '../../../cluster/cluster.ts';
import { loadOperatorImage } from '../../../demo/operator.ts';
import { buildImage } from '../../../images/build.ts';
import type { ImageName } from '../../../images/catalog.ts';
import { deploy } from '../../../tools/deploy.ts';
import { until } from '../../support/until.ts';
import { type ClusterKubectl, clusterKubectl } from './cluster-kubectl.ts';
import { type Installed, installed, restore } from './deployed-operator.ts';
import { noPods } from './no-pods.ts';
import { createPlayground, type Playground } from './playground.ts';

/** The local cluster with the operator in a pod, for the tests of a file. */
export interface OperatorStage {
  readonly kubectl: ClusterKubectl;
  /** The administrator's kubeconfig, a path. */
  readonly kubeconfig: string;
  /** The operator's image, built from the sources as they are. */
  readonly image: string;
  /** Why the operator may not be removed for a test: somebody else uses it. False when nobody does. */
  readonly inUse: string | false;
  /** A namespace that goes when the test ends. */
  playground(test: Pick<TestContext, 'after'>, labels?: Readonly<Record<string, string>>): Promise<Playground>;
}

/** The test runner ends the cluster after the last file, so that not every file has to start one. */
const runnerEndsCluster = process.env.SMOOTH_TEST_ENDS_CLUSTER === '1';

/**
 * Starts the local cluster, and deploys the operator. After the file's tests everything
 * is as it was: the cluster is ended if it was not up, and the operator is what it was, if there was one.
 *
 * Call it at the top of the file, outside any test.
 *
 * @param images of the servers that the tests run
 * @param prepare what else has to be there before the tests. A hook of the file's own would run beside this one
 * @returns what is there once the tests run
 */
export function useOperator(
  images: readonly ImageName[] = ['sample-server'],
  prepare: (stage: OperatorStage) => Promise<void> = async () => undefined,
): () => OperatorStage {
  const playgrounds: Playground[] = [];
  let wasUp = false;
  let found: Installed | undefined;
  let stage: OperatorStage | undefined;

  before(async () => {
    if (noPods) return console.log(`# skipped: ${noPods}`);
    wasUp = (await status()).running.length > 0;
    const cluster = await up();
    const kubectl = await clusterKubectl(cluster);
    found = await installed(kubectl);
    const isOthers = wasUp && !runnerEndsCluster && (found.hasCrd || found.image !== undefined);
    for (const name of images) {
      await loadImage((await buildImage(name)).archivePath);
    }
    const image = await loadOperatorImage(() => undefined, new AbortController().signal);
    await deploy(kubectl, { image, wait: true, print: () => undefined });
    stage = {
      kubectl,
      kubeconfig: cluster.kubeconfig,
      image,
      inUse: isOthers && 'an operator was deployed before the tests: `make undeploy` first, to test its removal',
      async playground(test, labels) {
        const playground = await createPlayground(kubectl, labels);
        playgrounds.push(playground);
        test.after(() => playground.remove());
        return playground;
      },
    };
    await prepare(stage);
  });

  after(async () => {
    if (noPods) return;
    if (!wasUp && !runnerEndsCluster) return down();
    // Those too that are a whole file's: the files after it share the cluster.
    for (const playground of playgrounds) await playground.remove();
    if (runnerEndsCluster || stage === undefined || found === undefined) return;
    const { kubectl, image } = stage;
    // The CRD goes with the operator: only once its servers are gone can it be told whose the others are.
    for (const { namespace } of playgrounds) await untilGone(kubectl, namespace);
    await restore(kubectl, found, image);
  });

  return () => {
    if (stage === undefined) throw new Error('the cluster and the operator are there only while tests run');
    return stage;
  };
}

function untilGone(kubectl: ClusterKubectl, namespace: string): Promise<unknown> {
  const isGone = async () => (await kubectl.read('get', 'namespace', namespace, '--ignore-not-found')) === '';
  return until(isGone, { what: `${namespace} to be gone`, deadlineMs: 240_000, intervalMs: 500 });
}
