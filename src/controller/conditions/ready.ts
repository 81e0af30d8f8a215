import type { ConditionVerdict } from './verdict.ts';

/** The conditions that `Ready` sums up, in the order in which their failures are told. */
export interface Parts {
  readonly Accepted: ConditionVerdict;
  readonly Available: ConditionVerdict;
  readonly Progressing: ConditionVerdict;
}

/**
 * `Ready`: all of them. It repeats the reason and message of the first that fails, so `kubectl get smcp -o wide` and
 * `kubectl wait --for=condition=Ready` tell the whole story.
 *
 * `Progressing` counts only when it is False: a rollout under way, or one that somebody paused, still serves.
 */
export function ready({ Accepted, Available, Progressing }: Parts): ConditionVerdict {
  const failed = [Accepted, Available].find(({ status }) => status !== 'True');
  const stuck = Progressing.status === 'False' ? Progressing : undefined;
  const cause = failed ?? stuck;
  if (cause !== undefined) return { status: 'False', reason: cause.reason, message: cause.message };
  return { status: 'True', reason: 'Ready', message: Available.message };
}
