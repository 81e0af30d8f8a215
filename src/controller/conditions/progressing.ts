import type { Rollout } from '../rollout.ts';
import { type ConditionVerdict, firstOf, type Policy } from './verdict.ts';

/** `Progressing`: True while the current spec rolls out and once it has; False when the rollout is stuck. */
export function progressing(rollout: Rollout): ConditionVerdict {
  return firstOf(
    rollout,
    [noDeployment, notApplied, paused, complete, refusedPods, deadlineExceeded, brokenPod],
    () => ({
      status: 'True',
      reason: 'RollingOut',
      message: 'Pods with the current spec are being started.',
    }),
  );
}

const noDeployment: Policy<Rollout> = ({ exists }) =>
  exists ? undefined : { status: 'False', reason: 'NotStarted', message: 'There is no Deployment: see Accepted.' };

const notApplied: Policy<Rollout> = ({ isApplied }) =>
  isApplied
    ? undefined
    : { status: 'False', reason: 'NotApplied', message: 'The Deployment still has an older spec: see Accepted.' };

const paused: Policy<Rollout> = ({ paused, name, namespace }) =>
  paused
    ? {
        status: 'Unknown',
        reason: 'Paused',
        message: `Somebody paused the Deployment. Resume it: kubectl rollout resume -n ${namespace} deployment/${name}`,
      }
    : undefined;

const complete: Policy<Rollout> = ({ isComplete }) =>
  isComplete ? { status: 'True', reason: 'Complete', message: 'Every pod runs the current spec.' } : undefined;

const refusedPods: Policy<Rollout> = ({ podsRefused }) =>
  podsRefused === undefined ? undefined : { status: 'False', ...podsRefused };

/**
 * The old pods serve, so nothing else would tell of a new one that does not start, for as long as the deadline is. It
 * may mend itself: the rollout is not stuck. Where the old pods do not serve, `Available` tells.
 */
const brokenPod: Policy<Rollout> = ({ problem, available, wanted }) =>
  problem !== undefined && available >= wanted
    ? {
        status: 'True',
        reason: 'RollingOut',
        message: `Pods with the current spec do not start yet. ${problem.message}`,
      }
    : undefined;

const deadlineExceeded: Policy<Rollout> = ({ deadlineExceeded, problem }) =>
  deadlineExceeded
    ? {
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: problem?.message ?? 'The rollout has made no progress for longer than its deadline.',
      }
    : undefined;
