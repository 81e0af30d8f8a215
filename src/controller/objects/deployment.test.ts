import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { changesBetween } from '../../../test/support/changes.ts';
import { aServer } from '../../../test/support/snapshots.ts';
import type { MCPServerSpec } from '../../api/v1alpha1/mcp-server.ts';
import { spec as specSchema } from '../../api/v1alpha1/spec.ts';
import { HASH_ANNOTATION } from '../labels.ts';
import { appliedHash } from './applied-hash.ts';
import { deploymentFor } from './deployment.ts';

const unrestricted = { restricted: false, healthType: 'HTTP' } as const;
const plain = deploymentFor(aServer(), unrestricted);
const labels = {
  app: 'weather',
  'app.kubernetes.io/name': 'mcp-server',
  'app.kubernetes.io/instance': 'weather',
  'app.kubernetes.io/component': 'server',
  'app.kubernetes.io/managed-by': 'smooth-operator',
  'mcp.mcp.dev/server': 'weather',
};

test('the whole Deployment of a spec that says no more than its image', () => {
  assert.deepEqual(plain, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'weather',
      namespace: 'team-a',
      labels,
      annotations: { [HASH_ANNOTATION]: appliedHash(plain) },
      ownerReferences: [
        {
          apiVersion: 'mcp.mcp.dev/v1alpha1',
          kind: 'MCPServer',
          name: 'weather',
          uid: 'uid-1',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      replicas: 2,
      selector: { matchLabels: { 'mcp.mcp.dev/server': 'weather' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'mcp-server',
              image: 'example.com/weather:1.0',
              ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
              startupProbe: {
                httpGet: { path: '/health', port: 'http', scheme: 'HTTP' },
                initialDelaySeconds: 0,
                periodSeconds: 1,
                timeoutSeconds: 5,
                successThreshold: 1,
                failureThreshold: 90,
              },
              livenessProbe: {
                httpGet: { path: '/health', port: 'http', scheme: 'HTTP' },
                initialDelaySeconds: 0,
                periodSeconds: 10,
                timeoutSeconds: 5,
                successThreshold: 1,
                failureThreshold: 9,
              },
              readinessProbe: {
                httpGet: { path: '/health', port: 'http', scheme: 'HTTP' },
                initialDelaySeconds: 0,
                periodSeconds: 10,
                timeoutSeconds: 5,
                successThreshold: 1,
                failureThreshold: 3,
              },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            },
          ],
          enableServiceLinks: false,
          securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
          serviceAccountName: 'default',
          automountServiceAccountToken: false,
        },
      },
    },
  });
  assert.match(appliedHash(plain) ?? '', /^[0-9a-f]{16}$/);
});

/** What a spec field changes in the Deployment: the path of every leaf that differs, and its new value. */
interface Row {
  readonly name: string;
  readonly spec: Partial<MCPServerSpec>;
  readonly changes: Readonly<Record<string, unknown>>;
}

const pod = 'spec.template.spec';
const container = `${pod}.containers.0`;

const rows: readonly Row[] = [
  { name: 'image', spec: { image: 'other@sha256:1' }, changes: { [`${container}.image`]: 'other@sha256:1' } },
  { name: 'replicas', spec: { replicas: 7 }, changes: { 'spec.replicas': 7 } },
  { name: 'no replicas', spec: { replicas: 0 }, changes: { 'spec.replicas': 0 } },
  {
    name: 'port: probes go by its name, so they do not change',
    spec: { port: 9000 },
    changes: { [`${container}.ports.0.containerPort`]: 9000 },
  },
  {
    name: 'secretName',
    spec: { secretName: 'keys' },
    changes: { [`${container}.envFrom.0.secretRef.name`]: 'keys' },
  },
  {
    name: 'resources, as written',
    spec: { resources: { limits: { cpu: '1000m', memory: 1024 }, requests: { cpu: 0.5 } } },
    changes: {
      [`${container}.resources.limits.cpu`]: '1000m',
      [`${container}.resources.limits.memory`]: 1024,
      [`${container}.resources.requests.cpu`]: 0.5,
    },
  },
  {
    name: 'health',
    spec: {
      health: {
        type: 'HTTP',
        path: '/healthz',
        initialDelaySeconds: 1,
        periodSeconds: 2,
        timeoutSeconds: 3,
        failureThreshold: 4,
      },
    },
    changes: {
      [`${container}.startupProbe.httpGet.path`]: '/healthz',
      [`${container}.startupProbe.initialDelaySeconds`]: 1,
      [`${container}.startupProbe.timeoutSeconds`]: 3,
      [`${container}.startupProbe.failureThreshold`]: 24,
      [`${container}.livenessProbe.httpGet.path`]: '/healthz',
      [`${container}.livenessProbe.initialDelaySeconds`]: 1,
      [`${container}.livenessProbe.periodSeconds`]: 2,
      [`${container}.livenessProbe.timeoutSeconds`]: 3,
      [`${container}.livenessProbe.failureThreshold`]: 12,
      [`${container}.readinessProbe.httpGet.path`]: '/healthz',
      [`${container}.readinessProbe.initialDelaySeconds`]: 1,
      [`${container}.readinessProbe.periodSeconds`]: 2,
      [`${container}.readinessProbe.timeoutSeconds`]: 3,
      [`${container}.readinessProbe.failureThreshold`]: 4,
    },
  },
  {
    name: 'command',
    spec: { command: ['node', 'server.js'] },
    changes: { [`${container}.command.0`]: 'node', [`${container}.command.1`]: 'server.js' },
  },
  { name: 'args', spec: { args: [''] }, changes: { [`${container}.args.0`]: '' } },
  { name: 'workingDir', spec: { workingDir: '/app' }, changes: { [`${container}.workingDir`]: '/app' } },
  {
    name: 'env',
    spec: {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', valueFrom: { secretKeyRef: { name: 'keys', key: 'b' } } },
      ],
    },
    changes: {
      [`${container}.env.0.name`]: 'A',
      [`${container}.env.0.value`]: '1',
      [`${container}.env.1.name`]: 'B',
      [`${container}.env.1.valueFrom.secretKeyRef.name`]: 'keys',
      [`${container}.env.1.valueFrom.secretKeyRef.key`]: 'b',
    },
  },
  {
    name: 'envFrom',
    spec: { envFrom: [{ prefix: 'X_', configMapRef: { name: 'shared' } }] },
    changes: {
      [`${container}.envFrom.0.prefix`]: 'X_',
      [`${container}.envFrom.0.configMapRef.name`]: 'shared',
    },
  },
  {
    name: 'secretName stands before envFrom, whose entries then win',
    spec: { secretName: 'keys', envFrom: [{ configMapRef: { name: 'shared' } }] },
    changes: {
      [`${container}.envFrom.0.secretRef.name`]: 'keys',
      [`${container}.envFrom.1.configMapRef.name`]: 'shared',
    },
  },
  {
    name: 'imagePullPolicy',
    spec: { imagePullPolicy: 'Never' },
    changes: { [`${container}.imagePullPolicy`]: 'Never' },
  },
  {
    name: 'imagePullSecrets',
    spec: { imagePullSecrets: [{ name: 'ghcr' }] },
    changes: { [`${pod}.imagePullSecrets.0.name`]: 'ghcr' },
  },
  {
    name: 'serviceAccountName: whoever names an account wants its token',
    spec: { serviceAccountName: 'robot' },
    changes: { [`${pod}.serviceAccountName`]: 'robot', [`${pod}.automountServiceAccountToken`]: undefined },
  },
  {
    name: 'empty lists, which the API server would drop',
    spec: { command: [], args: [], env: [], envFrom: [], imagePullSecrets: [] },
    changes: {},
  },
];

describe('where each spec field lands, and that it changes nothing else', () => {
  for (const row of rows) {
    test(row.name, () => {
      const changed = deploymentFor(aServer(row.spec), unrestricted);
      const { [`metadata.annotations.${HASH_ANNOTATION}`]: hash, ...changes } = changesBetween(plain, changed);
      assert.deepEqual(changes, row.changes);
      assert.equal(hash !== undefined, Object.keys(row.changes).length > 0, 'the hash changes with the content');
    });
  }

  /** What the operator and the Service use, and the pods do not know of. */
  const elsewhere = ['path', 'sessionAffinity', 'transport', 'verify'];

  test('every field of the schema has a row here, or is not for the Deployment', () => {
    const shown = new Set(rows.flatMap(({ spec }) => Object.keys(spec)));
    assert.deepEqual([...shown, ...elsewhere].sort(), Object.keys(specSchema.properties).sort());
  });

  test('the selector, which is immutable, depends on nothing in the spec', () => {
    for (const { spec, name } of rows) {
      const { selector } = deploymentFor(aServer(spec), { restricted: true, healthType: 'HTTP' }).spec;
      assert.deepEqual(selector, plain.spec.selector, name);
    }
  });
});

test('a restricted namespace asks for runAsNonRoot, and nothing else changes', () => {
  const changes = changesBetween(plain, deploymentFor(aServer(), { restricted: true, healthType: 'HTTP' }));
  const { [`metadata.annotations.${HASH_ANNOTATION}`]: hash, ...others } = changes;
  assert.deepEqual(others, { [`${pod}.securityContext.runAsNonRoot`]: true });
  assert.notEqual(hash, undefined);
});

test('what the selector asks for, the pods have', () => {
  for (const [label, value] of Object.entries(plain.spec.selector.matchLabels ?? {})) {
    assert.equal(plain.spec.template.metadata?.labels?.[label], value);
  }
});

test('another generation or status of the same spec is the same Deployment', () => {
  const server = aServer();
  const later = aServer({}, { metadata: { ...server.metadata, generation: 9, resourceVersion: '900' }, status: {} });
  assert.deepEqual(deploymentFor(later, unrestricted), plain);
});

test('a server created again under the same name has another Deployment: the owner differs', () => {
  const server = aServer();
  const again = aServer({}, { metadata: { ...server.metadata, uid: 'uid-2' } });
  assert.notEqual(appliedHash(deploymentFor(again, unrestricted)), appliedHash(plain));
});

test('the caller may go on to use its lists: the Deployment has copies', () => {
  const args = ['a'];
  const made = deploymentFor(aServer({ args }), unrestricted);
  args.push('b');
  assert.deepEqual(made.spec.template.spec?.containers[0]?.args, ['a']);
});

test('no account is the default one by name: the API server would keep one that is only left out', () => {
  const podOf = (spec: Partial<MCPServerSpec>) =>
    deploymentFor(aServer(spec), { restricted: false, healthType: 'HTTP' }).spec.template.spec;
  assert.equal(podOf({ serviceAccountName: 'robot' })?.serviceAccountName, 'robot');
  assert.equal(podOf({})?.serviceAccountName, 'default');
});
