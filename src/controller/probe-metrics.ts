import { Counter, Gauge, Histogram } from 'prom-client';
import type { MCPServer } from '../api/v1alpha1/mcp-server.ts';
import type { ProbeResult } from '../mcp/verdict.ts';
import type { Metrics } from '../runtime/metrics.ts';

/** From a pod next door to the longest timeout that is usual, in seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What is counted of verification. No label names a pod: pods come and go, and series would pile up. */
export interface ProbeMetrics {
  probed(namespace: string, name: string, result: ProbeResult): void;
  toolsChanged(namespace: string, name: string): void;
  /** A server is gone, and its series with it. */
  forget(namespace: string, name: string): void;
}

/**
 * Registers the metrics of verification.
 *
 * @param servers all MCPServers in the cache, for the gauges that are computed at each scrape
 */
export function createProbeMetrics(metrics: Metrics, servers: () => Iterable<MCPServer>): ProbeMetrics {
  const registers = [metrics.registry];
  const labelNames = ['namespace', 'name'] as const;
  const verified = new Gauge({
    name: 'mcpserver_verified_replicas',
    help: 'Pods of an MCPServer that passed the last MCP handshake.',
    labelNames,
    registers,
  });
  const tools = new Gauge({
    name: 'mcpserver_tools',
    help: 'Tools that an MCPServer offers.',
    labelNames,
    registers,
  });
  const total = new Counter({
    name: 'mcpserver_probe_total',
    help: 'MCP handshakes with pods of an MCPServer, by result.',
    labelNames: ['namespace', 'name', 'result'],
    registers,
  });
  const duration = new Histogram({
    name: 'mcpserver_probe_duration_seconds',
    help: 'How long MCP handshakes took.',
    labelNames: ['result'],
    buckets,
    registers,
  });
  const changed = new Counter({
    name: 'mcpserver_tools_changed_total',
    help: 'How often the tools of an MCPServer changed.',
    labelNames,
    registers,
  });
  metrics.onScrape(() => {
    verified.reset();
    tools.reset();
    for (const { metadata, status } of servers()) {
      const labels = { namespace: metadata.namespace, name: metadata.name };
      verified.set(labels, status?.verifiedReplicas ?? 0);
      if (status?.tools !== undefined) tools.set(labels, status.tools.count);
    }
  });
  const results = new Map<string, Set<string>>();

  return {
    probed(namespace, name, { verdict, durationMs }) {
      const key = `${namespace}/${name}`;
      results.set(key, (results.get(key) ?? new Set()).add(verdict));
      total.inc({ namespace, name, result: verdict });
      duration.observe({ result: verdict }, durationMs / 1_000);
    },
    toolsChanged: (namespace, name) => changed.inc({ namespace, name }),
    forget(namespace, name) {
      const key = `${namespace}/${name}`;
      for (const result of results.get(key) ?? []) total.remove({ namespace, name, result });
      results.delete(key);
      changed.remove({ namespace, name });
    },
  };
}
