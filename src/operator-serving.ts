import { certificateNames } from './certificate-names.ts';
import type { Caches } from './controller/caches.ts';
import { FIELD_MANAGER, MANAGED_BY_LABEL } from './controller/labels.ts';
import { snapshotOf } from './controller/observe.ts';
import type { OperatorFlags } from './operator-flags.ts';
import type { BindAddress } from './runtime/bind-address.ts';
import { createAuthorityFile, createCertificateFiles } from './runtime/certificates/certificate-files.ts';
import { createCertificateKeeper } from './runtime/certificates/certificate-keeper.ts';
import { createCertificateMetrics } from './runtime/certificates/certificate-metrics.ts';
import { createServingCertificate, type ServingCertificate } from './runtime/certificates/serving-certificate.ts';
import type { TlsSource } from './runtime/certificates/tls-source.ts';
import { tokenIn } from './runtime/certificates/webhook-configuration.ts';
import type { Client } from './runtime/client.ts';
import type { Clock } from './runtime/clock.ts';
import type { Component } from './runtime/component.ts';
import { guarded } from './runtime/guarded-page.ts';
import type { Health } from './runtime/health.ts';
import { createHttpServer } from './runtime/http-server.ts';
import type { Logger } from './runtime/log.ts';
import type { Metrics } from './runtime/metrics.ts';
import { metricsPage } from './runtime/metrics-page.ts';
import { keyOf } from './runtime/object.ts';
import { servingNames } from './serving-names.ts';
import { admit } from './webhook/admission.ts';
import { createBudget } from './webhook/budget.ts';
import { createWebhookMetrics, WEBHOOK_PATH } from './webhook/webhook-metrics.ts';
import { createWebhookPage, MAX_REVIEW_BYTES } from './webhook/webhook-page.ts';

/** What serving needs of the rest of the operator. */
export interface ServingParts {
  readonly flags: OperatorFlags;
  /** The operator's own. */
  readonly namespace: string;
  readonly client: Client;
  readonly caches: Caches;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
}

/** What others call the operator for, beside health: metrics and admission, and the certificates of both. */
export interface Serving {
  /** On every replica, from the beginning. */
  readonly servers: readonly Component[];
  /** On the leader alone: what writes. */
  readonly keepers: readonly Component[];
}

/** Wires the servers. Listens on nothing until they are started. */
export function createServing(parts: ServingParts): Serving {
  const { flags, clock, log, metrics } = parts;
  const names = certificateNames(flags, parts.namespace);
  const own = names.length > 0 ? ownCertificate(parts, names) : undefined;
  const components: Component[] = own === undefined ? [] : [own.certificate];
  const expiry = createCertificateMetrics(metrics);

  /** From a directory where one is named, else our own. */
  function certificateFor(use: string, directory: string | undefined): TlsSource & { fault(): string | undefined } {
    const files = directory === undefined ? undefined : createCertificateFiles(directory, { clock, log });
    const source = files ?? own?.certificate;
    if (source === undefined) throw new Error('there is no certificate to serve with: a bug');
    if (files !== undefined) components.push(files);
    expiry.watch(use, source);
    return source;
  }

  if (flags.metricsBindAddress !== 'disabled') {
    const page = metricsPage(metrics);
    components.push(
      createHttpServer({
        name: 'metrics server',
        address: flags.metricsBindAddress,
        flag: 'metrics-bind-address',
        log,
        ...(flags.metricsSecure
          ? {
              handler: guarded(page, { client: parts.client, clock, log: log.with({ logger: 'metrics' }) }),
              tls: { certificate: certificateFor('metrics', flags.metricsCertDir) },
            }
          : { handler: page }),
      }),
    );
  }
  if (flags.webhookBindAddress !== 'disabled') {
    const certificate = certificateFor('webhook', flags.webhookCertDir);
    const shared = flags.webhookCertDir === undefined ? own?.certificate : undefined;
    components.push(...webhookServer(parts, flags.webhookBindAddress, certificate, shared));
  }
  return { servers: components, keepers: own === undefined ? [] : [own.keeper] };
}

/** @param shared knows what the API server shows; undefined where nobody tells the API server to show anything */
function webhookServer(
  { flags, client, caches, clock, log, metrics, health }: ServingParts,
  address: BindAddress,
  certificate: TlsSource & { fault(): string | undefined },
  shared: ServingCertificate | undefined,
): readonly Component[] {
  const clientCa =
    flags.webhookClientCa === undefined ? undefined : createAuthorityFile(flags.webhookClientCa, { clock, log });
  health.add('readyz', 'webhook', () => certificate.fault() ?? clientCa?.fault());
  const budget = createBudget({ clock });
  const namespaces = new Set(flags.watchNamespaces);
  const handler = createWebhookPage({
    clock,
    log: log.with({ logger: 'webhook' }),
    metrics: createWebhookMetrics(metrics),
    isGenuine: (path) => (shared === undefined ? path === WEBHOOK_PATH : shared.isCallerToken(tokenIn(path))),
    admit: (request, signal) =>
      admit(
        {
          client,
          budget,
          snapshotOf: (server) => snapshotOf(caches, server, { now: clock.now(), reports: [], refusals: {} }),
          secretExists: (namespace, name) =>
            !caches.secrets.hasSynced() || caches.secrets.store.has(keyOf({ metadata: { namespace, name } })),
          isWatched: (namespace) => namespaces.size === 0 || namespaces.has(namespace),
        },
        request,
        signal,
      ),
  });
  const server = createHttpServer({
    name: 'webhook server',
    address,
    flag: 'webhook-bind-address',
    handler,
    log,
    tls: { certificate, ...(clientCa === undefined ? {} : { clientCa }) },
    postBytes: MAX_REVIEW_BYTES,
    // Each API server opens one for each call that is under way.
    maxConnections: 512,
  });
  return clientCa === undefined ? [server] : [clientCa, server];
}

function ownCertificate({ flags, namespace, client, clock, log }: ServingParts, names: readonly string[]) {
  // Whether a webhook configuration has to trust it.
  const isCalled = flags.webhookBindAddress !== 'disabled' && flags.webhookCertDir === undefined;
  const common = {
    client,
    clock,
    log: log.with({ logger: 'certificates' }),
    namespace,
    secretName: flags.webhookSecretName ?? servingNames.secret,
    configurationName: isCalled ? (flags.webhookConfigurationName ?? servingNames.configuration) : undefined,
  };
  const certificate = createServingCertificate(common);
  const labels = { 'app.kubernetes.io/name': 'smooth-operator', [MANAGED_BY_LABEL]: FIELD_MANAGER };
  return { certificate, keeper: createCertificateKeeper({ ...common, certificate, names, labels }) };
}
