import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { useControlPlane } from '../support/control-plane.ts';
import { manifest, type Refusal, readCrd, submit, testRefusals } from '../support/crd.ts';

/** Admission of the fields that pass through to the container and the pod: env, envFrom, command and the like. */

const cluster = await useControlPlane(['etcd', 'kube-apiserver']);
let namespace: string;
const ask = (spec: object) => submit(cluster, namespace, manifest(spec));

before(async () => {
  await cluster.installCrd(await readCrd());
  namespace = await cluster.createNamespace();
});

const refuses = (rows: Readonly<Record<string, Refusal>>) => testRefusals(rows, ask);

/** A manifest that must be accepted and stored as it is, and a Deployment's container of the same words with it. */
function accepts(rows: Readonly<Record<string, Readonly<Record<string, unknown>>>>): void {
  for (const [what, spec] of Object.entries(rows)) {
    test(`accepted: ${what}`, async () => {
      const { accepted, message, object } = await submit(cluster, namespace, manifest(spec));
      assert.ok(accepted, message);
      for (const [field, value] of Object.entries(spec)) assert.deepEqual(object.spec[field], value);
      assert.deepEqual(await deploymentWith(spec), { status: 201, message: '' });
    });
  }
}

const podFields = ['imagePullSecrets', 'serviceAccountName'];

/** What the API server says to a Deployment with these fields: what we accept must not be refused there. */
async function deploymentWith(spec: Readonly<Record<string, unknown>>): Promise<{ status: number; message: string }> {
  const entries = Object.entries(spec);
  const ofPod = Object.fromEntries(entries.filter(([field]) => podFields.includes(field)));
  const ofContainer = Object.fromEntries(entries.filter(([field]) => !podFields.includes(field)));
  const labels = { app: 'weather' };
  const deployment = {
    metadata: { name: 'weather' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { ...ofPod, containers: [{ name: 'mcp-server', image: 'example.com/weather:1', ...ofContainer }] },
      },
    },
  };
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All&fieldValidation=Strict`;
  const { status, body } = await cluster.request('POST', path, deployment);
  return { status, message: status === 201 ? '' : (body as { message: string }).message };
}

const from = (valueFrom: object) => ({ env: [{ name: 'A', valueFrom }] });

describe('env', () => {
  refuses({
    'the same name twice': [
      { env: [{ name: 'A', value: '1' }, { name: 'B' }, { name: 'A', value: '2' }] },
      'spec.env[2]',
      'Duplicate value',
      '"name":"A"',
    ],
    'a name with an equals sign': [
      { env: [{ name: 'A=B', value: 'x' }] },
      'spec.env[0].name',
      '"A=B" cannot be the name of a variable',
      'without "="',
    ],
    'an empty name': [{ env: [{ name: '', value: 'x' }] }, 'spec.env[0].name', '""', 'use printable ASCII'],
    'a name beyond ASCII': [{ env: [{ name: 'GRÖSSE' }] }, 'spec.env[0].name', '"GRÖSSE"', 'use printable ASCII'],
    'a name with a line break': [{ env: [{ name: 'A\nB' }] }, 'spec.env[0].name', '"A\\nB"', 'use printable ASCII'],
    'no name': [{ env: [{ value: 'x' }] }, 'spec.env[0].name', 'Required value'],
    'a number for a value': [{ env: [{ name: 'PORT', value: 3001 }] }, 'spec.env[0].value', 'must be of type string'],
    'a value and a source': [
      { env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] },
      'spec.env[0]',
      'variable "A" has both value and valueFrom',
      'remove one of them',
    ],
    'a value that no process can take': [
      { env: [{ name: 'A', value: 'x'.repeat(131_073) }] },
      'spec.env[0].value',
      'may not be more than 131072',
    ],
    'a map instead of a list': [{ env: { A: 'x' } }, 'unknown field "spec.env.A"'],
  });
  accepts({
    'plain variables': {
      env: [
        { name: 'LOG_LEVEL', value: 'debug' },
        { name: 'EMPTY', value: '' },
      ],
    },
    'a variable without a value': { env: [{ name: 'EMPTY' }] },
    'a name that a shell could not use': { env: [{ name: 'my.app-name 2', value: 'x' }] },
    'an empty value beside a source': {
      env: [{ name: 'A', value: '', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
    },
    'a value of several lines': { env: [{ name: 'KEY', value: 'one\ntwo\n' }] },
  });
});

describe('env.valueFrom', () => {
  refuses({
    'no source': [
      from({}),
      'spec.env[0].valueFrom',
      'set exactly one of fieldRef, resourceFieldRef, configMapKeyRef or secretKeyRef',
      'now it is: none',
    ],
    'two sources': [
      from({ fieldRef: { fieldPath: 'metadata.name' }, secretKeyRef: { name: 's', key: 'k' } }),
      'spec.env[0].valueFrom',
      'now it is: fieldRef secretKeyRef',
    ],
    'a field that has no variable': [
      from({ fieldRef: { fieldPath: 'status.phase' } }),
      'spec.env[0].valueFrom.fieldRef.fieldPath',
      '"status.phase" is not a field',
      'use metadata.name',
    ],
    'all labels': [
      from({ fieldRef: { fieldPath: 'metadata.labels' } }),
      '"metadata.labels" is not a field',
      "labels['KEY']",
    ],
    'an amount that does not exist': [
      from({ resourceFieldRef: { resource: 'cpu' } }),
      'spec.env[0].valueFrom.resourceFieldRef.resource',
      '"cpu" is not an amount',
      'use limits.NAME or requests.NAME',
    ],
    'a bad divisor': [
      from({ resourceFieldRef: { resource: 'limits.cpu', divisor: 'one' } }),
      'spec.env[0].valueFrom.resourceFieldRef.divisor',
      '"one" is not a quantity',
    ],
    'a Secret without its key': [
      from({ secretKeyRef: { name: 's' } }),
      'spec.env[0].valueFrom.secretKeyRef.key',
      'Required',
    ],
    'a Secret without its name': [
      from({ secretKeyRef: { key: 'k' } }),
      'spec.env[0].valueFrom.secretKeyRef.name',
      'Required',
    ],
    'a key that no Secret has': [
      from({ secretKeyRef: { name: 's', key: 'a b' } }),
      'spec.env[0].valueFrom.secretKeyRef.key',
      '"a b" cannot be a key of a Secret',
      'use letters, digits',
    ],
    'a name that no ConfigMap has': [
      from({ configMapKeyRef: { name: 'My Map', key: 'k' } }),
      'spec.env[0].valueFrom.configMapKeyRef.name',
      '"My Map" cannot be the name of a ConfigMap',
    ],
  });

  const fieldPaths = [
    'metadata.name',
    'metadata.namespace',
    'metadata.uid',
    "metadata.labels['app.kubernetes.io/name']",
    "metadata.annotations['example.com/owner']",
    'spec.nodeName',
    'spec.serviceAccountName',
    'status.hostIP',
    'status.hostIPs',
    'status.podIP',
    'status.podIPs',
  ];
  accepts({
    ...Object.fromEntries(
      fieldPaths.map((fieldPath) => [`the field ${fieldPath}`, from({ fieldRef: { apiVersion: 'v1', fieldPath } })]),
    ),
    ...Object.fromEntries(
      ['limits.cpu', 'requests.memory', 'limits.ephemeral-storage', 'requests.hugepages-2Mi'].map((resource) => [
        `the amount ${resource}`,
        from({ resourceFieldRef: { resource, divisor: '1' } }),
      ]),
    ),
    'a key of a Secret': from({ secretKeyRef: { name: 'weather.prod', key: 'API_KEY' } }),
    'a key of a ConfigMap that may be missing': from({
      configMapKeyRef: { name: 'm', key: 'a.b-c_d', optional: true },
    }),
  });
});

describe('envFrom', () => {
  refuses({
    'no source': [{ envFrom: [{}] }, 'spec.envFrom[0]', 'set exactly one of configMapRef or secretRef', 'none'],
    'only a prefix': [{ envFrom: [{ prefix: 'A_' }] }, 'spec.envFrom[0]', 'set exactly one of'],
    'two sources': [
      { envFrom: [{ configMapRef: { name: 'm' }, secretRef: { name: 's' } }] },
      'spec.envFrom[0]',
      'now it is: configMapRef secretRef',
    ],
    'a prefix with an equals sign': [
      { envFrom: [{ prefix: 'A=', secretRef: { name: 's' } }] },
      'spec.envFrom[0].prefix',
      '"A=" cannot be a prefix',
      'without "="',
    ],
    'a Secret without a name': [{ envFrom: [{ secretRef: {} }] }, 'spec.envFrom[0].secretRef.name', 'Required value'],
  });
  accepts({
    'a Secret and a ConfigMap': {
      envFrom: [{ prefix: 'WEATHER_', secretRef: { name: 's' } }, { configMapRef: { name: 'm', optional: true } }],
    },
    'the same Secret twice': {
      envFrom: [
        { prefix: 'A_', secretRef: { name: 's' } },
        { prefix: 'B_', secretRef: { name: 's' } },
      ],
    },
  });
});

describe('process and image', () => {
  refuses({
    'a command that is one string': [{ command: 'node server.js' }, 'spec.command', 'must be of type array: "string"'],
    'an argument that is a number': [{ args: ['--port', 3001] }, 'spec.args[1]', 'must be of type string'],
    'a relative directory': [
      { workingDir: 'app' },
      'spec.workingDir',
      '"app" is not an absolute path',
      'start with "/"',
    ],
    'a policy in lower case': [{ imagePullPolicy: 'always' }, 'spec.imagePullPolicy', '"always"', '"IfNotPresent"'],
    'the same pull secret twice': [
      { imagePullSecrets: [{ name: 'a' }, { name: 'a' }] },
      'spec.imagePullSecrets[1]',
      'Duplicate',
    ],
    'a pull secret without a name': [{ imagePullSecrets: [{}] }, 'spec.imagePullSecrets[0].name', 'Required value'],
    'an account that cannot exist': [
      { serviceAccountName: 'Robot' },
      'spec.serviceAccountName',
      '"Robot" cannot be the name of a ServiceAccount',
      'lower-case letters',
    ],
  });
  accepts({
    'a command with its arguments': {
      command: ['node'],
      args: ['server.js', '--port=$(PORT)', ''],
      workingDir: '/app',
    },
    'images of a private registry': {
      imagePullPolicy: 'Always',
      imagePullSecrets: [{ name: 'ghcr' }, { name: 'quay' }],
    },
    'an image that was loaded onto the node': { imagePullPolicy: 'Never' },
    'an account of its own': { serviceAccountName: 'weather' },
  });
});

test('the largest manifest costs no more than the API server spends on rules', async () => {
  const times = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index));
  const long = (index: number) => `${'n'.repeat(245)}-${index}`;
  const key = `${'d'.repeat(250)}/${'k'.repeat(60)}`;
  const amounts = (amount: string) => Object.fromEntries(times(32, (index) => [`${long(index)}.dev/gpu`, amount]));
  const spec = {
    image: `${'h'.repeat(240)}:5000/${'p'.repeat(250)}:${'t'.repeat(128)}@sha512:${'0'.repeat(128)}`,
    resources: { limits: amounts('999999999Mi'), requests: amounts('999999998Mi') },
    env: times(1024, (index) => ({
      name: `${'V'.repeat(400)}${index}`,
      valueFrom: { fieldRef: { fieldPath: `metadata.labels['${key}']` } },
    })),
    envFrom: times(128, (index) => ({ prefix: 'P'.repeat(400), secretRef: { name: long(index) } })),
    imagePullSecrets: times(64, (index) => ({ name: long(index) })),
  };
  const { accepted, message } = await ask(spec);
  assert.ok(accepted, message.slice(0, 500));
});
