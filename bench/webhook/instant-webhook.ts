import type { MCPServer } from '../../src/api/v1alpha1/mcp-server.ts';
import { createAuthority, issue } from '../../src/runtime/certificates/certificate.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createHttpServer } from '../../src/runtime/http-server.ts';
import type { Logger } from '../../src/runtime/log.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { admit } from '../../src/webhook/admission.ts';
import { createBudget } from '../../src/webhook/budget.ts';
import { createWebhookMetrics } from '../../src/webhook/webhook-metrics.ts';
import { createWebhookPage, MAX_REVIEW_BYTES } from '../../src/webhook/webhook-page.ts';

/** The webhook on an API server that answers dry runs at once: what is left is the webhook's own time. */
export interface InstantWebhook {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts one on loopback; every path is genuine. */
export async function startInstantWebhook(log: Logger): Promise<InstantWebhook> {
  const clock = systemClock;
  const leaf = issue(createAuthority('bench', clock.now()), { commonName: 'bench' }, clock.now());
  const parts = {
    client: {
      apply: async (_resource: object, object: object) => object as never,
      get: () => Promise.reject(new Error('no')),
    },
    budget: createBudget({ clock, perSecond: 1_000_000, burst: 1_000_000 }),
    snapshotOf: snapshotAlone,
    secretExists: () => true,
    isWatched: () => true,
  };
  const server = createHttpServer({
    name: 'webhook server',
    address: { host: '127.0.0.1', port: 0 },
    flag: 'none',
    log,
    tls: { certificate: { current: () => leaf, onChange: () => () => undefined } },
    postBytes: MAX_REVIEW_BYTES,
    handler: createWebhookPage({
      clock,
      log,
      metrics: createWebhookMetrics(createMetrics()),
      isGenuine: () => true,
      admit: (asked, signal) => admit(parts, asked, signal),
    }),
  });
  await server.start(new AbortController().signal);
  return { port: server.port() ?? 0, stop: async () => server.stop?.({ clean: true }) };
}

/** A server of which nothing exists yet. */
export function snapshotAlone(server: MCPServer) {
  const children = { Deployment: undefined, Service: undefined };
  const nothing = { now: 0, children, pods: [], reports: [], refusals: {} };
  return { ...nothing, server, secretExists: true, tokenExists: true, restricted: false };
}
