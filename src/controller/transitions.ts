import type { Condition, MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import type { Step } from './plan.ts';

/** An event for `kubectl describe`. */
export interface Announcement {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Reasons of a False condition that need nobody: they come and go with every start and stop. */
const quiet = new Set([
  'Starting',
  'Verifying',
  'Disabled',
  'RollingOut',
  'Stopped',
  'NotStarted',
  'NotApplied',
  'WaitingForDeletion',
  'Paused',
]);

/**
 * What to announce when the status changes from one to another. Level in, edge out: the same two statuses always give
 * the same events, and a status that did not change gives none, so there is no loop to fall into.
 *
 * A server that simply comes up announces nothing. Its conditions say it, its Deployment's events say it, and a third
 * telling would be one more write for every server.
 *
 * @param wasTroubled whether trouble was announced before and its end was not. A server that recovers passes through
 *   "Starting", so the two statuses alone do not show it. Default: what the status before says
 */
export function announcementsFor(
  before: MCPServerStatus | undefined,
  after: MCPServerStatus,
  wasTroubled = isTrouble(find(before, 'Ready')),
): readonly Announcement[] {
  const announcements: Announcement[] = [];
  for (const condition of after.conditions ?? []) {
    // Ready only repeats what another condition says.
    if (condition.type === 'Ready' || condition.status === 'True' || quiet.has(condition.reason)) continue;
    const previous = find(before, condition.type);
    const isNews = previous?.reason !== condition.reason;
    const isTold = announcements.some(
      ({ reason, message }) => reason === condition.reason || message === condition.message,
    );
    if (isNews && !isTold) {
      announcements.push({ type: 'Warning', reason: condition.reason, message: condition.message });
    }
  }
  const { health } = after;
  if (health?.type === 'MCP' && health.image !== undefined && before?.health?.type === 'HTTP') {
    announcements.push({
      type: 'Normal',
      reason: 'HealthSwitched',
      message: `${health.image} answers MCP and does not serve the health path: from now on the MCP handshake decides whether a pod is ready. Set spec.health.type to say otherwise.`,
    });
  }
  const ready = find(after, 'Ready');
  if (wasTroubled && ready?.status === 'True') {
    announcements.push({ type: 'Normal', reason: 'Recovered', message: ready.message });
  }
  return announcements;
}

/** Whether a status, once shown, leaves a server in trouble whose end is to be announced. */
export function staysTroubled(after: MCPServerStatus, wasTroubled: boolean): boolean {
  const ready = find(after, 'Ready');
  return ready?.status !== 'True' && (wasTroubled || isTrouble(ready));
}

/**
 * What to announce of one request that was carried out.
 *
 * @param before the status before this pass
 * @returns undefined for a step that follows from the user's own change
 */
export function announcementOf(step: Step, before: MCPServerStatus | undefined): Announcement | undefined {
  const what = `${step.kind} ${step.action === 'create' ? step.wish.metadata.name : step.live.metadata.name}`;
  switch (step.action) {
    case 'create':
      return hadChildren(before)
        ? { type: 'Normal', reason: 'Restored', message: `${what} was missing and has been created again.` }
        : undefined;
    case 'update':
      return step.drift === undefined
        ? undefined
        : {
            type: 'Normal',
            reason: 'Restored',
            message: `${what} was changed by somebody else: ${step.drift} is put right.`,
          };
    case 'adopt':
      return {
        type: 'Normal',
        reason: 'Adopted',
        message: `${what} was without an owner and is now owned by this MCPServer.`,
      };
    case 'remove':
      return undefined;
  }
}

/** Whether the last pass left a Deployment behind. */
function hadChildren(before: MCPServerStatus | undefined): boolean {
  const progressing = find(before, 'Progressing');
  return progressing !== undefined && progressing.reason !== 'NotStarted';
}

function isTrouble(ready: Condition | undefined): boolean {
  return ready?.status === 'False' && !quiet.has(ready.reason);
}

function find(status: MCPServerStatus | undefined, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}
