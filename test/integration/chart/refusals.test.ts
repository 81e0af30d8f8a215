import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { chartPath, useHelm } from '../../support/helm.ts';

/** Values that are refused before anything is sent. */

const helm = await useHelm();

/** What Helm says to these values; it must not take them. */
async function refusal(values: object): Promise<string> {
  const args = ['template', 'smooth-operator', chartPath, '--values', '-', '--kube-version', '1.34.0'];
  const { code, stdout, stderr } = await helm.run(args, stringify(values));
  assert.notEqual(code, 0, `taken:\n${stdout.slice(0, 500)}`);
  return stderr;
}

/** Each with the path that the refusal must name, and what is allowed there. */
const wrong: readonly (readonly [string, object, RegExp, RegExp?])[] = [
  ['a word for a number', { replicaCount: 'two' }, /replicaCount/, /got string, want integer|expected: integer/i],
  ['half a pod', { replicaCount: 1.5 }, /replicaCount/],
  ['less than nothing', { replicaCount: -1 }, /replicaCount/],
  ['a word for yes', { webhook: { enabled: 'yes please' } }, /webhook[./]enabled/, /boolean/i],
  ['an unknown policy', { webhook: { failurePolicy: 'Maybe' } }, /webhook[./]failurePolicy/, /Ignore.*Fail/],
  ['a timeout that the API server refuses', { webhook: { timeoutSeconds: 31 } }, /webhook[./]timeoutSeconds/, /30/],
  ['a list for a map', { resources: { limits: ['cpu'] } }, /resources[./]limits/],
  ['a word for a list', { watchNamespaces: 'team-a' }, /watchNamespaces/, /array/i],
  ['no name of a namespace', { watchNamespaces: ['Team A'] }, /watchNamespaces[./]0/],
  ['a name for a Secret', { imagePullSecrets: ['registry'] }, /imagePullSecrets[./]0/, /object/i],
  ['a Secret without a name', { imagePullSecrets: [{}] }, /imagePullSecrets[./]0/, /name/],
  ['a tag in the repository', { image: { repository: 'registry.example/a:v1' } }, /image[./]repository/],
  ['a number for a tag', { image: { tag: 1.2 } }, /image[./]tag/, /string/i],
  ['a short digest', { image: { digest: 'sha256:abc' } }, /image[./]digest/],
  ['an unknown pull policy', { image: { pullPolicy: 'Sometimes' } }, /image[./]pullPolicy/],
  ['a loud log', { logLevel: 'loud' }, /logLevel/, /debug.*info.*warn.*error/],
  ['a flag without dashes', { extraArgs: ['probe-via=direct'] }, /extraArgs[./]0/],
  ['a slip of the pen', { replicas: 3 }, /replicas/, /additional|not allowed/i],
  ['a slip deep down', { metrics: { serviceMonitor: { enable: true } } }, /metrics[./]serviceMonitor/, /enable/],
  ['a number for a label', { podLabels: { a: 1 } }, /podLabels[./]a/, /string/i],
  [
    'an interval without a unit',
    { metrics: { serviceMonitor: { interval: '30' } } },
    /metrics[./]serviceMonitor[./]interval/,
  ],
  [
    'a share without a sign',
    { podDisruptionBudget: { maxUnavailable: '50' } },
    /podDisruptionBudget[./]maxUnavailable/,
  ],
];

describe('a wrong value is refused, with its path', () => {
  for (const [what, values, path, reason] of wrong) {
    test(`${what}: ${JSON.stringify(values)}`, async () => {
      const said = await refusal(values);
      assert.match(said, path);
      if (reason !== undefined) assert.match(said, reason);
    });
  }

  test('several at once are told at once', async () => {
    const said = await refusal({ replicaCount: 'two', logLevel: 'loud' });
    assert.match(said, /replicaCount/);
    assert.match(said, /logLevel/);
  });
});

describe('values that contradict each other are refused, with what to set', () => {
  test('a certificate for no webhook', async () => {
    const said = await refusal({ webhook: { enabled: false, certManager: { enabled: true } } });
    assert.match(
      said,
      /webhook\.certManager\.enabled is true and webhook\.enabled is false.*Set webhook\.enabled=true/,
    );
  });

  for (const metrics of [{ serviceMonitor: { enabled: true } }, { secure: true }]) {
    test(`no metrics, and ${JSON.stringify(metrics)}`, async () => {
      const said = await refusal({ metrics: { enabled: false, ...metrics } });
      assert.match(said, /metrics\.enabled is false.*Set metrics\.enabled=true/);
    });
  }
});

test('an older Kubernetes than the chart is tested with is refused, with the version', async () => {
  const args = ['template', 'smooth-operator', chartPath, '--kube-version', '1.33.4'];
  const { code, stderr } = await helm.run(args);
  assert.notEqual(code, 0);
  assert.match(stderr, />=1\.34\.0-0.*1\.33\.4/);
});
