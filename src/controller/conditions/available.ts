import { SERVER_LABEL } from '../labels.ts';
import type { Rollout } from '../rollout.ts';
import { type ConditionVerdict, firstOf, type Policy } from './verdict.ts';

/** `Available`: are as many pods ready as the spec wants? When not: why, with the pod's name. */
export function available(rollout: Rollout): ConditionVerdict {
  return firstOf(
    rollout,
    [stopped, allUp, refusedPods, brokenPod, unverified, stuck],
    ({ available, wanted, awaited }) => ({
      status: 'False',
      reason: 'Starting',
      message: `${available} of ${wanted} replicas are available. A pod is, once ${awaited} (spec.health).`,
    }),
  );
}

const stopped: Policy<Rollout> = ({ wanted }) =>
  wanted === 0 ? { status: 'False', reason: 'Stopped', message: 'spec.replicas is 0.' } : undefined;

const allUp: Policy<Rollout> = ({ wanted, available }) =>
  available >= wanted
    ? { status: 'True', reason: 'AllReplicasAvailable', message: `${wanted} of ${wanted} replicas are available.` }
    : undefined;

const refusedPods: Policy<Rollout> = ({ podsRefused }) =>
  podsRefused === undefined ? undefined : { status: 'False', ...podsRefused };

/** Where the handshake decides readiness, a pod that fails it is why too few are available: in the words of `Verified`. */
const unverified: Policy<Rollout> = ({ unverified }) =>
  unverified === undefined ? undefined : { status: 'False', ...unverified };

const brokenPod: Policy<Rollout> = ({ problem }) =>
  problem === undefined ? undefined : { status: 'False', ...problem };

/** Pods that start and never get ready have no problem of their own to tell: the deadline alone shows it. */
const stuck: Policy<Rollout> = ({ deadlineExceeded, name, namespace, available, wanted, awaited }) =>
  deadlineExceeded
    ? {
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: `${available} of ${wanted} replicas are available, and no more have become so for longer than the rollout may take. A pod is, once ${awaited} (spec.health). See: kubectl describe pods -n ${namespace} -l ${SERVER_LABEL}=${name}`,
      }
    : undefined;
