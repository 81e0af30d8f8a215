import type { ConditionVerdict } from './verdict.ts';
import { reachable } from './verified.ts';

/** The conditions that `Ready` sums up, in the order in which their failures are told. */
export interface Parts {
  readonly Accepted: ConditionVerdict;
  readonly Available: ConditionVerdict;
  readonly Verified: ConditionVerdict;
  readonly Progressing: ConditionVerdict;
}

/**
 * `Ready`: all of them. It repeats the reason and message of the first that fails, so `kubectl get smcp -o wide` and
 * `kubectl wait --for=condition=Ready` tell the whole story.
 *
 * A server that wants credentials of us answers, so whether it is ready is Unknown rather than False.
 *
 * `Progressing` counts only when it is False: a rollout under way, or one that somebody paused, still serves.
 */
export function ready({ Accepted, Available, Verified, Progressing }: Parts): ConditionVerdict {
  const ignored = Verified.reason === 'Disabled';
  const failed = [Accepted, Available, ...(ignored ? [] : [Verified])].find(({ status }) => status !== 'True');
  const stuck = Progressing.status === 'False' ? Progressing : undefined;
  const cause = failed ?? stuck;
  if (cause !== undefined) {
    const status = cause === Verified && reachable.has(cause.reason) ? 'Unknown' : 'False';
    return { status, reason: cause.reason, message: cause.message };
  }
  return { status: 'True', reason: 'Ready', message: ignored ? Available.message : Verified.message };
}
