import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { watchedResources } from '../../tools/operator-rights.ts';
import { rolesFor, userRoles } from '../../tools/rbac.ts';
import { useControlPlane } from '../support/control-plane.ts';
import { readCrd, submit } from '../support/crd.ts';
import { until } from '../support/until.ts';

/** config/ as a user installs it, on a real API server. */

const cluster = await useControlPlane(['etcd', 'kube-apiserver']);
const root = join(import.meta.dirname, '../..');
let namespace: string;

before(async () => {
  await cluster.installCrd(await readCrd());
  namespace = await cluster.createNamespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
});

interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: { readonly template?: object };
}

/** What kustomize makes of a directory of config/. */
async function build(directory: string): Promise<readonly KubeObject[]> {
  const text = await cluster.kubectl(['kustomize', join(root, 'config', directory)]);
  return parseAllDocuments(text).map((document): KubeObject => document.toJS());
}

const identity = ({ kind, metadata }: KubeObject) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

describe('config/default', () => {
  test('has everything that the operator needs, in its own namespace', async () => {
    const objects = await build('default');
    assert.deepEqual(objects.map(identity).sort(), [
      'ClusterRole /smooth-operator-manager-role',
      'ClusterRole /smooth-operator-mcpserver-admin-role',
      'ClusterRole /smooth-operator-mcpserver-editor-role',
      'ClusterRole /smooth-operator-mcpserver-viewer-role',
      'ClusterRole /smooth-operator-metrics-auth-role',
      'ClusterRole /smooth-operator-metrics-reader',
      'ClusterRole /smooth-operator-webhook-configuration-role',
      'ClusterRoleBinding /smooth-operator-manager-rolebinding',
      'ClusterRoleBinding /smooth-operator-metrics-auth-rolebinding',
      'ClusterRoleBinding /smooth-operator-webhook-configuration-rolebinding',
      'CustomResourceDefinition /mcpservers.mcp.mcp.dev',
      'Deployment smooth-operator-system/smooth-operator-controller-manager',
      'Namespace /smooth-operator-system',
      'PodDisruptionBudget smooth-operator-system/smooth-operator-controller-manager',
      'Role smooth-operator-system/smooth-operator-leader-election-role',
      'Role smooth-operator-system/smooth-operator-webhook-certificate-role',
      'RoleBinding smooth-operator-system/smooth-operator-leader-election-rolebinding',
      'RoleBinding smooth-operator-system/smooth-operator-webhook-certificate-rolebinding',
      'Service smooth-operator-system/smooth-operator-controller-manager-metrics-service',
      'Service smooth-operator-system/smooth-operator-webhook-service',
      'ServiceAccount smooth-operator-system/smooth-operator-controller-manager',
      'ValidatingWebhookConfiguration /smooth-operator-validating-webhook-configuration',
    ]);
  });

  test('every object is accepted, without a field that the API server does not know', async () => {
    for (const object of await build('default')) {
      // The namespace exists in a dry run only as long as the request, so a given one stands in for it.
      const inNamespace = object.metadata.namespace === undefined ? {} : { namespace };
      const moved = { ...object, metadata: { ...object.metadata, ...inNamespace } };
      const args = ['apply', '--server-side', '--dry-run=server', '--force-conflicts', '-f', '-'];
      const printed = await cluster.kubectl(args, JSON.stringify(moved));
      assert.match(printed, /serverside-applied/, identity(object));
    }
  });

  test("the operator's own pod passes the restricted Pod Security level", async () => {
    const deployment = (await build('default')).find(({ kind }) => kind === 'Deployment');
    const { metadata, spec } = (deployment?.spec?.template ?? {}) as { metadata?: object; spec?: object };
    // Without the account: admission of a pod looks for it, and a dry run has not made it.
    const pod = {
      metadata: { ...metadata, name: 'manager' },
      spec: { ...spec, serviceAccountName: undefined, automountServiceAccountToken: false },
    };
    const account = { metadata: { name: 'default' } };
    const made = await cluster.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, account);
    // 409: this control plane has a controller-manager, which has made it.
    assert.ok([201, 409].includes(made.status), JSON.stringify(made.body));
    const answer = await cluster.request('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
  });

  test('the Services and the probes point at ports that the container has', async () => {
    const objects = await build('default');
    const deployment = objects.find(({ kind }) => kind === 'Deployment') as unknown as {
      spec: { template: { metadata: { labels: object }; spec: { containers: [Container] } } };
    };
    const [container] = deployment.spec.template.spec.containers;
    const ports = container.ports.map(({ name }) => name);
    assert.ok(ports.includes(container.livenessProbe.httpGet.port));
    assert.ok(ports.includes(container.readinessProbe.httpGet.port));
    const services = objects.filter(({ kind }) => kind === 'Service') as unknown as readonly {
      spec: { selector: object; ports: [{ targetPort: string }] };
    }[];
    assert.equal(services.length, 2);
    for (const { spec } of services) {
      assert.ok(ports.includes(spec.ports[0].targetPort), spec.ports[0].targetPort);
      assert.deepEqual(spec.selector, deployment.spec.template.metadata.labels);
    }
  });

  test('the webhook calls the Service that there is', async () => {
    const objects = await build('default');
    const configuration = objects.find(({ kind }) => kind === 'ValidatingWebhookConfiguration') as unknown as {
      webhooks: [{ clientConfig: { service: { name: string; namespace: string } } }];
    };
    const { name, namespace: where } = configuration.webhooks[0].clientConfig.service;
    assert.ok(objects.map(identity).includes(`Service ${where}/${name}`), `${where}/${name}`);
  });

  interface Container {
    readonly ports: readonly { readonly name: string }[];
    readonly livenessProbe: { readonly httpGet: { readonly port: string } };
    readonly readinessProbe: { readonly httpGet: { readonly port: string } };
  }
});

describe('config/samples', () => {
  test('every sample is accepted under strict validation', async () => {
    const samples = await build('samples');
    const servers = samples.filter(({ kind }) => kind === 'MCPServer');
    assert.deepEqual(servers.map(({ metadata }) => metadata.name).sort(), ['everything', 'greeter', 'modern']);
    for (const server of servers) {
      const { accepted, message } = await submit(cluster, namespace, server);
      assert.ok(accepted, `${identity(server)}: ${message}`);
    }
  });

  test('the Secret that a sample names is in the samples', async () => {
    const samples = await build('samples');
    const secrets = samples.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
    for (const { spec } of samples) {
      const secretName = (spec as { secretName?: string } | undefined)?.secretName;
      if (secretName !== undefined) assert.ok(secrets.includes(secretName), `no Secret ${secretName}`);
    }
  });

  test('the example of the API reference is accepted', async () => {
    const text = await readFile(join(root, 'docs/api.md'), 'utf8');
    const [, example = ''] = /```yaml\n(.*?)```/s.exec(text) ?? [];
    const { accepted, message } = await submit(cluster, namespace, parse(example));
    assert.ok(accepted, message);
  });
});

describe('rights', () => {
  const canI = async (args: readonly string[]) => {
    // `auth can-i` prints "no" with exit code 1; the review itself has both answers.
    const [verb, resource, ...rest] = args;
    const attributes = Object.fromEntries(rest.map((pair) => pair.split('=')));
    const { user, group = '', ...where } = attributes;
    const [plural, subresource] = (resource ?? '').split('/');
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, resourceAttributes: { verb, group, resource: plural, subresource, ...where } },
    };
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const answer = await cluster.send<{ status: { allowed: boolean } }>('POST', path, review);
    return answer.status.allowed;
  };

  test('Roles of --watch-namespaces hold in those namespaces and nowhere else', async () => {
    const [one, two, other] = await Promise.all([1, 2, 3].map(() => cluster.createNamespace()));
    const subject = { kind: 'ServiceAccount', name: 'operator', namespace } as const;
    const options = { name: 'smooth-operator-manager', subject, resources: watchedResources };
    const objects = rolesFor([one ?? '', two ?? ''], options);
    const yaml = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], yaml);
    const user = `user=system:serviceaccount:${namespace}:operator`;
    await until(() => canI(['list', 'secrets', user, `namespace=${two}`]), { what: 'the Roles to hold' });
    const rights: readonly (readonly [boolean, ...string[]])[] = [
      [true, 'watch', 'mcpservers', 'group=mcp.mcp.dev', `namespace=${one}`],
      [true, 'patch', 'mcpservers/status', 'group=mcp.mcp.dev', `namespace=${one}`],
      [true, 'create', 'deployments', 'group=apps', `namespace=${two}`],
      [true, 'get', 'namespaces', `namespace=${one}`, `name=${one}`],
      [true, 'watch', 'namespaces', `namespace=${one}`, `name=${one}`],
      [false, 'list', 'namespaces'],
      [false, 'get', 'namespaces', `namespace=${other}`, `name=${other}`],
      [false, 'watch', 'mcpservers', 'group=mcp.mcp.dev', `namespace=${other}`],
      [false, 'watch', 'mcpservers', 'group=mcp.mcp.dev'],
      // The token of spec.verify.auth, and no Secret is written.
      [true, 'get', 'secrets', `namespace=${one}`],
      [false, 'get', 'secrets', `namespace=${other}`],
      [false, 'patch', 'secrets', `namespace=${one}`],
      [true, 'patch', 'pods/status', `namespace=${one}`],
      [false, 'patch', 'pods', `namespace=${one}`],
      [false, 'delete', 'pods', `namespace=${one}`],
      [false, 'delete', 'deployments', 'group=apps', `namespace=${one}`],
      [false, 'patch', 'mcpservers', 'group=mcp.mcp.dev', `namespace=${one}`],
    ];
    for (const [allowed, ...args] of rights) {
      assert.equal(
        await canI([...args, user]),
        allowed,
        `${args.join(' ')} should be ${allowed ? 'granted' : 'denied'}`,
      );
    }
  });

  test('people get their rights by role: a viewer reads, an editor writes, neither writes status', async () => {
    const { viewer, editor } = userRoles();
    const rbac = 'rbac.authorization.k8s.io';
    for (const role of [viewer, editor]) {
      const { name } = role.metadata;
      const binding = {
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata: { name, namespace },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
        subjects: [{ kind: 'User', name, apiGroup: rbac }],
      };
      const yaml = [role, binding].map((object) => JSON.stringify(object)).join('\n---\n');
      await cluster.kubectl(['apply', '--server-side', '-f', '-'], yaml);
    }
    const where = ['group=mcp.mcp.dev', `namespace=${namespace}`];
    const may = (role: 'viewer' | 'editor', verb: string, resource = 'mcpservers') =>
      canI([verb, resource, `user=mcpserver-${role}-role`, ...where]);
    await until(async () => (await may('viewer', 'list')) && (await may('editor', 'list')), {
      what: 'the roles to hold',
    });
    assert.equal(await may('viewer', 'get', 'mcpservers/status'), true);
    assert.equal(await may('viewer', 'update'), false);
    assert.equal(await may('viewer', 'patch', 'mcpservers/scale'), false);
    assert.equal(await may('editor', 'create'), true);
    assert.equal(await may('editor', 'patch', 'mcpservers/scale'), true);
    assert.equal(await may('editor', 'patch', 'mcpservers/status'), false);
  });
});
