import type { Rollout } from '../rollout.ts';
import { type ConditionVerdict, firstOf, type Policy } from './verdict.ts';

/** `Available`: are as many pods ready as the spec wants? When not: why, with the pod's name. */
export function available(rollout: Rollout): ConditionVerdict {
  return firstOf(rollout, [stopped, allUp, refusedPods, brokenPod], ({ available, wanted }) => ({
    status: 'False',
    reason: 'Starting',
    message: `${available} of ${wanted} replicas are available.`,
  }));
}

const stopped: Policy<Rollout> = ({ wanted }) =>
  wanted === 0 ? { status: 'False', reason: 'Stopped', message: 'spec.replicas is 0.' } : undefined;

const allUp: Policy<Rollout> = ({ wanted, available }) =>
  available >= wanted
    ? { status: 'True', reason: 'AllReplicasAvailable', message: `${wanted} of ${wanted} replicas are available.` }
    : undefined;

const refusedPods: Policy<Rollout> = ({ podsRefused }) =>
  podsRefused === undefined ? undefined : { status: 'False', ...podsRefused };

const brokenPod: Policy<Rollout> = ({ problem }) =>
  problem === undefined ? undefined : { status: 'False', ...problem };
