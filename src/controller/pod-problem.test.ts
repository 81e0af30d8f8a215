import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPod, aWaitingPod } from '../../test/support/snapshots.ts';
import { worstProblem } from './pod-problem.ts';
import type { Pod } from './resources.ts';

interface Row {
  readonly name: string;
  readonly pods: readonly Pod[];
  readonly reason?: string;
  readonly message?: string | RegExp;
}

const unschedulable = (name: string): Pod => ({
  metadata: { name, namespace: 'team-a' },
  status: {
    phase: 'Pending',
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: '0/1 nodes are available: 1 Insufficient cpu.',
      },
    ],
  },
});
const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
const exited = (fields: object) => ({ terminated: { exitCode: 1, reason: 'Error', ...fields } });

const rows: readonly Row[] = [
  { name: 'no pods', pods: [] },
  { name: 'a pod that runs', pods: [aPod('a', running, { ready: true })] },
  { name: 'a pod that starts', pods: [aWaitingPod('a', 'ContainerCreating')] },
  { name: 'a pod that has no status yet', pods: [{ metadata: { name: 'a' } }] },
  { name: 'a pod that runs but is not ready yet', pods: [aPod('a', running)] },
  {
    name: 'an image that cannot be pulled',
    pods: [aWaitingPod('a', 'ImagePullBackOff')],
    reason: 'ImagePullBackOff',
    message:
      'Pod a: container mcp-server cannot get its image example.com/weather:1.0. Check the name and the tag, and spec.imagePullSecrets for a private registry.',
  },
  {
    name: 'the first failed pull has the same reason as the back-off after it',
    pods: [aWaitingPod('a', 'ErrImagePull')],
    reason: 'ImagePullBackOff',
  },
  { name: 'an image name that is not one', pods: [aWaitingPod('a', 'InvalidImageName')], reason: 'InvalidImageName' },
  {
    name: 'a crash loop in its back-off',
    pods: [
      aPod('a', { waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 3, lastState: exited({ exitCode: 7 }) }),
    ],
    reason: 'CrashLoopBackOff',
    message: 'Pod a: container mcp-server keeps exiting with code 7. See: kubectl logs -n team-a a --previous',
  },
  {
    name: 'the same crash loop while the container runs for a moment',
    pods: [aPod('a', running, { restartCount: 4, lastState: exited({ exitCode: 7 }) })],
    reason: 'CrashLoopBackOff',
    message: 'Pod a: container mcp-server keeps exiting with code 7. See: kubectl logs -n team-a a --previous',
  },
  ...[
    { code: 137, words: 'as one does that is stopped because it fails its probes: see spec.health' },
    { code: 143, words: 'as one does that is stopped because it fails its probes: see spec.health' },
    {
      code: 0,
      words: 'as one does that has nothing to do, or is stopped because it fails its probes: see spec.health',
    },
  ].map(({ code, words }) => ({
    name: `code ${code} is what a failed probe ends in, of which the log knows nothing`,
    pods: [aPod('a', running, { restartCount: 1, lastState: exited({ exitCode: code }) })],
    reason: 'CrashLoopBackOff',
    message: `Pod a: container mcp-server keeps exiting with code ${code}, ${words}. See: kubectl logs -n team-a a --previous`,
  })),
  {
    name: 'a server that restarted once and is ready again',
    pods: [aPod('a', running, { ready: true, restartCount: 1, lastState: exited({}) })],
  },
  {
    name: 'a first exit, not yet started again, is not a loop',
    pods: [aPod('a', exited({}), { restartCount: 0 })],
  },
  {
    name: 'the termination message is told',
    pods: [
      aPod('a', { waiting: { reason: 'CrashLoopBackOff' } }, { lastState: exited({ message: 'no API_KEY\nset it.' }) }),
    ],
    reason: 'CrashLoopBackOff',
    message: /with code 1: no API_KEY set it\. See/,
  },
  {
    name: 'out of memory',
    pods: [
      aPod(
        'a',
        { waiting: { reason: 'CrashLoopBackOff' } },
        { lastState: exited({ exitCode: 137, reason: 'OOMKilled' }) },
      ),
    ],
    reason: 'OOMKilled',
    message: /raise spec\.resources\.limits\.memory/,
  },
  {
    name: 'a container that cannot be made',
    pods: [aWaitingPod('a', 'CreateContainerConfigError', 'secret "keys" not found')],
    reason: 'CreateContainerConfigError',
    message: 'Pod a: container mcp-server cannot be started: secret "keys" not found.',
  },
  {
    name: 'a root image where root is not allowed',
    pods: [aWaitingPod('a', 'CreateContainerConfigError', 'container has runAsNonRoot and image will run as root')],
    reason: 'CreateContainerConfigError',
    message: /use an image with a numeric non-root USER/,
  },
  {
    name: 'a pod that fits on no node',
    pods: [unschedulable('a')],
    reason: 'Unschedulable',
    message: 'Pod a fits on no node: 0/1 nodes are available: 1 Insufficient cpu.',
  },
  {
    name: 'a pod that was evicted',
    pods: [{ metadata: { name: 'a' }, status: { phase: 'Failed', reason: 'Evicted', message: 'low on memory' } }],
    reason: 'Evicted',
    message: 'Pod a failed: low on memory.',
  },
  {
    name: 'the worse of two problems is told, whatever the order',
    pods: [unschedulable('a'), aWaitingPod('b', 'ImagePullBackOff')],
    reason: 'ImagePullBackOff',
  },
  {
    name: 'of two equal problems, the first pod by name',
    pods: [unschedulable('b'), unschedulable('a')],
    reason: 'Unschedulable',
    message: /^Pod a /,
  },
  {
    name: 'a pod on its way out is not looked at',
    pods: [{ ...unschedulable('a'), metadata: { name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' } }],
  },
  {
    name: 'an init container counts',
    pods: [
      {
        metadata: { name: 'a', namespace: 'team-a' },
        status: {
          initContainerStatuses: [{ ...podContainer(), name: 'init', state: { waiting: { reason: 'ErrImagePull' } } }],
        },
      },
    ],
    reason: 'ImagePullBackOff',
    message: /^Pod a: container init /,
  },
];

function podContainer() {
  return { name: 'x', image: 'i', imageID: '', ready: false, restartCount: 0 };
}

for (const row of rows) {
  test(row.name, () => {
    const problem = worstProblem(row.pods);
    assert.equal(problem?.reason, row.reason);
    if (row.message instanceof RegExp) assert.match(problem?.message ?? '', row.message);
    else if (row.message !== undefined) assert.equal(problem?.message, row.message);
  });
}

test('a restart more changes nothing in the words', () => {
  const pod = (restartCount: number) =>
    aPod('a', { waiting: { reason: 'CrashLoopBackOff' } }, { restartCount, lastState: exited({}) });
  assert.deepEqual(worstProblem([pod(3)]), worstProblem([pod(4)]));
});

test('a message of any length is cut', () => {
  const problem = worstProblem([aWaitingPod('a', 'CreateContainerError', 'x'.repeat(10_000))]);
  assert.ok((problem?.message.length ?? 0) < 600);
});
