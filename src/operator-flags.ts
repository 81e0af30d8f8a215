import {
  addressFlag,
  booleanFlag,
  checkNamespace,
  choiceFlag,
  integerFlag,
  listFlag,
  textFlag,
} from './runtime/flag-types.ts';
import type { FlagValues } from './runtime/flags.ts';
import { levels } from './runtime/log.ts';
import { servingNames } from './serving-names.ts';

/** The flags of `smooth-operator`, with the names and defaults that kubebuilder users know. */
export const operatorFlags = {
  kubeconfig: textFlag({
    description:
      'Kubeconfig to reach the cluster with. Without it: the service account of the pod, else ~/.kube/config.',
    placeholder: 'file',
    example: '$HOME/.kube/config',
  }),
  metricsBindAddress: addressFlag({
    description: 'Where /metrics is served. 0 serves none.',
    default: ':8080',
  }),
  metricsSecure: booleanFlag({
    description:
      'Serve /metrics over HTTPS, to those whom the API server allows to get it (ClusterRole metrics-reader).',
    default: false,
  }),
  metricsServiceName: textFlag({
    description: `Service by which /metrics is called, for our own certificate. Without it: ${servingNames.metricsService}.`,
    placeholder: 'name',
    example: servingNames.metricsService,
  }),
  metricsCertDir: textFlag({
    description: 'Directory with tls.crt and tls.key for --metrics-secure. Without it: a certificate of our own.',
    placeholder: 'directory',
    example: '/etc/smooth-operator/metrics',
  }),
  healthProbeBindAddress: addressFlag({
    description: 'Where /healthz and /readyz are served. 0 serves none.',
    default: ':8081',
  }),
  leaderElect: booleanFlag({
    description: 'Work only while holding the lease, so that several replicas can stand by for each other.',
    default: false,
  }),
  leaderElectionNamespace: textFlag({
    description: 'Namespace of the lease. Without it: the namespace that the operator runs in.',
    placeholder: 'namespace',
    example: 'smooth-operator-system',
  }),
  webhookBindAddress: addressFlag({
    description: 'Where the admission webhook is served, over HTTPS. 0 serves none.',
    default: '0',
  }),
  webhookServiceName: textFlag({
    description: `Service by which the API server calls the webhook. Without it: ${servingNames.service}.`,
    placeholder: 'name',
    example: servingNames.service,
  }),
  webhookSecretName: textFlag({
    description: `Secret, in the operator's namespace, that keeps the serving certificate. Without it: ${servingNames.secret}.`,
    placeholder: 'name',
    example: servingNames.secret,
  }),
  webhookConfigurationName: textFlag({
    description: `ValidatingWebhookConfiguration whose caBundle and path are kept right. Without it: ${servingNames.configuration}.`,
    placeholder: 'name',
    example: servingNames.configuration,
  }),
  webhookCertDir: textFlag({
    description:
      'Directory with tls.crt and tls.key for the webhook, such as a Secret of cert-manager. Without it: a certificate of our own. With it, nothing is written.',
    placeholder: 'directory',
    example: '/etc/smooth-operator/webhook',
  }),
  webhookClientCa: textFlag({
    description:
      'File with authorities, PEM: only callers with a certificate of theirs reach the webhook. Without it: whoever has the path that we gave to the API server.',
    placeholder: 'file',
    example: '/etc/smooth-operator/client-ca.crt',
  }),
  watchNamespaces: listFlag({
    description: 'Watch these namespaces alone, so that Roles in them are enough.',
    placeholder: 'a,b',
    example: 'team-a,team-b',
    shown: 'all',
    check: checkNamespace,
  }),
  maxConcurrentReconciles: integerFlag({
    description: 'How many MCPServers are worked on at the same time. One is never worked on twice at a time.',
    default: 16,
    min: 1,
    max: 1024,
  }),
  probeVia: choiceFlag({
    description:
      'How pods are asked whether they speak MCP. direct: at their own addresses. apiserver: through the pod proxy, which needs the right pods/proxy and carries no credentials. auto: direct in a pod, else apiserver.',
    choices: ['auto', 'direct', 'apiserver'],
    default: 'auto',
  }),
  logLevel: choiceFlag({
    description: 'The least important lines to log.',
    choices: levels,
    default: 'info',
  }),
} as const;

export type OperatorFlags = FlagValues<typeof operatorFlags>;
