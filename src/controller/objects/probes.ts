import type { Probe } from 'kubernetes-types/core/v1.js';
import type { Health } from '../../api/v1alpha1/mcp-server.ts';
import type { HealthType } from '../health-in-effect.ts';
import { PORT_NAME } from '../labels.ts';

/** A restart is the harder measure, so liveness must fail this many times as often as readiness before it is taken. */
const LIVENESS_PATIENCE = 3;

/**
 * The kubelet's probes of the server's container. All ask the same question.
 *
 * Startup asks every second, so that a server is ready as soon as it answers and not a period later, and gives up after
 * as long as liveness would. Liveness is always more patient than readiness, so that a server that is only slow leaves
 * the endpoints before it is restarted.
 *
 * @param health `spec.health` with defaults filled in
 * @param type what its type comes to. For `MCP` the kubelet looks at the port alone: the handshake decides the rest
 */
export function probesFor(
  health: Health,
  type: HealthType,
): Readonly<Record<'startupProbe' | 'livenessProbe' | 'readinessProbe', Probe>> {
  const probe: Probe = {
    ...(type === 'HTTP'
      ? { httpGet: { path: health.path, port: PORT_NAME, scheme: 'HTTP' } }
      : { tcpSocket: { port: PORT_NAME } }),
    initialDelaySeconds: health.initialDelaySeconds,
    periodSeconds: health.periodSeconds,
    timeoutSeconds: health.timeoutSeconds,
    successThreshold: 1,
    failureThreshold: health.failureThreshold,
  };
  const patience = health.failureThreshold * LIVENESS_PATIENCE;
  return {
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: patience * health.periodSeconds },
    livenessProbe: { ...probe, failureThreshold: patience },
    readinessProbe: probe,
  };
}
