import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { valuesCases } from '../../support/chart-values.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { chartPath, identityOf, type ManifestObject, manifestsIn, useHelm, withImage } from '../../support/helm.ts';
import { installMCPServerCrd } from '../../support/operator.ts';

/** Whatever the values, a real API server takes every object of the chart, and restricted Pod Security every pod. */

const cluster = await useControlPlane();
const helm = await useHelm();
let namespace: string;

before(async () => {
  await installMCPServerCrd(cluster);
  namespace = await cluster.createNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
});

/** Kinds of other products, whose CRDs are not there. What they need is checked field by field. */
const shapes: Readonly<Record<string, (spec: Record<string, unknown>) => void>> = {
  'monitoring.coreos.com/v1 ServiceMonitor': ({ selector, endpoints }) => {
    assert.deepEqual(Object.keys(selector as object), ['matchLabels']);
    for (const endpoint of endpoints as readonly Record<string, unknown>[]) {
      assert.equal(typeof endpoint.port, 'string');
      assert.match(String(endpoint.interval), /^\d+[smh]$/);
      assert.equal(endpoint.honorLabels, true);
    }
  },
  'monitoring.coreos.com/v1 PrometheusRule': ({ groups }) => {
    for (const { name, rules } of groups as readonly { name: string; rules: readonly Record<string, unknown>[] }[]) {
      assert.equal(name, 'smooth-operator');
      for (const rule of rules) assert.deepEqual(Object.keys(rule), ['alert', 'expr', 'for', 'labels', 'annotations']);
    }
  },
  'cert-manager.io/v1 Issuer': (spec) => assert.deepEqual(spec, { selfSigned: {} }),
  'cert-manager.io/v1 Certificate': ({ secretName, dnsNames, issuerRef }) => {
    assert.equal(typeof secretName, 'string');
    assert.ok((dnsNames as readonly string[]).some((name) => name.endsWith('.svc')));
    assert.ok(['Issuer', 'ClusterIssuer'].includes((issuerRef as { kind: string }).kind));
  },
};

/** The watched namespaces of the cases, as ones that are there. */
function inCluster(values: object): object {
  return JSON.parse(JSON.stringify(values).replaceAll(/"team-[ab]"/g, `"${namespace}"`));
}

async function renderWithTests(values: object): Promise<readonly ManifestObject[]> {
  const args = ['template', 'smooth-operator', chartPath, '--namespace', namespace, '--values', '-'];
  return manifestsIn(
    await helm.ok([...args, '--kube-version', '1.34.0'], JSON.stringify(inCluster(withImage(values)))),
  );
}

for (const { name, values } of valuesCases) {
  describe(`with ${name}`, () => {
    let objects: readonly ManifestObject[];
    before(async () => {
      objects = await renderWithTests(values);
    });

    test('every object is taken, without a field that the API server does not know', async () => {
      const own = objects.filter(({ apiVersion, kind }) => {
        const shape = shapes[`${apiVersion} ${kind}`];
        shape?.((objects.find((one) => one.kind === kind)?.spec ?? {}) as Record<string, unknown>);
        return shape === undefined;
      });
      // Pods are tried below: admission of a pod looks for its account, and a dry run has made none.
      const items = own.filter(({ kind }) => kind !== 'Pod');
      const args = ['apply', '--server-side', '--dry-run=server', '--force-conflicts', '--validate=strict', '-f', '-'];
      const printed = await cluster.kubectl(args, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
      assert.equal(printed.trim().split('\n').length, items.length, printed);
      for (const line of printed.trim().split('\n')) assert.match(line, /serverside-applied/);
    });

    test('every pod passes restricted Pod Security', async () => {
      const specs = objects.flatMap((object): readonly object[] => {
        if (object.kind === 'Pod') return [object.spec as object];
        if (object.kind !== 'Deployment') return [];
        return [(object.spec as { template: { spec: object } }).template.spec];
      });
      assert.equal(specs.length, 2, objects.map(identityOf).join(', '));
      for (const [index, spec] of specs.entries()) {
        const pod = {
          metadata: { name: `tried-${index}` },
          // system-cluster-critical is for some namespaces only, by default of the API server.
          spec: {
            ...spec,
            serviceAccountName: undefined,
            automountServiceAccountToken: false,
            priorityClassName: undefined,
          },
        };
        const answer = await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
        assert.equal(answer.status, 201, JSON.stringify(answer.body));
      }
    });
  });
}
