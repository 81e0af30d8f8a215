import type { Probe } from 'kubernetes-types/core/v1.js';
import type { MCPServerSpec } from '../../api/v1alpha1/mcp-server.ts';
import { PORT_NAME } from '../labels.ts';

/** A restart is the harder measure, so liveness must fail this many times as often as readiness before it is taken. */
const LIVENESS_PATIENCE = 3;

/**
 * The kubelet's probes of the server's container. Both ask the same question; liveness is always the more patient, so
 * that a server that is only slow leaves the endpoints before it is restarted.
 *
 * @param health `spec.health` with defaults filled in
 */
export function probesFor(health: MCPServerSpec['health']): {
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
} {
  const probe: Probe = {
    ...(health.type === 'TCP'
      ? { tcpSocket: { port: PORT_NAME } }
      : { httpGet: { path: health.path, port: PORT_NAME, scheme: 'HTTP' } }),
    initialDelaySeconds: health.initialDelaySeconds,
    periodSeconds: health.periodSeconds,
    timeoutSeconds: health.timeoutSeconds,
    successThreshold: 1,
    failureThreshold: health.failureThreshold,
  };
  return {
    livenessProbe: { ...probe, failureThreshold: health.failureThreshold * LIVENESS_PATIENCE },
    readinessProbe: probe,
  };
}
