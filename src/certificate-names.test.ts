import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { certificateNames } from './certificate-names.ts';

type Flags = Parameters<typeof certificateNames>[0];

const everywhere = { host: undefined, port: 9443 };
const plain: Flags = {
  webhookBindAddress: 'disabled',
  webhookServiceName: undefined,
  webhookCertDir: undefined,
  metricsBindAddress: everywhere,
  metricsServiceName: undefined,
  metricsCertDir: undefined,
  metricsSecure: false,
};
const webhook = [
  'smooth-operator-webhook-service.system.svc',
  'smooth-operator-webhook-service.system.svc.cluster.local',
];
const metrics = [
  'smooth-operator-controller-manager-metrics-service.system.svc',
  'smooth-operator-controller-manager-metrics-service.system.svc.cluster.local',
];

describe('a certificate of our own is for', () => {
  const rows: Readonly<Record<string, readonly [flags: Partial<Flags>, names: readonly string[]]>> = {
    'nobody when nothing is served over HTTPS': [{}, []],
    'the webhook': [{ webhookBindAddress: everywhere }, webhook],
    'secure metrics alone': [{ metricsSecure: true }, metrics],
    'both, the webhook first': [{ webhookBindAddress: everywhere, metricsSecure: true }, [...webhook, ...metrics]],
    'metrics beside a webhook with one of cert-manager': [
      { webhookBindAddress: everywhere, webhookCertDir: '/webhook', metricsSecure: true },
      metrics,
    ],
    'the webhook beside metrics with one of cert-manager': [
      { webhookBindAddress: everywhere, metricsCertDir: '/metrics', metricsSecure: true },
      webhook,
    ],
    'nobody when no metrics are served': [{ metricsBindAddress: 'disabled', metricsSecure: true }, []],
    'Services by the names that they have': [
      { webhookBindAddress: everywhere, webhookServiceName: 'a', metricsServiceName: 'b', metricsSecure: true },
      ['a.system.svc', 'a.system.svc.cluster.local', 'b.system.svc', 'b.system.svc.cluster.local'],
    ],
    'the addresses that are listened on, each once': [
      {
        webhookBindAddress: { host: '127.0.0.1', port: 1 },
        metricsBindAddress: { host: '127.0.0.1', port: 2 },
        metricsSecure: true,
      },
      [...webhook, '127.0.0.1', ...metrics],
    ],
  };
  for (const [who, [flags, names]] of Object.entries(rows)) {
    test(who, () => assert.deepEqual(certificateNames({ ...plain, ...flags }, 'system'), names));
  }
});
