import type { Condition, MCPServerStatus, Phase } from '../api/v1alpha1/mcp-server.ts';
import { accepted } from './conditions/accepted.ts';
import { available } from './conditions/available.ts';
import { progressing } from './conditions/progressing.ts';
import { ready } from './conditions/ready.ts';
import type { ConditionVerdict } from './conditions/verdict.ts';
import { selectorFor } from './labels.ts';
import { type Rollout, rolloutOf } from './rollout.ts';
import type { Snapshot } from './snapshot.ts';

/** Where MCP is served, until `spec.path` says so. */
const MCP_PATH = '/mcp';

/**
 * The status to show for a snapshot. It depends on facts alone, so equal facts give an equal status and no write.
 *
 * @param snapshot the world after this pass' actions
 */
export function statusOf(snapshot: Snapshot): MCPServerStatus {
  const { server } = snapshot;
  const rollout = rolloutOf(snapshot);
  const parts = { Accepted: accepted(snapshot), Available: available(rollout), Progressing: progressing(rollout) };
  const verdicts = { ...parts, Ready: ready(parts) };
  return {
    observedGeneration: server.metadata.generation,
    phase: phaseOf(rollout, verdicts.Ready),
    availableReplicas: rollout.available,
    replicas: rollout.replicas,
    selector: Object.entries(selectorFor(rollout.name))
      .map(([label, value]) => `${label}=${value}`)
      .join(','),
    ...(parts.Available.status === 'True' ? { url: urlOf(rollout, server.spec.port) } : {}),
    conditions: Object.entries(verdicts).map(([type, verdict]) => conditionOf(snapshot, type, verdict)),
  };
}

/** Reasons that say no more than that the server is on its way. */
const onItsWay = new Set(['Starting', 'RollingOut', 'WaitingForDeletion', 'NotStarted']);

/** `Running` exactly when all wanted replicas are available: the seed's rule. The conditions tell the rest. */
function phaseOf(rollout: Rollout, ready: ConditionVerdict): Phase {
  if (rollout.wanted === 0) return 'Stopped';
  if (rollout.available >= rollout.wanted) return 'Running';
  return onItsWay.has(ready.reason) ? 'Pending' : 'Failed';
}

function urlOf(rollout: Rollout, port: number): string {
  return `http://${rollout.name}.${rollout.namespace}.svc:${port}${MCP_PATH}`;
}

/** A condition, whose `lastTransitionTime` moves only when its status does (metav1.Condition). */
function conditionOf(snapshot: Snapshot, type: string, verdict: ConditionVerdict): Condition {
  const before = snapshot.server.status?.conditions?.find((condition) => condition.type === type);
  const unchanged = before?.status === verdict.status ? before.lastTransitionTime : undefined;
  return {
    type,
    status: verdict.status,
    observedGeneration: snapshot.server.metadata.generation,
    lastTransitionTime: unchanged ?? secondsTimestamp(snapshot.now),
    reason: verdict.reason,
    message: verdict.message,
  };
}

/** metav1.Time has whole seconds; anything finer would come back changed and look like a difference. */
function secondsTimestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}
