import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { chartPath } from '../support/helm.ts';
import { olderChart } from '../support/older-chart.ts';
import { until } from '../support/until.ts';
import { imageRepository, useChartStage } from './support/chart-stage.ts';
import { leader, metricOf, operatorNamespace, operatorPods, untilOtherLeader } from './support/deployed-operator.ts';
import { noCluster } from './support/no-pods.ts';
import { createPlayground, type Playground } from './support/playground.ts';

/**
 * The life of a release, on real pods: installed, tested, its leader lost, upgraded, rolled back, uninstalled, while a
 * server serves. Each test goes on where the one before it ended.
 */

const stage = useChartStage();
const image = 'smooth-operator/sample-server:dev';
const where = ['--namespace', operatorNamespace];
const waiting = ['--wait', '--timeout', '4m'];

const older = await olderChart();
let playground: Playground | undefined;

/** The values of a release; the operator's image is one that the cluster has. */
function valuesFor(tag: string, more: object = {}): string {
  return stringify({ image: { repository: imageRepository, tag }, ...more });
}

async function helm(args: readonly string[], values?: string): Promise<string> {
  const given = values === undefined ? [] : ['--values', '-'];
  return stage().helm.ok([...args, ...where, ...given], values);
}

/** The server's pods as the kubelet knows them: another uid is another pod, a higher count a restart. */
async function podsOf(name: string): Promise<readonly string[]> {
  const path =
    'jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {.status.containerStatuses[0].restartCount}{"\\n"}{end}';
  const text = await there().kubectl('get', 'pods', '-l', `mcp.mcp.dev/server=${name}`, '-o', path);
  return text.trim().split('\n').sort();
}

function there(): Playground {
  if (playground === undefined) throw new Error('the release was not installed, see above');
  return playground;
}

/** Shows that somebody reconciles: the server gets another number of pods, and its status says so. */
async function scalesTo(replicas: number): Promise<void> {
  await there().kubectl('scale', 'smcp/scaled', `--replicas=${replicas}`);
  await there().untilServer('scaled', `${replicas} replicas`, ({ metadata, status }) => {
    const { observedGeneration, availableReplicas } = status ?? {};
    return observedGeneration === metadata.generation && availableReplicas === replicas;
  });
}

/** Skips a test where nothing may be installed. */
function release(name: string, body: (t: TestContext) => Promise<void>): void {
  test(name, { skip: noCluster }, async (t) => {
    const { inUse } = stage();
    if (inUse) return t.skip(inUse);
    await body(t);
  });
}

describe('a release of the chart', () => {
  release('is installed: two pods of the operator, and a server that kubectl waits for becomes Ready', async () => {
    const { kubectl, tags } = stage();
    await helm(['install', 'smooth-operator', older, '--create-namespace', ...waiting], valuesFor(tags.previous));
    assert.equal((await operatorPods(kubectl)).length, 2);
    playground = await createPlayground(kubectl);
    await playground.applyServer('steady', { image, replicas: 2 });
    await playground.applyServer('scaled', { image });
    await playground.kubectl('wait', 'smcp', '--all', '--for=condition=Ready', '--timeout=240s');
    assert.equal((await podsOf('steady')).length, 2);
  });

  release('passes "helm test", which asks the pods, the API server and the webhook', async () => {
    const said = await helm(['test', 'smooth-operator', '--logs', '--timeout', '3m']);
    assert.match(said, /ok: 2 pods of the operator are ready/);
    assert.match(said, /ok: the API server takes an MCPServer, and the webhook answers: .*latest/);
    const left = await stage().kubectl.read('get', 'pods,roles', ...where, '-o', 'name');
    assert.doesNotMatch(left, /smooth-operator-test/);
  });

  release("goes on when the leader's pod is deleted: the other takes over", async () => {
    const { kubectl } = stage();
    const former = await leader(kubectl);
    const pods = await operatorPods(kubectl);
    const leading = pods.find((pod) => former.startsWith(pod));
    const standing = pods.find((pod) => pod !== leading);
    assert.ok(leading !== undefined && standing !== undefined, `${former} of ${pods.join()}`);
    assert.equal(await metricOf(kubectl, standing, 'leader_election_master_status'), 0);
    await kubectl.read('delete', 'pod', leading, ...where, '--wait=false');
    const next = await untilOtherLeader(kubectl, former);
    await until(async () => (await metricOf(kubectl, next, 'leader_election_master_status')) === 1, {
      what: `${next} to say that it leads`,
      deadlineMs: 30_000,
    });
    await scalesTo(2);
  });

  release('refuses a second one in the same cluster, and is not harmed by it', async () => {
    const before = await stage().kubectl.read('get', 'deploy,svc,sa,roles', ...where, '-o', 'yaml');
    const args = ['install', 'other', chartPath, '--namespace', 'elsewhere', '--create-namespace'];
    const { code, stderr } = await stage().helm.run(args);
    assert.notEqual(code, 0);
    assert.match(stderr, /release smooth-operator in namespace smooth-operator-system/);
    const generations = (text: string) => [...text.matchAll(/^ {4}(?:generation|uid): .*$/gm)].map(([line]) => line);
    const now = await stage().kubectl.read('get', 'deploy,svc,sa,roles', ...where, '-o', 'yaml');
    assert.deepEqual(generations(now), generations(before));
    await stage().kubectl.ask('delete', 'namespace', 'elsewhere', '--ignore-not-found', '--wait=false');
  });

  release('is upgraded under live servers: no pod of theirs is restarted', async () => {
    const { kubectl, tags } = stage();
    const before = await podsOf('steady');
    await helm(
      ['upgrade', 'smooth-operator', chartPath, ...waiting],
      valuesFor(tags.current, { logLevel: 'debug', webhook: { failurePolicy: 'Fail' } }),
    );
    const path = 'jsonpath={.spec.template.spec.containers[0].image}';
    const deployment = 'deployment/smooth-operator-controller-manager';
    assert.equal(await kubectl.read('get', deployment, ...where, '-o', path), `${imageRepository}:${tags.current}`);
    const webhook = 'validatingwebhookconfiguration/smooth-operator-validating-webhook-configuration';
    assert.equal(await kubectl.read('get', webhook, '-o', 'jsonpath={.webhooks[0].failurePolicy}'), 'Fail');
    await scalesTo(1);
    assert.deepEqual(await podsOf('steady'), before);
  });

  release('is rolled back, and again no pod of theirs is restarted', async () => {
    const before = await podsOf('steady');
    await helm(['rollback', 'smooth-operator', '1', ...waiting]);
    const history: readonly { readonly description: string }[] = JSON.parse(
      await helm(['history', 'smooth-operator', '--output', 'json']),
    );
    assert.equal(history.at(-1)?.description, 'Rollback to 1');
    await scalesTo(2);
    assert.deepEqual(await podsOf('steady'), before);
  });

  release('is uninstalled: servers serve on, the CRD stays, and servers can be deleted', async () => {
    const { kubectl } = stage();
    const before = await podsOf('steady');
    await helm(['uninstall', 'smooth-operator', ...waiting]);
    assert.deepEqual(await operatorPods(kubectl), []);
    await until(async () => !(await kubectl.read('get', 'secrets', ...where, '-o', 'name')).includes('server-cert'), {
      what: 'the Secret of the certificate to go with the webhook configuration',
      deadlineMs: 60_000,
    });
    assert.equal(
      await kubectl.read('get', 'crd', 'mcpservers.mcp.mcp.dev', '-o', 'name'),
      'customresourcedefinition.apiextensions.k8s.io/mcpservers.mcp.mcp.dev\n',
    );
    assert.deepEqual(await podsOf('steady'), before);
    // Through the API server: what kind runs cannot be reached from here in another way.
    const service = `/api/v1/namespaces/${there().namespace}/services/steady:8080/proxy`;
    assert.notEqual(await kubectl.read('get', '--raw', `${service}/health`), '');
    await there().kubectl('delete', 'smcp', 'scaled', '--timeout=60s');
    await there().remove();
  });
});
