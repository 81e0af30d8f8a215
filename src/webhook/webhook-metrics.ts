import { Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '../runtime/metrics.ts';

/** How a call ended. `unknown-caller`: allowed without a look, as whoever called did not show the token. */
export type Outcome = 'allowed' | 'denied' | 'unchecked' | 'unknown-caller';

/** What the webhook measures. */
export interface WebhookMetrics {
  /** A call has come. @returns to be called with its HTTP status when it is answered */
  begin(): (status: number) => void;
  decided(outcome: Outcome): void;
}

/** The path of the webhook by kubebuilder's rule, as controller-runtime labels it. The real one is a secret. */
export const WEBHOOK_PATH = '/validate-mcp-mcp-dev-v1alpha1-mcpserver';

/** controller-runtime's own (pkg/webhook/internal/metrics), under its names, and one of what was decided. */
export function createWebhookMetrics({ registry }: Metrics): WebhookMetrics {
  const registers = [registry];
  const webhook = WEBHOOK_PATH;
  const requests = new Counter({
    name: 'controller_runtime_webhook_requests_total',
    help: 'Total number of admission requests by HTTP status code.',
    labelNames: ['webhook', 'code'],
    registers,
  });
  const latency = new Histogram({
    name: 'controller_runtime_webhook_latency_seconds',
    help: 'Histogram of the latency of processing admission requests',
    labelNames: ['webhook'],
    // Prometheus' own default, which controller-runtime uses, with two finer ones: most answers take some milliseconds.
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const inFlight = new Gauge({
    name: 'controller_runtime_webhook_requests_in_flight',
    help: 'Current number of admission requests being served.',
    labelNames: ['webhook'],
    registers,
  });
  const decisions = new Counter({
    name: 'mcpserver_admission_total',
    help: 'Number of MCPServers that were admitted or not. unchecked: allowed, as a check failed or took too long. unknown-caller: allowed without a look, as the caller is not the API server.',
    labelNames: ['outcome'],
    registers,
  });
  inFlight.set({ webhook }, 0);
  return {
    begin() {
      inFlight.inc({ webhook });
      const stop = latency.startTimer({ webhook });
      return (status) => {
        stop();
        inFlight.dec({ webhook });
        requests.inc({ webhook, code: String(status) });
      };
    },
    decided: (outcome) => decisions.inc({ outcome }),
  };
}
