import type { Json } from '../stage/end-state.ts';

/** A change of the spec, and everything that it must change elsewhere. */
export interface Mutation {
  /** Merged into a spec that has an image and 0 replicas, and whose Secret `keys` is there. */
  readonly spec: object;
  /** All that is then other than before, by place; null: it is gone. */
  readonly effect: Readonly<Record<string, Json>>;
}

/** A change that must not get through. */
export interface Refused {
  readonly spec: object;
  /** Part of what the API server says, when it is refused at once. */
  readonly says?: string;
  /** The reason of the condition Accepted, when it is stored, and told there. */
  readonly told?: string;
}

const pod = 'Deployment spec.template.spec';
const container = `${pod}.containers.0`;
const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => `${container}.${probe}`);

/** The same in all three probes. */
const inProbes = (field: string, value: Json) =>
  Object.fromEntries(probes.map((probe) => [`${probe}.${field}`, value]));

const oneEnv = (source: { readonly [field: string]: Json }): Mutation => ({
  spec: { env: [{ name: 'A', valueFrom: source }] },
  effect: { [`${container}.env`]: [{ name: 'A', valueFrom: source }] },
});
const oneEnvFrom = (source: { readonly [field: string]: Json }): Mutation => ({
  spec: { envFrom: [source] },
  effect: { [`${container}.envFrom`]: [source] },
});

/** What each field is changed to, in groups of fields that go together. */
export const mutations: readonly Mutation[] = [
  { spec: { image: 'example.com/maps:2.0' }, effect: { [`${container}.image`]: 'example.com/maps:2.0' } },
  { spec: { replicas: 2 }, effect: { 'Deployment spec.replicas': 2 } },
  {
    spec: { port: 9000 },
    effect: {
      [`${container}.ports.0.containerPort`]: 9000,
      'Service spec.ports.0.port': 9000,
      'verifier settings.host': 'weather.$namespace.svc:9000',
    },
  },
  { spec: { path: '/rpc' }, effect: { 'verifier settings.path': '/rpc' } },
  { spec: { transport: 'SSE' }, effect: { 'verifier settings.transport': 'SSE' } },
  { spec: { verify: { disabled: true } }, effect: { 'verifier settings': null } },
  { spec: { verify: { interval: '1m' } }, effect: { 'verifier settings.intervalMs': 60_000 } },
  { spec: { verify: { timeout: '2s' } }, effect: { 'verifier settings.timeoutMs': 2_000 } },
  {
    spec: { verify: { auth: { secretKeyRef: { name: 'keys', key: 'token' } } } },
    effect: { 'verifier settings.credentials': 'keys/token@1' },
  },
  { spec: { verify: { expectTools: ['forecast'] } }, effect: { 'verifier missingTools': ['forecast'] } },
  {
    spec: { sessionAffinity: 'ClientIP' },
    effect: {
      'Service spec.sessionAffinity': 'ClientIP',
      'Service spec.sessionAffinityConfig': { clientIP: { timeoutSeconds: 10_800 } },
    },
  },
  { spec: { secretName: 'keys' }, effect: { [`${container}.envFrom`]: [{ secretRef: { name: 'keys' } }] } },
  { spec: { resources: { limits: { cpu: '100m' } } }, effect: { [`${container}.resources.limits`]: { cpu: '100m' } } },
  {
    spec: { resources: { requests: { memory: '64Mi' } } },
    effect: { [`${container}.resources.requests`]: { memory: '64Mi' } },
  },
  {
    spec: { health: { type: 'TCP' } },
    effect: {
      ...inProbes('httpGet', null),
      ...inProbes('tcpSocket', { port: 'http' }),
      'verifier settings.healthPath': null,
    },
  },
  {
    spec: { health: { path: '/alive' } },
    effect: { ...inProbes('httpGet.path', '/alive'), 'verifier settings.healthPath': '/alive' },
  },
  { spec: { health: { initialDelaySeconds: 3 } }, effect: inProbes('initialDelaySeconds', 3) },
  {
    spec: { health: { periodSeconds: 20 } },
    effect: {
      [`${container}.livenessProbe.periodSeconds`]: 20,
      [`${container}.readinessProbe.periodSeconds`]: 20,
      [`${container}.startupProbe.failureThreshold`]: 180,
    },
  },
  { spec: { health: { timeoutSeconds: 7 } }, effect: inProbes('timeoutSeconds', 7) },
  {
    spec: { health: { failureThreshold: 4 } },
    effect: {
      [`${container}.livenessProbe.failureThreshold`]: 12,
      [`${container}.readinessProbe.failureThreshold`]: 4,
      [`${container}.startupProbe.failureThreshold`]: 120,
    },
  },
  { spec: { command: ['node', 'server.js'] }, effect: { [`${container}.command`]: ['node', 'server.js'] } },
  { spec: { args: ['--verbose'] }, effect: { [`${container}.args`]: ['--verbose'] } },
  { spec: { workingDir: '/srv' }, effect: { [`${container}.workingDir`]: '/srv' } },
  { spec: { env: [{ name: 'A', value: 'b' }] }, effect: { [`${container}.env`]: [{ name: 'A', value: 'b' }] } },
  oneEnv({ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } }),
  oneEnv({ resourceFieldRef: { containerName: 'mcp-server', resource: 'limits.cpu', divisor: '1' } }),
  oneEnv({ configMapKeyRef: { name: 'settings', key: 'a', optional: true } }),
  oneEnv({ secretKeyRef: { name: 'keys', key: 'a', optional: true } }),
  oneEnvFrom({ prefix: 'X_', configMapRef: { name: 'settings', optional: true } }),
  oneEnvFrom({ prefix: 'Y_', secretRef: { name: 'keys', optional: true } }),
  { spec: { imagePullPolicy: 'Always' }, effect: { [`${container}.imagePullPolicy`]: 'Always' } },
  { spec: { imagePullSecrets: [{ name: 'ghcr' }] }, effect: { [`${pod}.imagePullSecrets`]: [{ name: 'ghcr' }] } },
  {
    spec: { serviceAccountName: 'robot' },
    effect: {
      [`${pod}.serviceAccountName`]: 'robot',
      // The name that it had in the beginning; the API server keeps both.
      [`${pod}.serviceAccount`]: 'robot',
      [`${pod}.automountServiceAccountToken`]: null,
    },
  },
];

const no = (spec: object, says: string): Refused => ({ spec, says });
const noEnv = (source: object, says: string) => no({ env: [{ name: 'A', valueFrom: source }] }, says);
const noEnvFrom = (source: object, says: string) => no({ envFrom: [source] }, says);

/** What each field must not be. */
export const refusals: readonly Refused[] = [
  no({ image: 'Not An Image' }, 'spec.image'),
  no({ replicas: -1 }, 'spec.replicas'),
  no({ port: 70_000 }, 'spec.port'),
  no({ path: 'rpc' }, 'spec.path'),
  no({ transport: 'Carrier pigeon' }, 'spec.transport'),
  no({ verify: { disabled: 'yes' } }, 'spec.verify.disabled'),
  no({ verify: { disabled: true }, health: { type: 'MCP' } }, 'health.type'),
  no({ verify: { interval: '1s' } }, 'spec.verify.interval'),
  no({ verify: { timeout: 'soon' } }, 'spec.verify.timeout'),
  no({ verify: { auth: { secretKeyRef: { name: 'Not_A_Name', key: 'a' } } } }, 'spec.verify.auth.secretKeyRef.name'),
  no({ verify: { auth: { secretKeyRef: { name: 'keys', key: 5 } } } }, 'spec.verify.auth.secretKeyRef.key'),
  no({ verify: { expectTools: [5] } }, 'spec.verify.expectTools'),
  no({ sessionAffinity: 'Sticky' }, 'spec.sessionAffinity'),
  no({ secretName: 'Not_A_Name' }, 'spec.secretName'),
  no({ resources: { limits: { cpu: 'lots' } } }, 'spec.resources'),
  no({ resources: { requests: { memory: 'lots' } } }, 'spec.resources'),
  no({ health: { type: 'Hope' } }, 'spec.health.type'),
  no({ health: { path: 'alive' } }, 'spec.health.path'),
  no({ health: { initialDelaySeconds: -1 } }, 'spec.health.initialDelaySeconds'),
  no({ health: { periodSeconds: 0 } }, 'spec.health.periodSeconds'),
  no({ health: { timeoutSeconds: 0 } }, 'spec.health.timeoutSeconds'),
  no({ health: { failureThreshold: 0 } }, 'spec.health.failureThreshold'),
  no({ command: [5] }, 'spec.command'),
  no({ args: [5] }, 'spec.args'),
  no({ workingDir: 'srv' }, 'spec.workingDir'),
  no({ env: [{ name: '', value: 'a' }] }, 'spec.env'),
  no({ env: [{ name: 'A', value: 5 }] }, 'spec.env'),
  noEnv({ fieldRef: { apiVersion: 5, fieldPath: 'metadata.name' } }, 'apiVersion'),
  noEnv({ fieldRef: { fieldPath: 5 } }, 'fieldPath'),
  noEnv({ resourceFieldRef: { containerName: 5, resource: 'limits.cpu' } }, 'containerName'),
  noEnv({ resourceFieldRef: { resource: 5 } }, 'resource'),
  noEnv({ resourceFieldRef: { resource: 'limits.cpu', divisor: 'some' } }, 'divisor'),
  noEnv({ configMapKeyRef: { name: 'Not_A_Name', key: 'a' } }, 'name'),
  noEnv({ configMapKeyRef: { name: 'settings', key: 5 } }, 'key'),
  noEnv({ configMapKeyRef: { name: 'settings', key: 'a', optional: 'yes' } }, 'optional'),
  noEnv({ secretKeyRef: { name: 'Not_A_Name', key: 'a' } }, 'name'),
  noEnv({ secretKeyRef: { name: 'keys', key: 5 } }, 'key'),
  noEnv({ secretKeyRef: { name: 'keys', key: 'a', optional: 'yes' } }, 'optional'),
  noEnvFrom({ prefix: 5, secretRef: { name: 'keys' } }, 'prefix'),
  noEnvFrom({ configMapRef: { name: 'Not_A_Name' } }, 'name'),
  noEnvFrom({ configMapRef: { name: 'settings', optional: 'yes' } }, 'optional'),
  noEnvFrom({ secretRef: { name: 'Not_A_Name' } }, 'name'),
  noEnvFrom({ secretRef: { name: 'keys', optional: 'yes' } }, 'optional'),
  no({ imagePullPolicy: 'Sometimes' }, 'spec.imagePullPolicy'),
  no({ imagePullSecrets: [{ name: 'Not_A_Name' }] }, 'spec.imagePullSecrets'),
  no({ serviceAccountName: 'Not_A_Name' }, 'spec.serviceAccountName'),
  // Stored, as the CRD cannot know better: the Deployment stays as it is, and the condition says why.
  { spec: { secretName: 'missing', replicas: 1 }, told: 'SecretNotFound' },
];
