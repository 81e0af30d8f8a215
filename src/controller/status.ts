import type { Condition, MCPServerSpec, MCPServerStatus, Phase } from '../api/v1alpha1/mcp-server.ts';
import type { ToolsSummary } from '../mcp/tools.ts';
import type { PodReport } from '../mcp/verify/report.ts';
import { secondsTimestamp } from '../runtime/seconds-timestamp.ts';
import { accepted } from './conditions/accepted.ts';
import { available } from './conditions/available.ts';
import { progressing } from './conditions/progressing.ts';
import { type Parts, ready } from './conditions/ready.ts';
import type { ConditionVerdict } from './conditions/verdict.ts';
import { reachable, verified } from './conditions/verified.ts';
import { healthInEffect } from './health-in-effect.ts';
import { selectorFor } from './labels.ts';
import { type Rollout, rolloutOf } from './rollout.ts';
import type { Snapshot } from './snapshot.ts';
import { verificationOf } from './verification.ts';

/** As many tools are named. */
const MAX_TOOL_NAMES = 64;

/**
 * The status to show for a snapshot. It depends on facts alone, so equal facts give an equal status and no write.
 *
 * @param snapshot the world after this pass' actions
 */
export function statusOf(snapshot: Snapshot): MCPServerStatus {
  const { server } = snapshot;
  const rollout = rolloutOf(snapshot);
  const verification = verificationOf(snapshot);
  const parts = {
    Accepted: accepted(snapshot),
    Available: available(rollout),
    Verified: verified(verification),
    Progressing: progressing(rollout),
  };
  const verdicts = { ...parts, Ready: ready(parts) };
  return {
    observedGeneration: server.metadata.generation,
    phase: phaseOf(rollout, verdicts.Ready),
    availableReplicas: rollout.available,
    verifiedReplicas: verification.verified,
    ...serverOf(snapshot, verification.best),
    health: healthInEffect(snapshot),
    replicas: rollout.replicas,
    selector: Object.entries(selectorFor(rollout.name))
      .map(([label, value]) => `${label}=${value}`)
      .join(','),
    ...(isReachable(parts) ? { url: urlOf(rollout, server.spec) } : {}),
    conditions: Object.entries(verdicts).map(([type, verdict]) => conditionOf(snapshot, type, verdict)),
  };
}

/** Reasons that say no more than that the server is on its way. */
const onItsWay = new Set(['Starting', 'Verifying', 'RollingOut', 'WaitingForDeletion', 'NotStarted']);

/** `Running` exactly when all wanted replicas are available: the seed's rule. The conditions tell the rest. */
function phaseOf(rollout: Rollout, ready: ConditionVerdict): Phase {
  if (rollout.wanted === 0) return 'Stopped';
  if (rollout.available >= rollout.wanted) return 'Running';
  return onItsWay.has(ready.reason) ? 'Pending' : 'Failed';
}

/** A client gets an answer there: of a server that wants credentials too. */
function isReachable({ Available, Verified }: Parts): boolean {
  if (Available.status !== 'True') return false;
  return Verified.status === 'True' || Verified.reason === 'Disabled' || reachable.has(Verified.reason);
}

function urlOf(rollout: Rollout, { port, path }: MCPServerSpec): string {
  return `http://${rollout.name}.${rollout.namespace}.svc:${port}${path}`;
}

/** What the server says of itself. While no pod passes, what was last seen stays: the condition tells that it is old. */
function serverOf({ server }: Snapshot, best: PodReport | undefined): Pick<MCPServerStatus, 'server' | 'tools'> {
  if (best?.server === undefined) {
    const { server: known, tools } = server.status ?? {};
    return { ...(known === undefined ? {} : { server: known }), ...(tools === undefined ? {} : { tools }) };
  }
  const { name, version, protocolVersion, stateful, capabilities } = best.server;
  return {
    server: {
      ...(name === undefined ? {} : { name }),
      ...(version === undefined ? {} : { version }),
      protocolVersion,
      stateful: stateful ?? server.status?.server?.stateful ?? false,
      ...(capabilities.length === 0 ? {} : { capabilities }),
    },
    ...(best.tools === undefined ? {} : { tools: toolsOf(best.tools) }),
  };
}

function toolsOf({ count, names, hash }: ToolsSummary): MCPServerStatus['tools'] {
  return { count, ...(count === 0 ? {} : { names: names.slice(0, MAX_TOOL_NAMES) }), hash };
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
