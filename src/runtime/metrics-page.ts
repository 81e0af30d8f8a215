import type { PageHandler } from './http-server.ts';
import type { Metrics } from './metrics.ts';

/** Serves the metrics at `/metrics`, in Prometheus' text format, and nothing else. */
export function metricsPage(metrics: Metrics): PageHandler {
  return async ({ path }) => {
    if (path !== '/metrics') return undefined;
    const { contentType, body } = await metrics.expose();
    return { status: 200, contentType, body };
  };
}
