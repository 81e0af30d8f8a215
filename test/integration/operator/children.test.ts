import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { useControlPlane } from '../../support/control-plane.ts';
import { installMCPServerCrd } from '../../support/operator.ts';
import { createOperatorStage } from '../../support/operator-stage.ts';
import { until } from '../../support/until.ts';

/** What an MCPServer becomes, as the API server has it: the Deployment and the Service, field by field. */

const plane = await useControlPlane();
await installMCPServerCrd(plane);
const { servers, kubectl, child, operator } = await createOperatorStage(plane);
after(operator.stop);

/** What the API server fills in by itself, and nobody asked for. */
const podDefaults = ['restartPolicy', 'terminationGracePeriodSeconds', 'dnsPolicy', 'schedulerName'];
const containerDefaults = ['imagePullPolicy', 'terminationMessagePath', 'terminationMessagePolicy'];

function without(object: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)));
}

/** Creates a server and returns its children, once the operator has said that it is through with them. */
async function childrenOf(name: string, spec: object = {}) {
  await servers.create(name, spec);
  await servers.untilStatus(name, 'a first status', ({ status }) => status !== undefined);
  const deployment = await child('deployment', name);
  const { containers, ...pod } = deployment.spec.template.spec;
  return { deployment, service: await child('service', name), pod, container: containers[0], containers };
}

const labels = (name: string) => ({
  app: name,
  'app.kubernetes.io/name': 'mcp-server',
  'app.kubernetes.io/instance': name,
  'app.kubernetes.io/component': 'server',
  'app.kubernetes.io/managed-by': 'smooth-operator',
  'mcp.mcp.dev/server': name,
});

test('the least that a user can write becomes a whole Deployment', async () => {
  const { deployment, pod, container, containers } = await childrenOf('least');
  const { uid } = (await servers.get('least')).metadata;
  assert.deepEqual(deployment.metadata.labels, labels('least'));
  assert.deepEqual(deployment.metadata.ownerReferences, [
    {
      apiVersion: 'mcp.mcp.dev/v1alpha1',
      kind: 'MCPServer',
      name: 'least',
      uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
  assert.equal(deployment.spec.replicas, 1);
  assert.deepEqual(deployment.spec.selector, { matchLabels: { 'mcp.mcp.dev/server': 'least' } });
  assert.deepEqual(deployment.spec.strategy, {
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' },
  });
  assert.deepEqual(deployment.spec.template.metadata.labels, labels('least'));
  assert.deepEqual(without(pod, podDefaults), {
    automountServiceAccountToken: false,
    serviceAccountName: 'default',
    // The API server's copy, under the name that the field had in the beginning.
    serviceAccount: 'default',
    enableServiceLinks: false,
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
  });
  assert.equal(containers.length, 1);
  const probe = {
    httpGet: { path: '/health', port: 'http', scheme: 'HTTP' },
    periodSeconds: 10,
    timeoutSeconds: 5,
    successThreshold: 1,
  };
  assert.deepEqual(without(container, containerDefaults), {
    name: 'mcp-server',
    image: 'example.com/weather:1.0',
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    resources: {},
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 90 },
    livenessProbe: { ...probe, failureThreshold: 9 },
    readinessProbe: { ...probe, failureThreshold: 3 },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  });
});

test('and a ClusterIP Service on the same port, which selects by our label alone', async () => {
  const { service } = await childrenOf('served', { port: 3000 });
  const { uid } = (await servers.get('served')).metadata;
  assert.deepEqual(service.metadata.labels, labels('served'));
  assert.deepEqual(
    service.metadata.ownerReferences.map(({ uid, controller }: Owner) => ({ uid, controller })),
    [{ uid, controller: true }],
  );
  const { type, selector, ports } = service.spec;
  assert.deepEqual(
    { type, selector, ports },
    {
      type: 'ClusterIP',
      selector: { 'mcp.mcp.dev/server': 'served' },
      ports: [{ name: 'http', port: 3000, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' }],
    },
  );
});

interface Owner {
  readonly uid: string;
  readonly controller: boolean;
}

const valueFrom = { secretKeyRef: { name: 'keys', key: 'API_KEY' } };
const fieldRef = { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } };
const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '1Gi' } };

/** Spec, and where in the pod each field is to be found again. */
const passedThrough: readonly (readonly [string, object, (parts: Parts) => unknown, unknown])[] = [
  ['command', { command: ['node', 'server.js'] }, ({ container }) => container.command, ['node', 'server.js']],
  ['args', { args: ['--fast', '$(CITY)'] }, ({ container }) => container.args, ['--fast', '$(CITY)']],
  ['working-dir', { workingDir: '/app' }, ({ container }) => container.workingDir, '/app'],
  ['env', { env: [{ name: 'A', value: '' }] }, ({ container }) => container.env, [{ name: 'A' }]],
  [
    'env-value-from',
    {
      env: [
        { name: 'A', valueFrom },
        { name: 'B', valueFrom: fieldRef },
      ],
    },
    ({ container }) => container.env,
    [
      { name: 'A', valueFrom },
      { name: 'B', valueFrom: fieldRef },
    ],
  ],
  [
    'env-from',
    { envFrom: [{ configMapRef: { name: 'settings', optional: true } }, { prefix: 'P_', secretRef: { name: 's' } }] },
    ({ container }) => container.envFrom,
    [{ configMapRef: { name: 'settings', optional: true } }, { prefix: 'P_', secretRef: { name: 's' } }],
  ],
  ['pull-policy', { imagePullPolicy: 'Never' }, ({ container }) => container.imagePullPolicy, 'Never'],
  ['pull-secrets', { imagePullSecrets: [{ name: 'ghcr' }] }, ({ pod }) => pod.imagePullSecrets, [{ name: 'ghcr' }]],
  ['account', { serviceAccountName: 'reader' }, ({ pod }) => pod.serviceAccountName, 'reader'],
  [
    'account-token',
    { serviceAccountName: 'reader' },
    ({ pod }) => 'automountServiceAccountToken' in pod,
    false, // Who names an account wants its token: the account's own setting decides.
  ],
  ['resources', { resources }, ({ container }) => container.resources, resources],
  ['replicas', { replicas: 3 }, ({ deployment }) => deployment.spec.replicas, 3],
  ['none', { replicas: 0 }, ({ deployment }) => deployment.spec.replicas, 0],
  [
    'port',
    { port: 9000 },
    ({ container }) => container.ports,
    [{ name: 'http', containerPort: 9000, protocol: 'TCP' }],
  ],
  [
    'tcp',
    { health: { type: 'TCP' } },
    ({ container }) => [container.livenessProbe.tcpSocket, container.readinessProbe.httpGet],
    [{ port: 'http' }, undefined],
  ],
  [
    'health',
    { health: { path: '/ok', initialDelaySeconds: 7, periodSeconds: 11, timeoutSeconds: 3, failureThreshold: 2 } },
    ({ container }) => container.readinessProbe,
    {
      httpGet: { path: '/ok', port: 'http', scheme: 'HTTP' },
      initialDelaySeconds: 7,
      periodSeconds: 11,
      timeoutSeconds: 3,
      successThreshold: 1,
      failureThreshold: 2,
    },
  ],
];

type Parts = Awaited<ReturnType<typeof childrenOf>>;

for (const [name, spec, at, expected] of passedThrough) {
  test(`spec ${JSON.stringify(spec)} arrives: ${name}`, async () => {
    assert.deepEqual(at(await childrenOf(name, spec)), expected);
  });
}

test('a Secret comes before what the user lists in envFrom, so that the list wins', async () => {
  await kubectl('create', 'secret', 'generic', 'keys', '--from-literal=A=1');
  const own = { configMapRef: { name: 'settings' } };
  const { container } = await childrenOf('secret-first', { secretName: 'keys', envFrom: [own] });
  assert.deepEqual(container.envFrom, [{ secretRef: { name: 'keys' } }, own]);
});

const images = [
  'registry.local:5000/team/weather:1.2',
  `registry.local:5000/weather@sha256:${'ab'.repeat(32)}`,
  `weather:1.2@sha256:${'ab'.repeat(32)}`,
  'weather',
];

for (const [index, image] of images.entries()) {
  test(`the image ${image} is taken as it is`, async () => {
    assert.equal((await childrenOf(`image-${index}`, { image })).container.image, image);
  });
}

test('a changed port ends with one port everywhere, and the same Service', async () => {
  const before = await childrenOf('moving', { port: 8080 });
  await servers.change('moving', { port: 9090 });
  await until(async () => (await child('service', 'moving')).spec.ports[0].port === 9090, { what: 'the new port' });
  await servers.untilStatus('moving', 'seen', (now) => now.status?.observedGeneration === now.metadata.generation);
  const { spec, metadata } = await child('service', 'moving');
  assert.deepEqual(
    spec.ports.map(({ port, name }: { port: number; name: string }) => `${name} ${port}`),
    ['http 9090'],
  );
  assert.equal(metadata.uid, before.service.metadata.uid);
  assert.equal(spec.clusterIP, before.service.spec.clusterIP);
  const [container] = (await child('deployment', 'moving')).spec.template.spec.containers;
  assert.deepEqual(container.ports, [{ name: 'http', containerPort: 9090, protocol: 'TCP' }]);
});

test('a change of the health check from HTTP to TCP leaves nothing of the old one', async () => {
  await childrenOf('switching', { health: { path: '/ok' } });
  await servers.change('switching', { health: { type: 'TCP' } });
  const [container] = await until(
    async () => {
      const { containers } = (await child('deployment', 'switching')).spec.template.spec;
      return containers[0].livenessProbe.tcpSocket && containers;
    },
    { what: 'a TCP probe' },
  );
  for (const probe of [container.livenessProbe, container.readinessProbe]) {
    assert.deepEqual(probe.tcpSocket, { port: 'http' });
    assert.equal(probe.httpGet, undefined);
  }
});

test('the operator owns what it applied and no more, also after a change', async () => {
  await childrenOf('owned');
  await servers.change('owned', { replicas: 2, port: 81 });
  await servers.untilStatus('owned', 'seen', (now) => now.status?.observedGeneration === now.metadata.generation);
  for (const kind of ['deployment', 'service'] as const) {
    const { managedFields } = (await child(kind, 'owned')).metadata;
    const ours = managedFields.filter(({ manager }: { manager: string }) => manager === 'smooth-operator');
    assert.deepEqual(
      ours.map(({ operation }: { operation: string }) => operation),
      ['Apply'],
      kind,
    );
    assert.doesNotMatch(JSON.stringify(ours), /clusterIP|terminationGracePeriodSeconds/);
  }
});

test('an account that is taken back is taken from the pods, too', async () => {
  await servers.create('accountable', { serviceAccountName: 'reader' });
  const account = async () => (await child('deployment', 'accountable')).spec.template.spec.serviceAccountName;
  await until(async () => (await account()) === 'reader', { what: 'the account to be named' });
  await servers.change('accountable', { serviceAccountName: null });
  await until(async () => (await account()) === 'default', { what: 'the default account to be named' });
});
