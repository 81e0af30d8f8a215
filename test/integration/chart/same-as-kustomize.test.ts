import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { resolveBinaries } from '../../../cluster/binaries/resolve.ts';
import { run } from '../../../cluster/process/run.ts';
import { installerFor } from '../../../tools/build-installer.ts';
import { repositoryRoot } from '../../../tools/generated-file.ts';
import { identityOf, type ManifestObject, manifestsIn, useHelm } from '../../support/helm.ts';

/** `make build-installer` and the chart's defaults install the same, object by object. */

const image = 'registry.example/team/smooth-operator:v1.2.3';
const helm = await useHelm();
const binaries = await resolveBinaries({ needed: ['kubectl'] });
let chart: ReadonlyMap<string, ManifestObject>;
let installer: ReadonlyMap<string, ManifestObject>;

const byIdentity = (objects: readonly ManifestObject[]) => new Map(objects.map((one) => [identityOf(one), plain(one)]));

before(async () => {
  const values = { image: { repository: 'registry.example/team/smooth-operator', tag: 'v1.2.3' } };
  chart = byIdentity(await helm.template({ values }));
  installer = byIdentity(manifestsIn(await installerFor(image, binaries.path('kubectl'))));
});

/** What names the release and the tool, and not the operator. */
const ofTheTool = [
  'helm.sh/chart',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/version',
  'app.kubernetes.io/managed-by',
  'helm.sh/resource-policy',
];

/** An object without them, wherever they stand, and without the maps that are empty then. */
function plain<T>(value: T): T {
  if (Array.isArray(value)) return value.map(plain) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key]) => !ofTheTool.includes(key))
    .map(([key, inner]) => [key, plain(inner)] as const)
    .filter(([key, inner]) => !(['labels', 'annotations'].includes(key) && Object.keys(inner as object).length === 0));
  return Object.fromEntries(entries) as T;
}

describe('install.yaml and the chart', () => {
  test('have the same objects, but for the namespace, which Helm makes when it is told to', () => {
    const inInstaller = [...installer.keys()].filter((identity) => identity !== 'Namespace smooth-operator-system');
    assert.deepEqual([...chart.keys()].sort(), inInstaller.sort());
    assert.ok(installer.has('Namespace smooth-operator-system'));
  });

  test('have the same in each', () => {
    for (const [identity, object] of chart) assert.deepEqual(object, installer.get(identity), identity);
  });

  test('run the image that they are told to', () => {
    const text = JSON.stringify(installer.get('Deployment smooth-operator-system/smooth-operator-controller-manager'));
    assert.ok(text.includes(`"image":"${image}"`));
  });
});

test('config/prometheus and the chart watch the same, and alert of the same', async () => {
  const { stdout } = await run(binaries.path('kubectl'), ['kustomize', join(repositoryRoot, 'config', 'prometheus')]);
  const values = { metrics: { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } } };
  const ofChart = byIdentity(
    (await helm.template({ values })).filter(({ apiVersion }) => apiVersion === 'monitoring.coreos.com/v1'),
  );
  assert.equal(ofChart.size, 2);
  assert.deepEqual(ofChart, byIdentity(manifestsIn(stdout)));
});

test('install.yaml begins with what it is, and has one of each', async () => {
  const text = await installerFor(image, binaries.path('kubectl'));
  assert.match(text, /^# Smooth Operator, image registry\.example\/team\/smooth-operator:v1\.2\.3\./);
  const identities = manifestsIn(text).map(identityOf);
  assert.equal(new Set(identities).size, identities.length);
});

test('install.yaml makes the namespace before what goes into it', async () => {
  const objects = manifestsIn(await installerFor(image, binaries.path('kubectl')));
  const first = objects.findIndex(({ metadata }) => metadata.namespace !== undefined);
  const namespace = objects.findIndex(({ kind }) => kind === 'Namespace');
  assert.ok(namespace !== -1 && namespace < first);
});
