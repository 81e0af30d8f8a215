import type { OperatorFlags } from './operator-flags.ts';
import { servingNames } from './serving-names.ts';

/**
 * What a certificate of our own has to be for: the names of each Service that leads to a server which is without one from
 * a directory. One certificate serves them all.
 *
 * @param namespace the operator's own
 * @returns DNS names and IPv4 addresses, the webhook's first; none when no certificate is needed
 */
export function certificateNames(
  flags: Pick<
    OperatorFlags,
    | 'webhookBindAddress'
    | 'webhookServiceName'
    | 'webhookCertDir'
    | 'metricsBindAddress'
    | 'metricsServiceName'
    | 'metricsCertDir'
    | 'metricsSecure'
  >,
  namespace: string,
): readonly string[] {
  const webhook = {
    address: flags.webhookBindAddress,
    service: flags.webhookServiceName ?? servingNames.service,
    needsOne: flags.webhookCertDir === undefined,
  };
  const metrics = {
    address: flags.metricsBindAddress,
    service: flags.metricsServiceName ?? servingNames.metricsService,
    needsOne: flags.metricsSecure && flags.metricsCertDir === undefined,
  };
  const names = [webhook, metrics].flatMap(({ address, service, needsOne }) => {
    if (address === 'disabled' || !needsOne) return [];
    const { host } = address;
    // Outside a cluster one calls by URL, at the address that is listened on.
    const own = host === undefined ? [] : [host];
    return [`${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`, ...own];
  });
  return [...new Set(names)];
}
