/** The values with which the chart is tried: each turns something on or off, alone or with what goes with it. */

/** One set of values, in words. */
export interface ValuesCase {
  readonly name: string;
  readonly values: object;
}

const monitoring = {
  metrics: {
    serviceMonitor: { enabled: true, interval: '15s', scrapeTimeout: '10s', labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
    dashboard: { enabled: true, annotations: { grafana_folder: 'MCP' } },
  },
};

export const valuesCases: readonly ValuesCase[] = [
  { name: 'defaults', values: {} },
  { name: 'one replica', values: { replicaCount: 1 } },
  { name: 'none at all', values: { replicaCount: 0, podDisruptionBudget: { maxUnavailable: '50%' } } },
  { name: 'two namespaces', values: { watchNamespaces: ['team-a', 'team-b'] } },
  { name: 'one namespace named twice', values: { watchNamespaces: ['team-a', 'team-a'] } },
  {
    name: 'nothing cluster-wide',
    values: {
      watchNamespaces: ['team-a'],
      crds: { install: false },
      webhook: { enabled: false },
      rbac: { aggregateRoles: false },
    },
  },
  { name: 'no webhook', values: { webhook: { enabled: false } } },
  { name: 'a strict webhook', values: { webhook: { failurePolicy: 'Fail', timeoutSeconds: 5 } } },
  { name: 'cert-manager', values: { webhook: { certManager: { enabled: true } } } },
  {
    name: 'cert-manager with an issuer',
    values: { webhook: { certManager: { enabled: true, issuerRef: { kind: 'ClusterIssuer', name: 'internal' } } } },
  },
  { name: 'secure metrics', values: { metrics: { secure: true } } },
  { name: 'no metrics', values: { metrics: { enabled: false } } },
  { name: 'all monitoring', values: monitoring },
  { name: 'all monitoring, secure', values: { metrics: { ...monitoring.metrics, secure: true } } },
  { name: 'a network policy', values: { networkPolicy: { enabled: true } } },
  {
    name: 'a narrow network policy, without webhook',
    values: {
      webhook: { enabled: false },
      networkPolicy: {
        enabled: true,
        metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
        egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
      },
    },
  },
  {
    name: 'a network policy that lets nobody in',
    values: { networkPolicy: { enabled: true }, metrics: { enabled: false } },
  },
  {
    name: 'a private registry, by digest',
    values: {
      image: { repository: 'registry.example:5000/team/smooth-operator', digest: `sha256:${'a'.repeat(64)}` },
      imagePullSecrets: [{ name: 'registry' }],
    },
  },
  {
    name: "somebody else's account and rights",
    values: { serviceAccount: { create: false, name: 'theirs' }, rbac: { create: false, aggregateRoles: false } },
  },
  { name: 'the default account', values: { serviceAccount: { create: false } } },
  { name: 'no CRD', values: { crds: { install: false } } },
  {
    name: 'placement',
    values: {
      priorityClassName: 'system-cluster-critical',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } },
          ],
        },
      },
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule' },
      ],
      podLabels: { team: 'platform' },
      podAnnotations: { 'example.com/a': 'b' },
      terminationGracePeriodSeconds: 60,
    },
  },
  { name: 'flags', values: { logLevel: 'debug', maxConcurrentReconciles: 4, extraArgs: ['--probe-via=apiserver'] } },
  {
    name: 'resources',
    values: { resources: { requests: { cpu: 1, memory: '1Gi' }, limits: { cpu: '2', memory: '2Gi' } } },
  },
  {
    name: 'other names',
    values: { fullnameOverride: 'mcp', serviceAccount: { name: 'mcp', annotations: { a: 'b' } } },
  },
];
