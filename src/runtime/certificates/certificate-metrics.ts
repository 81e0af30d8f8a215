import { Gauge } from 'prom-client';
import type { Metrics } from '../metrics.ts';
import { parseCertificate } from './certificate-look.ts';
import type { TlsSource } from './tls-source.ts';

/** Tells when certificates end. */
export interface CertificateMetrics {
  /** @param use what it serves, such as `webhook` */
  watch(use: string, source: TlsSource): void;
}

/** One gauge, from which an alert is made: it should never come closer than a third of a certificate's life. */
export function createCertificateMetrics(metrics: Metrics): CertificateMetrics {
  const watched = new Map<string, TlsSource>();
  const gauge = new Gauge({
    name: 'certificate_expiry_timestamp_seconds',
    help: 'When the certificate that is served ends, in seconds since the epoch. Absent while there is none.',
    labelNames: ['use'],
    registers: [metrics.registry],
  });
  metrics.onScrape(() => {
    for (const [use, source] of watched) {
      const certificate = parseCertificate(source.current()?.certificate ?? '');
      if (certificate === undefined) gauge.remove({ use });
      else gauge.set({ use }, certificate.validToDate.getTime() / 1_000);
    }
  });
  return { watch: (use, source) => void watched.set(use, source) };
}
