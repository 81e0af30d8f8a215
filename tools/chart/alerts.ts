/**
 * The alerts of the chart and of config/prometheus. A test holds their expressions against the metrics that there are.
 *
 * Every pod of the operator has the gauges of MCPServers, so they are never added up over pods: `max by`, not `sum by`.
 */

/** One alert, as Prometheus has it, with what a person should do. */
export interface Alert {
  readonly alert: string;
  /** PromQL. Series of one MCPServer keep `namespace` and `name`. */
  readonly expr: string;
  /** How long it has to be so. Shorter troubles mend themselves. */
  readonly for: string;
  readonly severity: 'warning' | 'critical';
  /** One line, with Prometheus' own placeholders. */
  readonly summary: string;
  /** What it means and what to do next. */
  readonly description: string;
}

const server = '{{ $labels.namespace }}/{{ $labels.name }}';
const lease = 'smooth-operator.mcp.mcp.dev';

/** From the worst on. */
export const alerts: readonly Alert[] = [
  {
    alert: 'SmoothOperatorAbsent',
    expr: `absent(leader_election_master_status{name="${lease}"})`,
    for: '10m',
    severity: 'critical',
    summary: 'No Smooth Operator is scraped.',
    description:
      'MCPServers go on serving, and nobody heals, verifies or changes them. Look at the pods of the operator: kubectl get pods --all-namespaces -l app.kubernetes.io/name=smooth-operator',
  },
  {
    alert: 'SmoothOperatorWithoutLeader',
    expr: `sum(leader_election_master_status{name="${lease}"}) < 1`,
    for: '5m',
    severity: 'critical',
    summary: 'Smooth Operator runs, and none of its pods leads.',
    description:
      'Nothing is reconciled. The log of each pod says why it does not get the lease; a missing right on leases is the usual reason.',
  },
  {
    alert: 'MCPServersFailed',
    expr: 'max by (namespace) (mcpserver_phase{phase="Failed"}) > 0',
    for: '15m',
    severity: 'warning',
    summary: '{{ $value }} MCPServers in {{ $labels.namespace }} are Failed.',
    description:
      'Something is in the way that somebody has to mend. Each says what: kubectl get smcp -n {{ $labels.namespace }} -o wide',
  },
  {
    alert: 'MCPServersPending',
    expr: 'max by (namespace) (mcpserver_phase{phase="Pending"}) > 0',
    for: '30m',
    severity: 'warning',
    summary: 'There have been Pending MCPServers in {{ $labels.namespace }} for half an hour.',
    description:
      'Their pods are not ready, or do not answer MCP. Each says why: kubectl get smcp -n {{ $labels.namespace }} -o wide',
  },
  {
    alert: 'MCPServerNotVerified',
    expr: 'max by (namespace, name) (mcpserver_verified_replicas) == 0 and on (namespace, name) sum by (namespace, name) (increase(mcpserver_probe_total{result!~"HandshakePassed|AuthRequired|AuthRejected|ProbeError|Aborted"}[10m])) > 0',
    for: '10m',
    severity: 'warning',
    summary: `No pod of MCPServer ${server} answers MCP.`,
    description:
      'Clients get errors. The condition Verified says what was sent and what came back: kubectl describe smcp -n {{ $labels.namespace }} {{ $labels.name }}',
  },
  {
    alert: 'MCPServerChildRefused',
    expr: 'sum by (namespace, name) (increase(mcpserver_deployment_creation_errors_total[15m]) + increase(mcpserver_service_creation_errors_total[15m])) > 0',
    for: '15m',
    severity: 'warning',
    summary: `The Deployment or the Service of MCPServer ${server} cannot be created.`,
    description:
      'A quota, an admission policy or a missing right is in the way. The condition Accepted repeats what the API server said.',
  },
  {
    alert: 'SmoothOperatorCertificateEnding',
    expr: 'min by (use) (certificate_expiry_timestamp_seconds) - time() < 86400',
    for: '1h',
    severity: 'critical',
    summary: 'The certificate for {{ $labels.use }} ends within a day, and has not been renewed.',
    description:
      'Once it has ended, MCPServers are written unchecked, or not at all with failurePolicy Fail. The log of the leading pod says why it cannot renew it; with cert-manager, look at the Certificate.',
  },
  {
    alert: 'SmoothOperatorAdmissionUnchecked',
    expr: 'sum(increase(mcpserver_admission_total{outcome="unchecked"}[15m])) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'MCPServers are written without a check.',
    description:
      'The webhook answers too late, or fails. Whoever writes sees a warning, and the condition Accepted tells what the check would have told.',
  },
  {
    alert: 'SmoothOperatorReconcileErrors',
    expr: 'sum by (controller) (rate(controller_runtime_reconcile_errors_total[10m])) / sum by (controller) (rate(controller_runtime_reconcile_total[10m])) > 0.1',
    for: '15m',
    severity: 'warning',
    summary: '{{ $value | humanizePercentage }} of the reconciles of {{ $labels.controller }} fail.',
    description:
      'The log of the leading pod has each error: kubectl logs -n smooth-operator-system deployment/smooth-operator-controller-manager --all-pods --since=15m',
  },
  {
    alert: 'SmoothOperatorReconcilePanics',
    expr: 'sum by (controller) (increase(controller_runtime_reconcile_panics_total[15m])) > 0',
    for: '0m',
    severity: 'warning',
    summary: 'A reconcile of {{ $labels.controller }} threw what it should not.',
    description:
      'A bug of the operator. It tries again; please report the error that is in the log of the leading pod.',
  },
  {
    alert: 'SmoothOperatorQueueStuck',
    expr: 'max by (name) (workqueue_longest_running_processor_seconds) > 300',
    for: '5m',
    severity: 'warning',
    summary: 'One reconcile of {{ $labels.name }} has been running for {{ $value | humanizeDuration }}.',
    description:
      'The API server may not answer. The liveness probe ends an operator that is stuck; if this stays, look at rest_client_requests_total by code.',
  },
  {
    alert: 'SmoothOperatorApiErrors',
    expr: 'sum(rate(rest_client_requests_total{code=~"5..|<error>"}[10m])) / sum(rate(rest_client_requests_total[10m])) > 0.1',
    for: '15m',
    severity: 'warning',
    summary: '{{ $value | humanizePercentage }} of the requests of Smooth Operator to the API server fail.',
    description:
      'The API server is overloaded or cannot be reached. The operator waits longer and longer, and goes on by itself.',
  },
];

/** The rules as a PrometheusRule holds them: the value of its `spec`. */
export function alertSpec(among: readonly Alert[] = alerts): object {
  const rules = among.map(({ alert, expr, for: duration, severity, summary, description }) => ({
    alert,
    expr,
    for: duration,
    labels: { severity },
    annotations: { summary, description },
  }));
  return { groups: [{ name: 'smooth-operator', rules }] };
}

/**
 * The names of metrics in a PromQL expression.
 *
 * @param expr without string literals that look like metrics
 */
export function metricsIn(expr: string): readonly string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '')
    // Matchers, ranges, and the labels of "by", "on" and "without".
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  const names = [...bare.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*/g)].map(([name]) => name);
  return [...new Set(names.filter((name) => name.includes('_') && !functions.has(name)))];
}

/** PromQL functions that have a `_` as metrics have. */
const functions = new Set(['histogram_quantile', 'label_replace', 'max_over_time', 'avg_over_time', 'sum_over_time']);
