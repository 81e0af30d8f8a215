import type { ContainerState, ContainerStatus } from 'kubernetes-types/core/v1.js';
import type { Pod } from './resources.ts';
import { words } from './words.ts';

/** What keeps a pod from running, in words for a person. */
export interface PodProblem {
  /** CamelCase, for a condition: the kubelet's or the scheduler's own word where it has one. */
  readonly reason: string;
  readonly message: string;
}

/**
 * The problem to show for a set of pods: of the pods that have one, the most severe kind, and among equals the first
 * by name, so that the choice does not move while nothing changes.
 *
 * Numbers that move by themselves (restart counts, back-off times) are left out: they would cost a status write each.
 * Nothing here is latched. A pull or a crash loop is the kubelet's to retry; this only tells.
 *
 * @param pods the server's pods; those being deleted are not looked at
 * @returns undefined when no pod has a problem that a person would need to know of
 */
export function worstProblem(pods: readonly Pod[]): PodProblem | undefined {
  let worst: { readonly problem: PodProblem; readonly rank: number; readonly name: string } | undefined;
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const found = problemOf(pod);
    if (found === undefined) continue;
    const { name } = pod.metadata;
    if (worst === undefined || found.rank < worst.rank || (found.rank === worst.rank && name < worst.name)) {
      worst = { ...found, name };
    }
  }
  return worst?.problem;
}

interface Ranked {
  readonly problem: PodProblem;
  /** Smaller is worse. */
  readonly rank: number;
}

/** The rules, worst first: each looks at one pod and says what is wrong, or nothing. */
const rules: readonly ((pod: Pod) => PodProblem | undefined)[] = [
  configError,
  crashLoop,
  imagePull,
  evicted,
  unschedulable,
];

function problemOf(pod: Pod): Ranked | undefined {
  for (const [rank, rule] of rules.entries()) {
    const problem = rule(pod);
    if (problem !== undefined) return { problem, rank };
  }
  return undefined;
}

const configReasons = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

function configError(pod: Pod): PodProblem | undefined {
  for (const { name, state } of containersOf(pod)) {
    const waiting = state?.waiting;
    if (waiting?.reason === undefined || !configReasons.has(waiting.reason)) continue;
    const hint = /runAsNonRoot/.test(waiting.message ?? '')
      ? ' This namespace enforces restricted Pod Security and the image runs as root: use an image with a numeric non-root USER.'
      : '';
    return {
      reason: waiting.reason,
      message: `${subject(pod, name)} cannot be started: ${words(waiting.message)}.${hint}`,
    };
  }
  return undefined;
}

function crashLoop(pod: Pod): PodProblem | undefined {
  for (const status of containersOf(pod)) {
    const looping = status.state?.waiting?.reason === 'CrashLoopBackOff';
    // Between two back-offs the container runs for a moment; it is the same crash loop all the while.
    const relapsing = !status.ready && status.restartCount > 0 && lastExit(status) !== undefined;
    if (!looping && !relapsing) continue;
    const exit = lastExit(status);
    return {
      reason: exit?.reason === 'OOMKilled' ? 'OOMKilled' : 'CrashLoopBackOff',
      message: `${subject(pod, status.name)} keeps exiting${exitWords(exit)}. See: ${logsCommand(pod)}`,
    };
  }
  return undefined;
}

function lastExit(status: ContainerStatus): ContainerState['terminated'] {
  return status.state?.terminated ?? status.lastState?.terminated;
}

function exitWords(exit: ContainerState['terminated']): string {
  if (exit === undefined) return '';
  if (exit.reason === 'OOMKilled') return ': it needs more memory than its limit (raise spec.resources.limits.memory)';
  const detail = exit.message === undefined || exit.message === '' ? '' : `: ${words(exit.message)}`;
  return ` with code ${exit.exitCode}${detail}${killedWords(exit.exitCode)}`;
}

/**
 * Exit codes of a container that was told to stop, or was killed. Nothing in a pod's status says that the kubelet did
 * so because a probe failed, and the container's own log cannot know.
 */
const stopped = new Set([128 + 9, 128 + 15]);

function killedWords(code: number): string {
  if (stopped.has(code)) return ', as one does that is stopped because it fails its probes: see spec.health';
  // Of its own accord, or because it obeyed.
  return code === 0
    ? ', as one does that has nothing to do, or is stopped because it fails its probes: see spec.health'
    : '';
}

function logsCommand(pod: Pod): string {
  return `kubectl logs -n ${pod.metadata.namespace} ${pod.metadata.name} --previous`;
}

const pullReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
]);

/** One reason for the two states that the kubelet goes to and fro between. */
const pullReasonNames: Readonly<Record<string, string>> = { ErrImagePull: 'ImagePullBackOff' };

function imagePull(pod: Pod): PodProblem | undefined {
  for (const { name, image, state } of containersOf(pod)) {
    const reason = state?.waiting?.reason;
    if (reason === undefined || !pullReasons.has(reason)) continue;
    return {
      reason: pullReasonNames[reason] ?? reason,
      message: `${subject(pod, name)} cannot get its image ${image}. Check the name and the tag, and spec.imagePullSecrets for a private registry.`,
    };
  }
  return undefined;
}

function evicted(pod: Pod): PodProblem | undefined {
  if (pod.status?.phase !== 'Failed') return undefined;
  return {
    reason: pod.status.reason ?? 'PodFailed',
    message: `Pod ${pod.metadata.name} failed: ${words(pod.status.message)}.`,
  };
}

function unschedulable(pod: Pod): PodProblem | undefined {
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  return {
    reason: 'Unschedulable',
    message: `Pod ${pod.metadata.name} fits on no node: ${words(scheduled.message)}.`,
  };
}

function containersOf(pod: Pod): readonly ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}

function subject(pod: Pod, container: string): string {
  return `Pod ${pod.metadata.name}: container ${container}`;
}
