/**
 * The Grafana dashboard. A test holds its expressions against the metrics that there are.
 *
 * Every pod of the operator has the gauges of MCPServers, so they are never added up over pods: `max by`, not `sum by`.
 */

/** One graph or number. */
export interface Panel {
  readonly title: string;
  /** What it tells, and what is usual. */
  readonly description: string;
  readonly kind: 'timeseries' | 'stat';
  /** PromQL, each with what its lines are called. */
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
  /** Grafana's unit. Default: plain numbers. */
  readonly unit?: 's' | 'reqps' | 'bytes' | 'percentunit';
  /** Of 24 columns. */
  readonly width: 6 | 8 | 12;
}

const where = '{namespace=~"$namespace"}';
const quantile = (q: number, metric: string, by: string) =>
  `histogram_quantile(${q}, sum by (le, ${by}) (rate(${metric}_bucket[$__rate_interval])))`;

/** From what people ask first to what they ask last. */
export const panels: readonly Panel[] = [
  {
    title: 'MCPServers',
    description: 'How many there are.',
    kind: 'stat',
    queries: [{ expr: `sum(max by (namespace) (mcpserver_total${where}))`, legend: 'servers' }],
    width: 6,
  },
  {
    title: 'Running',
    description: 'All wanted replicas are available.',
    kind: 'stat',
    queries: [
      {
        expr: 'sum(max by (namespace) (mcpserver_phase{phase="Running", namespace=~"$namespace"}))',
        legend: 'running',
      },
    ],
    width: 6,
  },
  {
    title: 'Failed',
    description: 'Something is in the way that somebody has to mend: kubectl get smcp -A -o wide says what.',
    kind: 'stat',
    queries: [
      { expr: 'sum(max by (namespace) (mcpserver_phase{phase="Failed", namespace=~"$namespace"}))', legend: 'failed' },
    ],
    width: 6,
  },
  {
    title: 'Leaders',
    description: 'One, always. None: nothing is reconciled.',
    kind: 'stat',
    queries: [{ expr: 'sum(leader_election_master_status)', legend: 'leaders' }],
    width: 6,
  },
  {
    title: 'MCPServers by phase',
    description: 'A server is Pending while it comes up.',
    kind: 'timeseries',
    queries: [{ expr: `sum by (phase) (max by (namespace, phase) (mcpserver_phase${where}))`, legend: '{{phase}}' }],
    width: 12,
  },
  {
    title: 'Pods that answer MCP',
    description: 'Pods that passed the last handshake, by server.',
    kind: 'timeseries',
    queries: [
      { expr: `max by (namespace, name) (mcpserver_verified_replicas${where})`, legend: '{{namespace}}/{{name}}' },
    ],
    width: 12,
  },
  {
    title: 'Handshakes by result',
    description: 'All but HandshakePassed is the reason of a condition; docs/api.md explains each.',
    kind: 'timeseries',
    queries: [
      { expr: `sum by (result) (rate(mcpserver_probe_total${where}[$__rate_interval]))`, legend: '{{result}}' },
    ],
    unit: 'reqps',
    width: 12,
  },
  {
    title: 'How long handshakes take',
    description: 'Half of them, and 99 of 100.',
    kind: 'timeseries',
    queries: [
      { expr: quantile(0.5, 'mcpserver_probe_duration_seconds', 'result'), legend: '50 % {{result}}' },
      { expr: quantile(0.99, 'mcpserver_probe_duration_seconds', 'result'), legend: '99 % {{result}}' },
    ],
    unit: 's',
    width: 12,
  },
  {
    title: 'Tools',
    description: 'How many each server offers. A step is a change that an event names.',
    kind: 'timeseries',
    queries: [{ expr: `max by (namespace, name) (mcpserver_tools${where})`, legend: '{{namespace}}/{{name}}' }],
    width: 12,
  },
  {
    title: 'Children that cannot be created',
    description: 'The condition Accepted repeats what the API server said.',
    kind: 'timeseries',
    queries: [
      {
        expr: `sum by (namespace, name) (increase(mcpserver_deployment_creation_errors_total${where}[$__rate_interval]))`,
        legend: 'Deployment {{namespace}}/{{name}}',
      },
      {
        expr: `sum by (namespace, name) (increase(mcpserver_service_creation_errors_total${where}[$__rate_interval]))`,
        legend: 'Service {{namespace}}/{{name}}',
      },
    ],
    width: 12,
  },
  {
    title: 'Reconciles by result',
    description: 'None while everything is settled.',
    kind: 'timeseries',
    queries: [
      {
        expr: 'sum by (controller, result) (rate(controller_runtime_reconcile_total[$__rate_interval]))',
        legend: '{{controller}} {{result}}',
      },
    ],
    unit: 'reqps',
    width: 12,
  },
  {
    title: 'How long reconciles take',
    description: 'Half of them, and 99 of 100.',
    kind: 'timeseries',
    queries: [
      { expr: quantile(0.5, 'controller_runtime_reconcile_time_seconds', 'controller'), legend: '50 % {{controller}}' },
      {
        expr: quantile(0.99, 'controller_runtime_reconcile_time_seconds', 'controller'),
        legend: '99 % {{controller}}',
      },
    ],
    unit: 's',
    width: 12,
  },
  {
    title: 'Queue',
    description: 'What waits to be worked on.',
    kind: 'timeseries',
    queries: [
      {
        expr: 'sum by (name) (workqueue_depth and on (instance) leader_election_master_status == 1)',
        legend: '{{name}}',
      },
    ],
    width: 12,
  },
  {
    title: 'Requests to the API server',
    description: 'By answer. Watches apart, none while everything is settled.',
    kind: 'timeseries',
    queries: [
      {
        expr: 'sum by (method, code) (rate(rest_client_requests_total[$__rate_interval]))',
        legend: '{{method}} {{code}}',
      },
    ],
    unit: 'reqps',
    width: 12,
  },
  {
    title: 'Memory of the operator',
    description: 'Resident memory of each pod of it.',
    kind: 'timeseries',
    queries: [
      {
        expr: 'process_resident_memory_bytes and on (instance) leader_election_master_status',
        legend: '{{instance}}',
      },
    ],
    unit: 'bytes',
    width: 12,
  },
  {
    title: 'CPU of the operator',
    description: 'Cores in use by each pod of it.',
    kind: 'timeseries',
    queries: [
      {
        expr: 'rate(process_cpu_seconds_total[$__rate_interval]) and on (instance) leader_election_master_status',
        legend: '{{instance}}',
      },
    ],
    width: 12,
  },
];

const source = { type: 'prometheus', uid: '$datasource' };

/** The dashboard as Grafana imports it. */
export function dashboard(): object {
  let x = 0;
  let y = 0;
  const placed = panels.map((panel, index) => {
    const height = panel.kind === 'stat' ? 4 : 8;
    if (x + panel.width > 24) {
      x = 0;
      y += 8;
    }
    const gridPos = { x, y, w: panel.width, h: height };
    x += panel.width;
    if (x === 24) {
      x = 0;
      y += height;
    }
    return { id: index + 1, gridPos, ...panelObject(panel) };
  });
  return {
    title: 'Smooth Operator',
    uid: 'smooth-operator',
    description: 'MCPServers and the operator that runs them.',
    tags: ['mcp', 'kubernetes', 'operator'],
    // Grafana 10's; newer ones upgrade it when they load it.
    schemaVersion: 38,
    version: 1,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        {
          name: 'namespace',
          label: 'Namespace',
          type: 'query',
          datasource: source,
          query: { query: 'label_values(mcpserver_total, namespace)', refId: 'namespace' },
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels: placed,
  };
}

function panelObject({ title, description, kind, queries, unit }: Panel): object {
  return {
    title,
    description,
    type: kind,
    datasource: source,
    fieldConfig: { defaults: unit === undefined ? {} : { unit }, overrides: [] },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: source,
      expr,
      legendFormat: legend,
    })),
  };
}
