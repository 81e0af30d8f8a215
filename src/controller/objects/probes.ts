import type { Probe } from 'kubernetes-types/core/v1.js';
import type { Health, MCPServerSpec } from '../../api/v1alpha1/mcp-server.ts';
import type { HealthType } from '../health-in-effect.ts';
import { PORT_NAME } from '../labels.ts';

/** A restart is the harder measure, so liveness must fail this many times as often as readiness before it is taken. */
const LIVENESS_PATIENCE = 3;

/**
 * What the probes ask of a server, for a condition: a server without the path that is asked for, as most MCP servers
 * are, never gets ready, and its log does not say why.
 *
 * @param spec with defaults filled in
 * @param type what its health type comes to
 * @returns for example `GET /health on port 8080 answers`
 */
export function awaitedAnswer(
  { health, path, port }: Pick<MCPServerSpec, 'health' | 'path' | 'port'>,
  type: HealthType,
): string {
  if (type === 'HTTP') return `GET ${health.path} on port ${port} answers`;
  return type === 'TCP' ? `port ${port} accepts connections` : `an MCP handshake on port ${port}, ${path} is answered`;
}

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
