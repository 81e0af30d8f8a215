import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { operatorFlags } from '../../../src/operator-flags.ts';
import { parseFlags } from '../../../src/runtime/flags.ts';
import { valuesCases } from '../../support/chart-values.ts';
import { chartPath, identityOf, type ManifestObject, useHelm } from '../../support/helm.ts';

/** The chart as Helm renders it, without a cluster. */

const helm = await useHelm();

interface PodSpec {
  readonly serviceAccountName: string;
  readonly securityContext: object;
  readonly priorityClassName?: string;
  readonly containers: readonly [
    {
      readonly image: string;
      readonly args: readonly string[];
      readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
      readonly livenessProbe: { readonly httpGet: { readonly port: string } };
      readonly readinessProbe: { readonly httpGet: { readonly port: string } };
    },
  ];
}

interface Workload {
  readonly replicas: number;
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: PodSpec;
  };
}

/** What Prometheus asks, and how it knows whom. */
interface ScrapedEndpoint {
  readonly port: string;
  readonly scheme?: string;
  readonly tlsConfig?: object;
}

function one(objects: readonly ManifestObject[], kind: string): ManifestObject {
  const found = objects.filter((object) => object.kind === kind);
  assert.equal(found.length, 1, `one ${kind} in ${objects.map(identityOf).join(', ')}`);
  return found[0] as ManifestObject;
}

const workloadOf = (objects: readonly ManifestObject[]) => one(objects, 'Deployment').spec as Workload;
const flagsOf = (objects: readonly ManifestObject[]) => workloadOf(objects).template.spec.containers[0].args;
const flagOf = (objects: readonly ManifestObject[], flag: string) =>
  flagsOf(objects)
    .find((each) => each.startsWith(`${flag}=`))
    ?.split('=')[1];

test('helm lint --strict has nothing to say', async () => {
  const { code, stdout, stderr } = await helm.run(['lint', '--strict', chartPath]);
  assert.equal(code, 0, stdout + stderr);
  assert.doesNotMatch(stdout, /\[(?:WARNING|ERROR)\]/);
});

describe('with any values', () => {
  for (const { name, values } of valuesCases) {
    let rendering: Promise<readonly ManifestObject[]> | undefined;
    const rendered = () => {
      rendering ??= helm.template({ values });
      return rendering;
    };

    test(`${name}: objects are whole, each there once, in the release's namespace or one that is watched`, async () => {
      const objects = await rendered();
      const identities = objects.map(identityOf);
      assert.deepEqual(identities, [...new Set(identities)]);
      const { watchNamespaces = [] } = values as { watchNamespaces?: readonly string[] };
      for (const { apiVersion, kind, metadata } of objects) {
        assert.match(apiVersion, /^[a-z0-9./-]+$/);
        assert.equal(metadata.labels?.['app.kubernetes.io/managed-by'], 'Helm', kind);
        const namespaces = [undefined, 'smooth-operator-system', ...watchNamespaces];
        assert.ok(namespaces.includes(metadata.namespace), `${kind} in ${metadata.namespace}`);
      }
    });

    test(`${name}: the operator understands its flags`, async () => {
      const program = { name: 'smooth-operator', version: '0', description: '' };
      const args = flagsOf(await rendered());
      const outcome = parseFlags(program, operatorFlags, args, {});
      assert.equal(outcome.kind, 'run', 'text' in outcome ? outcome.text : '');
    });

    test(`${name}: Services, budget and policies select the operator's pods, at ports that they have`, async () => {
      const objects = await rendered();
      const { selector, template } = workloadOf(objects);
      const { labels } = template.metadata;
      const selects = (wanted: object) => {
        for (const [key, value] of Object.entries(wanted)) assert.equal(labels[key], value, key);
      };
      selects(selector.matchLabels);
      const [container] = template.spec.containers;
      const ports = container.ports.map((port) => port.name);
      assert.equal(new Set(ports).size, ports.length);
      for (const probe of [container.livenessProbe, container.readinessProbe]) {
        assert.ok(ports.includes(probe.httpGet.port));
      }
      for (const { kind, spec } of objects) {
        if (kind === 'Service') {
          const service = spec as { selector: object; ports: readonly { targetPort: string }[] };
          selects(service.selector);
          for (const { targetPort } of service.ports) assert.ok(ports.includes(targetPort), targetPort);
        }
        if (kind === 'PodDisruptionBudget') selects((spec as Workload).selector.matchLabels);
        if (kind === 'NetworkPolicy') {
          const policy = spec as {
            podSelector: { matchLabels: object };
            ingress: readonly { ports: readonly { port: string }[] }[];
          };
          selects(policy.podSelector.matchLabels);
          for (const { port } of policy.ingress.flatMap((rule) => rule.ports)) assert.ok(ports.includes(port), port);
        }
      }
    });

    test(`${name}: bindings give the operator's own account the roles that there are`, async () => {
      const objects = await rendered();
      const { serviceAccountName } = workloadOf(objects).template.spec;
      const roles = objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole').map(identityOf);
      for (const binding of objects.filter(({ kind }) => kind.endsWith('RoleBinding') || kind.endsWith('Binding'))) {
        const { roleRef, subjects } = binding as unknown as {
          roleRef: ManifestObject['metadata'] & { kind: string };
        } & {
          subjects: unknown;
        };
        const namespace = roleRef.kind === 'Role' ? `${binding.metadata.namespace}/` : '';
        assert.ok(roles.includes(`${roleRef.kind} ${namespace}${roleRef.name}`), `${roleRef.kind} ${roleRef.name}`);
        assert.deepEqual(subjects, [
          { kind: 'ServiceAccount', name: serviceAccountName, namespace: 'smooth-operator-system' },
        ]);
      }
    });
  }
});

describe('what values do', () => {
  test('without anything cluster-wide there is nothing cluster-wide', async () => {
    const found = valuesCases.find(({ name }) => name === 'nothing cluster-wide');
    const objects = await helm.template({ values: found?.values ?? {} });
    assert.deepEqual(objects.filter(({ metadata }) => metadata.namespace === undefined).map(identityOf), []);
  });

  test('watched namespaces have a Role each, and no ClusterRole has rights on servers for the operator', async () => {
    const objects = await helm.template({ values: { watchNamespaces: ['team-a', 'team-b'] } });
    const identities = objects.map(identityOf);
    for (const namespace of ['team-a', 'team-b']) {
      assert.ok(identities.includes(`Role ${namespace}/smooth-operator-manager`));
      assert.ok(identities.includes(`RoleBinding ${namespace}/smooth-operator-manager`));
    }
    assert.ok(!identities.includes('ClusterRole smooth-operator-manager-role'));
    assert.ok(flagsOf(objects).includes('--watch-namespaces=team-a,team-b'));
  });

  test('a digest wins over a tag, a tag over the version of the chart', async () => {
    const imageFor = async (image: object) =>
      workloadOf(await helm.template({ values: { image: { repository: 'r/o', ...image } } })).template.spec
        .containers[0].image;
    const digest = `sha256:${'b'.repeat(64)}`;
    assert.match(await imageFor({}), /^r\/o:\d+\.\d+\.\d+/);
    assert.equal(await imageFor({ tag: 'v9' }), 'r/o:v9');
    assert.equal(await imageFor({ tag: 'v9', digest }), `r/o@${digest}`);
  });

  test('a release of another name has other names, and none of them is too long', async () => {
    const release = 'a-release-with-a-name-as-long-as-helm-lets-it-be-1234';
    const objects = await helm.template({ release, namespace: 'elsewhere' });
    for (const { kind, metadata } of objects) {
      if (kind === 'CustomResourceDefinition') continue;
      assert.match(metadata.name, /^a-release-with/, kind);
      if (kind === 'Service') assert.ok(metadata.name.length <= 63, metadata.name);
    }
  });

  test('what secures metrics, and what does not', async () => {
    const plain = await helm.template({ values: { metrics: { serviceMonitor: { enabled: true } } } });
    const secure = await helm.template({ values: { metrics: { secure: true, serviceMonitor: { enabled: true } } } });
    const endpoint = (objects: readonly ManifestObject[]) =>
      (one(objects, 'ServiceMonitor').spec as { endpoints: readonly [ScrapedEndpoint] }).endpoints[0];
    assert.deepEqual([endpoint(plain).port, endpoint(plain).scheme], ['http', undefined]);
    assert.deepEqual([endpoint(secure).port, endpoint(secure).scheme], ['https', 'https']);
    assert.ok(flagsOf(secure).includes('--metrics-bind-address=:8443'));
    assert.ok(flagsOf(secure).includes('--metrics-secure'));
    const services = secure.filter(({ kind }) => kind === 'Service').map(({ metadata }) => metadata.name);
    const name = flagOf(secure, '--metrics-service-name') ?? '';
    assert.ok(services.includes(name), `the certificate is for ${name}, of ${services.join()}`);
    assert.deepEqual(endpoint(secure).tlsConfig, {
      serverName: `${name}.${one(secure, 'ServiceMonitor').metadata.namespace}.svc`,
      ca: { secret: { name: flagOf(secure, '--webhook-secret-name'), key: 'ca.crt' } },
    });
  });

  test('the CRD is kept on uninstall', async () => {
    const { metadata } = one(await helm.template(), 'CustomResourceDefinition');
    assert.equal(metadata.annotations?.['helm.sh/resource-policy'], 'keep');
  });

  test("Prometheus' own placeholders survive", async () => {
    const rule = one(
      await helm.template({ values: { metrics: { prometheusRule: { enabled: true } } } }),
      'PrometheusRule',
    );
    assert.match(JSON.stringify(rule), /\{\{ \$labels\.namespace \}\}/);
  });

  test('the dashboard is one JSON object in a ConfigMap', async () => {
    const values = { metrics: { dashboard: { enabled: true } } };
    const { data } = one(await helm.template({ values }), 'ConfigMap') as unknown as { data: Record<string, string> };
    const { panels }: { panels: readonly unknown[] } = JSON.parse(data['smooth-operator.json'] ?? '');
    assert.ok(panels.length > 5);
  });
});
