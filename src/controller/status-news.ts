import { isDeepStrictEqual } from 'node:util';
import type { Condition, MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';

/**
 * Whether a status differs from the one that is shown in something that a reader would act on.
 *
 * Conditions that others have added are not ours to compare. And while a server is on its way up, what its pods have told
 * so far is not told on its own: it is shown with the next thing that happens, which is most often that it runs. So coming
 * up costs one write, however many pods answer one after the other.
 *
 * @param shown the status as stored
 * @param next the status as it should be
 */
export function isWorthAWrite(shown: MCPServerStatus | undefined, next: MCPServerStatus): boolean {
  if (shown === undefined) return true;
  const ours = new Set(next.conditions?.map(({ type }) => type));
  const known = { ...shown, conditions: shown.conditions?.filter(({ type }) => ours.has(type)) ?? [] };
  if (isDeepStrictEqual(known, next)) return false;
  return !isStillOnItsWay(known, next);
}

function isStillOnItsWay(shown: MCPServerStatus, next: MCPServerStatus): boolean {
  return (
    shown.phase === 'Pending' &&
    next.phase === 'Pending' &&
    shown.observedGeneration === next.observedGeneration &&
    ['Accepted', 'Available', 'Progressing', 'Ready'].every((type) =>
      isDeepStrictEqual(conditionOf(shown, type), conditionOf(next, type)),
    )
  );
}

function conditionOf(status: MCPServerStatus, type: string): Condition | undefined {
  return status.conditions?.find((condition) => condition.type === type);
}
