import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { repositoryRoot } from '../../../tools/generated-file.ts';
import { useControlPlane } from '../../support/control-plane.ts';
import { chartPath, useHelm, withImage } from '../../support/helm.ts';
import { olderChart, olderDescription } from '../../support/older-chart.ts';
import { until } from '../../support/until.ts';

/**
 * Releases of the chart on a real API server: what is installed, upgraded, rolled back, kept and refused. A control plane
 * of its own, because the CRD is one for a whole cluster. No pod runs here; test/e2e/helm.test.ts is for that.
 */

const cluster = await useControlPlane(['etcd', 'kube-apiserver', 'kube-controller-manager'], { own: true });
const helm = await useHelm(cluster.kubeconfig);

const older = await olderChart();
const home = 'smooth-operator-system';
const deployment = 'deployment/smooth-operator-controller-manager';
const crd = 'crd/mcpservers.mcp.mcp.dev';
const read = (...args: string[]) => cluster.kubectl(args);
const withValues = (values: object) => ({ args: ['--values', '-'], input: stringify(withImage(values)) });

async function install(release: string, namespace: string, values: object = {}, chart = chartPath) {
  const { args, input } = withValues(values);
  return helm.run(['install', release, chart, '--namespace', namespace, '--create-namespace', ...args], input);
}

async function upgrade(values: object): Promise<string> {
  const { args, input } = withValues(values);
  return helm.ok(['upgrade', 'smooth-operator', chartPath, '--namespace', home, ...args], input);
}

/** The versions of all that matters: they move with every write. */
async function versions(): Promise<readonly string[]> {
  const path = 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.generation} {.metadata.uid}{"\\n"}{end}';
  const kinds = 'crd,clusterroles,clusterrolebindings,validatingwebhookconfigurations,deployments,services,roles';
  return (await read('get', kinds, '--all-namespaces', '-l', 'app.kubernetes.io/name=smooth-operator', '-o', path))
    .trim()
    .split('\n')
    .sort();
}

const served = () =>
  until(async () => (await read('get', 'smcp', '-A')) !== undefined, { what: 'the CRD to be served' });

describe('a release', () => {
  test('is installed, and its notes say what to do next with the names that there are', async () => {
    const { code, stdout, stderr } = await install('smooth-operator', home, {}, older);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Smooth Operator \S+ is installed in smooth-operator-system\./);
    assert.match(stdout, /rollout status deployment\/smooth-operator-controller-manager/);
    assert.equal(await read('-n', home, 'get', deployment, '-o', 'jsonpath={.spec.replicas}'), '2');
    await served();
  });

  test('the server of the notes is taken', async () => {
    const notes = await helm.ok(['get', 'notes', 'smooth-operator', '--namespace', home]);
    const [, manifest = ''] = /<<EOF\n(.*?)\n {2}EOF/s.exec(notes) ?? [];
    await cluster.kubectl(['apply', '--validate=strict', '-f', '-'], manifest.replaceAll(/^ {2}/gm, ''));
    assert.equal(
      await read('get', 'smcp', 'weather', '-o', 'jsonpath={.spec.image}'),
      'registry.example.com/weather-mcp:1.4',
    );
  });

  test('an edit and a view of a namespace are ones of its MCPServers', async () => {
    const canI = (role: string, verb: string) => {
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user: role,
          resourceAttributes: { verb, group: 'mcp.mcp.dev', resource: 'mcpservers', namespace: 'default' },
        },
      };
      const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
      return cluster.send<{ status: { allowed: boolean } }>('POST', path, review).then(({ status }) => status.allowed);
    };
    for (const role of ['admin', 'edit', 'view']) {
      await cluster.kubectl(['create', 'rolebinding', role, `--clusterrole=${role}`, `--user=${role}`]);
    }
    await until(async () => (await canI('view', 'list')) && (await canI('edit', 'create')), {
      what: 'the roles to hold',
    });
    assert.equal(await canI('view', 'create'), false);
    assert.equal(await canI('admin', 'deletecollection'), true);
  });

  test('a second one is refused with the name of the first and what to do, and nothing is harmed', async () => {
    const before = await versions();
    for (const [release, namespace] of [
      ['other', 'elsewhere'],
      ['other', home],
      ['smooth-operator', 'elsewhere'],
    ] as const) {
      const { code, stderr } = await install(release, namespace);
      assert.notEqual(code, 0);
      assert.match(
        stderr,
        /installed in this cluster already: release smooth-operator in namespace smooth-operator-system/,
      );
      assert.match(stderr, /helm upgrade smooth-operator .*--namespace smooth-operator-system/);
    }
    assert.deepEqual(await versions(), before);
    assert.equal(await read('get', 'smcp', 'weather', '-o', 'name'), 'mcpserver.mcp.mcp.dev/weather\n');
  });

  test('one beside it that shares the CRD and works in other namespaces is let in, and goes without a trace', async () => {
    const before = await versions();
    await read('create', 'namespace', 'team-a');
    const beside = {
      watchNamespaces: ['team-a'],
      crds: { install: false },
      webhook: { enabled: false },
      rbac: { aggregateRoles: false },
    };
    const { code, stderr } = await install('team', 'team-operator', beside);
    assert.equal(code, 0, stderr);
    assert.match(await read('-n', 'team-a', 'get', 'roles', '-o', 'name'), /team-smooth-operator-manager/);
    const again = await install('another', 'another-operator', { ...beside, watchNamespaces: ['team-b', 'team-a'] });
    assert.notEqual(again.code, 0);
    assert.match(
      again.stderr,
      /works in team-a already: release team in namespace team-operator.*name other namespaces/s,
    );
    const everywhere = await install('another', 'another-operator', { ...beside, watchNamespaces: [] });
    assert.notEqual(everywhere.code, 0);
    assert.match(
      everywhere.stderr,
      /already: release (?:team in namespace team|smooth-operator in namespace smooth)-operator/,
    );
    await helm.ok(['uninstall', 'team', '--namespace', 'team-operator']);
    assert.equal(await read('-n', 'team-a', 'get', 'roles,rolebindings', '-o', 'name'), '');
    assert.deepEqual(await versions(), before);
  });

  test('is upgraded, the CRD too, and the servers stay', async () => {
    const described = 'jsonpath={.spec.versions[0].schema.openAPIV3Schema.description}';
    assert.equal(await read('get', crd, '-o', described), olderDescription);
    const [chart] =
      (await helm.ok(['list', '--namespace', home, '--output', 'json'])).match(/smooth-operator-0\.0\.1/) ?? [];
    assert.equal(chart, 'smooth-operator-0.0.1');
    await upgrade({ replicaCount: 3, logLevel: 'debug' });
    assert.notEqual(await read('get', crd, '-o', described), olderDescription);
    const args = await read('-n', home, 'get', deployment, '-o', 'jsonpath={.spec.template.spec.containers[0].args}');
    assert.match(args, /--log-level=debug/);
    assert.equal(await read('get', 'smcp', 'weather', '-o', 'name'), 'mcpserver.mcp.mcp.dev/weather\n');
  });

  test('is upgraded over what the operator has written of the webhook, which stays', async () => {
    const name = 'validatingwebhookconfiguration/smooth-operator-validating-webhook-configuration';
    const caBundle = Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64');
    const patch = { webhooks: [{ name: 'vmcpserver-v1alpha1.mcp.mcp.dev', clientConfig: { caBundle } }] };
    const written = 'jsonpath={.webhooks[0].clientConfig.caBundle}';
    await read('patch', name, '--type=strategic', `--patch=${JSON.stringify(patch)}`);
    await upgrade({ replicaCount: 3, webhook: { timeoutSeconds: 5 } });
    assert.equal(await read('get', name, '-o', written), caBundle);
    assert.equal(await read('get', name, '-o', 'jsonpath={.webhooks[0].timeoutSeconds}'), '5');
  });

  test('an upgrade with a wrong value changes nothing', async () => {
    const before = await versions();
    await assert.rejects(upgrade({ replicaCount: 'three' }), /replicaCount/);
    assert.deepEqual(await versions(), before);
  });

  test('is rolled back', async () => {
    await helm.ok(['rollback', 'smooth-operator', '1', '--namespace', home]);
    const path = 'jsonpath={.spec.versions[0].schema.openAPIV3Schema.description}';
    assert.equal(await read('get', crd, '-o', path), olderDescription);
    assert.equal(await read('-n', home, 'get', deployment, '-o', 'jsonpath={.spec.replicas}'), '2');
  });

  test('is uninstalled: the CRD and the servers stay, the rest goes', async () => {
    const stdout = await helm.ok(['uninstall', 'smooth-operator', '--namespace', home]);
    assert.match(stdout, /mcpservers\.mcp\.mcp\.dev/, 'it says what is kept');
    assert.deepEqual(
      (await versions()).map((line) => line.split(' ').slice(0, 2).join(' ')),
      ['CustomResourceDefinition mcpservers.mcp.mcp.dev'],
    );
    assert.equal(await read('get', 'smcp', 'weather', '-o', 'name'), 'mcpserver.mcp.mcp.dev/weather\n');
  });

  test('of the same name comes back over the CRD that was kept, and one of another name with a word', async () => {
    const { code, stderr } = await install('other', 'elsewhere');
    assert.notEqual(code, 0);
    assert.match(stderr, /invalid ownership metadata|cannot be imported|conflict/);
    const again = await install('smooth-operator', home);
    assert.equal(again.code, 0, again.stderr);
    await helm.ok(['uninstall', 'smooth-operator', '--namespace', home]);
    const { args, input } = withValues({});
    const options = ['--namespace', 'elsewhere', '--create-namespace', '--take-ownership', ...args];
    await helm.ok(['install', 'other', chartPath, ...options], input);
    assert.equal(await read('get', 'smcp', 'weather', '-o', 'name'), 'mcpserver.mcp.mcp.dev/weather\n');
  });

  test('takes over from kustomize as docs/install.md has it, and is upgraded after that', async () => {
    await helm.ok(['uninstall', 'other', '--namespace', 'elsewhere']);
    // Helm 4 applies on the server's side, where kubectl is known as who set what it set. Helm 3 has no such flag.
    const forced = (await helm.ok(['version', '--short'])).startsWith('v3') ? [] : ['--force-conflicts'];
    await read('apply', '--server-side', '--force-conflicts', '--kustomize', join(repositoryRoot, 'config', 'default'));
    await read('--namespace', home, 'delete', deployment);
    const install = withValues({});
    const where = ['--namespace', home, ...forced];
    await helm.ok(
      ['install', 'smooth-operator', chartPath, '--take-ownership', ...where, ...install.args],
      install.input,
    );
    const { args, input } = withValues({ webhook: { failurePolicy: 'Fail' } });
    await helm.ok(['upgrade', 'smooth-operator', chartPath, ...where, ...args], input);
    const name = 'validatingwebhookconfiguration/smooth-operator-validating-webhook-configuration';
    assert.equal(await read('get', name, '-o', 'jsonpath={.webhooks[0].failurePolicy}'), 'Fail');
    assert.equal(await read('get', 'smcp', 'weather', '-o', 'name'), 'mcpserver.mcp.mcp.dev/weather\n');
    await helm.ok(['uninstall', 'smooth-operator', '--namespace', home]);
  });

  test('of a team with rights in its own namespaces alone needs nothing more', async () => {
    const [own, watched] = [await cluster.createNamespace(), await cluster.createNamespace()];
    const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    const user = await cluster.createUser(own, { rules: everything });
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'team', namespace: watched },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: user.name, namespace: own }],
    };
    await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(binding));
    const team = await useHelm(user.kubeconfig);
    const { args, input } = withValues({
      watchNamespaces: [watched],
      crds: { install: false },
      webhook: { enabled: false },
      rbac: { aggregateRoles: false },
    });
    const install = () => team.run(['install', 'smooth-operator', chartPath, '--namespace', own, ...args], input);
    // The binding holds a moment after it was written.
    await until(async () => (await install()).code === 0, { what: 'the team to install', deadlineMs: 60_000 });
    assert.match(await read('-n', watched, 'get', 'roles', '-o', 'name'), /smooth-operator-manager/);
    await team.ok(['uninstall', 'smooth-operator', '--namespace', own]);
  });

  test('without an image is refused, with what to set', async () => {
    const { code, stderr } = await helm.run(['install', 'none', chartPath, '--namespace', 'none', '--dry-run=client']);
    assert.notEqual(code, 0);
    assert.match(stderr, /image\.repository is not set.*--set image\.repository=/s);
  });
});
