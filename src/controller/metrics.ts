import { Counter, Gauge } from 'prom-client';
import type { MCPServer, Phase } from '../api/v1alpha1/mcp-server.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { ChildKind } from './resources.ts';

const phases: readonly Phase[] = ['Pending', 'Running', 'Failed', 'Stopped'];

/** What the controller counts itself. Gauges are not kept but computed at each scrape. */
export interface ControllerMetrics {
  /** A child of a server could not be created. */
  creationError(kind: ChildKind, namespace: string, name: string): void;
  /** A server is gone: its series go too, or they would pile up. */
  forget(namespace: string, name: string): void;
}

/**
 * Registers the metrics of MCPServers.
 *
 * @param servers all MCPServers in the cache. The gauges are computed from it when they are scraped, so they are right
 *   after deletes, phase changes and restarts: there is no count to get out of step.
 */
export function createControllerMetrics(metrics: Metrics, servers: () => Iterable<MCPServer>): ControllerMetrics {
  const registers = [metrics.registry];
  const total = new Gauge({
    name: 'mcpserver_total',
    help: 'Number of MCPServers.',
    labelNames: ['namespace'],
    registers,
  });
  const phase = new Gauge({
    name: 'mcpserver_phase',
    help: 'Number of MCPServers in each phase.',
    labelNames: ['namespace', 'phase'],
    registers,
  });
  metrics.onScrape(() => {
    total.reset();
    phase.reset();
    for (const server of servers()) count(server);
  });
  const errors: Readonly<Record<ChildKind, Counter<'namespace' | 'name'>>> = {
    Deployment: creationErrors('deployment', 'Deployment'),
    Service: creationErrors('service', 'Service'),
  };

  function count({ metadata: { namespace }, status }: MCPServer): void {
    total.inc({ namespace });
    // Every phase of a namespace with servers has a series, so that an alert on "no Running ones" has a zero to see.
    for (const each of phases) phase.inc({ namespace, phase: each }, each === (status?.phase ?? 'Pending') ? 1 : 0);
  }

  function creationErrors(what: string, kind: ChildKind): Counter<'namespace' | 'name'> {
    return new Counter({
      name: `mcpserver_${what}_creation_errors_total`,
      help: `Number of times that the ${kind} of an MCPServer could not be created.`,
      labelNames: ['namespace', 'name'],
      registers,
    });
  }

  return {
    creationError: (kind, namespace, name) => errors[kind].inc({ namespace, name }),
    forget(namespace, name) {
      for (const counter of Object.values(errors)) counter.remove({ namespace, name });
    },
  };
}
