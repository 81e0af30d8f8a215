import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DeploymentCondition } from 'kubernetes-types/apps/v1.js';
import {
  aLiveDeployment,
  aLiveService,
  aPod,
  aRunningSnapshot,
  aServer,
  aSnapshot,
  aWaitingPod,
  NOW,
} from '../../test/support/snapshots.ts';
import type { Condition, MCPServerStatus, Phase } from '../api/v1alpha1/mcp-server.ts';
import { appliedHash } from './objects/applied-hash.ts';
import { serviceFor } from './objects/service.ts';
import { refusalOf } from './refusals.ts';
import type { Deployment, Pod } from './resources.ts';
import type { Snapshot } from './snapshot.ts';
import { statusOf } from './status.ts';

const server = aServer();
const named = aServer({ secretName: 'keys' });
const all = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
const time = '2026-01-02T03:04:05Z';
const url = 'http://weather.team-a.svc:8080/mcp';

function withStatus(
  status: Deployment['status'],
  fields: Partial<Snapshot> = {},
  metadata: Partial<Deployment['metadata']> = {},
): Snapshot {
  const owner = fields.server ?? server;
  const children = { Deployment: aLiveDeployment(owner, status, metadata), Service: aLiveService(owner) };
  return aSnapshot({ server: owner, children, ...fields });
}

function reported(type: string, status: string, reason: string, message = ''): DeploymentCondition {
  return { type, status, reason, message };
}

const stuck = reported('Progressing', 'False', 'ProgressDeadlineExceeded');

/** The status of each condition (T, F or U), its reason, and after a colon its message. */
interface Row {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly phase: Phase;
  readonly available: number;
  readonly replicas: number;
  readonly url?: string;
  readonly accepted: string;
  readonly isAvailable: string;
  readonly progressing: string;
  readonly ready: string;
}

const accepted = 'T Accepted: The spec can be carried out.';
const complete = 'T Complete: Every pod runs the current spec.';
const rollingOut = 'T RollingOut: Pods with the current spec are being started.';
const once = 'A pod is, once GET /health on port 8080 answers (spec.health).';
const bothUp = 'T AllReplicasAvailable: 2 of 2 replicas are available.';
const noneUp = `F Starting: 0 of 2 replicas are available. ${once}`;
const bothReady = 'T Ready: 2 of 2 replicas are available.';
const notStarted = 'F NotStarted: There is no Deployment: see Accepted.';
const pull =
  'F ImagePullBackOff: Pod a: container mcp-server cannot get its image example.com/weather:1.0. Check the name and the tag, and spec.imagePullSecrets for a private registry.';
const crash =
  'F CrashLoopBackOff: Pod a: container mcp-server keeps exiting with code 7. See: kubectl logs -n team-a a --previous';
const unfit = 'F Unschedulable: Pod a fits on no node: 0/1 nodes are available: 1 Insufficient cpu.';
const quotaWords = 'pods "weather-5d4f8c-abcde" is forbidden: exceeded quota: cpu';
const quota = `F QuotaExceeded: Pods do not fit in the namespace's ResourceQuota: ${quotaWords}. Raise the quota, or lower spec.resources or spec.replicas.`;
const securityWords = 'pods "weather-5d4f8c-abcde" is forbidden: violates PodSecurity "restricted:latest": hostNetwork';
const security = `F PodSecurityViolation: The namespace's Pod Security level refuses the pods: ${securityWords}.`;
const noSecret =
  'F SecretNotFound: Secret keys does not exist in namespace team-a. Create it (kubectl create secret generic keys -n team-a --from-literal=KEY=VALUE), or remove spec.secretName.';
const foreign =
  'F ForeignObject: A Deployment named weather already exists and was not created by this operator. It is left untouched: rename the MCPServer, or delete that Deployment.';
const waiting = 'WaitingForDeletion: Waiting for the previous Deployment weather to be deleted.';
const standstill = `F ProgressDeadlineExceeded: 0 of 2 replicas are available, and no more have become so for longer than the rollout may take. ${once} See: kubectl describe pods -n team-a -l mcp.mcp.dev/server=weather`;
const starting = { phase: 'Pending', available: 0, replicas: 2, accepted, progressing: rollingOut } as const;
const running = { phase: 'Running', available: 2, replicas: 2, url, accepted, isAvailable: bothUp } as const;
const crashing: Pod = aPod(
  'a',
  { waiting: { reason: 'CrashLoopBackOff' } },
  { restartCount: 4, lastState: { terminated: { exitCode: 7, reason: 'Error' } } },
);
const pending: Pod = {
  metadata: { name: 'a', namespace: 'team-a' },
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
};

const rows: readonly Row[] = [
  {
    name: 'new: nothing made yet',
    snapshot: aSnapshot(),
    ...starting,
    replicas: 0,
    isAvailable: noneUp,
    progressing: notStarted,
    ready: noneUp,
  },
  { name: 'just created', snapshot: withStatus({}), ...starting, isAvailable: noneUp, ready: noneUp },
  { name: 'running', snapshot: aRunningSnapshot(), ...running, progressing: complete, ready: bothReady },
  {
    name: 'partially up',
    snapshot: withStatus({ ...all, readyReplicas: 1, availableReplicas: 1 }),
    ...starting,
    available: 1,
    isAvailable: `F Starting: 1 of 2 replicas are available. ${once}`,
    ready: `F Starting: 1 of 2 replicas are available. ${once}`,
  },
  {
    name: 'scaled up: those that there were go on to serve',
    snapshot: withStatus(all, { server: aServer({ replicas: 3 }) }, { generation: 2 }),
    ...starting,
    available: 2,
    replicas: 3,
    isAvailable: `F Starting: 2 of 3 replicas are available. ${once}`,
    ready: `F Starting: 2 of 3 replicas are available. ${once}`,
  },
  {
    name: 'scaled down: more are up than wanted, until the Deployment knows',
    snapshot: withStatus(all, { server: aServer({ replicas: 1 }) }, { generation: 2 }),
    ...running,
    replicas: 1,
    isAvailable: 'T AllReplicasAvailable: 1 of 1 replicas are available.',
    progressing: rollingOut,
    ready: 'T Ready: 1 of 1 replicas are available.',
  },
  {
    name: 'a rollout while old pods serve',
    snapshot: withStatus({ ...all, replicas: 3, updatedReplicas: 1 }),
    ...running,
    progressing: rollingOut,
    ready: bothReady,
  },
  {
    name: 'a rollout with a new pod too many: they are counted, the words stay',
    snapshot: withStatus({ ...all, replicas: 3, updatedReplicas: 1, availableReplicas: 3 }),
    ...running,
    available: 3,
    progressing: rollingOut,
    ready: bothReady,
  },
  {
    name: 'a rollout whose new pods crash while old pods serve: told, but nobody is worse off yet',
    snapshot: withStatus({ ...all, replicas: 3, updatedReplicas: 1 }, { pods: [crashing] }),
    ...running,
    progressing: crash.replace('F CrashLoopBackOff:', 'T RollingOut: Pods with the current spec do not start yet.'),
    ready: bothReady,
  },
  {
    name: 'a stuck rollout while old pods serve',
    snapshot: withStatus({ ...all, replicas: 3, updatedReplicas: 1, conditions: [stuck] }, { pods: [crashing] }),
    ...running,
    replicas: 3,
    progressing: crash.replace('CrashLoopBackOff', 'ProgressDeadlineExceeded'),
    ready: crash.replace('CrashLoopBackOff', 'ProgressDeadlineExceeded'),
  },
  {
    name: 'a stuck rollout and nothing serves: pods that run but never get ready',
    snapshot: withStatus({ replicas: 2, updatedReplicas: 2, conditions: [stuck] }),
    ...starting,
    phase: 'Failed',
    isAvailable: standstill,
    progressing: 'F ProgressDeadlineExceeded: The rollout has made no progress for longer than its deadline.',
    ready: standstill,
  },
  {
    name: 'running, with a leftover pod of an old ReplicaSet that crashes: nobody needs to know',
    snapshot: aRunningSnapshot({ pods: [crashing] }),
    ...running,
    progressing: complete,
    ready: bothReady,
  },
  {
    name: 'stopped',
    snapshot: withStatus({}, { server: aServer({ replicas: 0 }) }),
    phase: 'Stopped',
    available: 0,
    replicas: 0,
    accepted,
    isAvailable: 'F Stopped: spec.replicas is 0.',
    progressing: complete,
    ready: 'F Stopped: spec.replicas is 0.',
  },
  {
    name: 'stopping: the last pods still serve',
    snapshot: withStatus(all, { server: aServer({ replicas: 0 }) }, { generation: 2 }),
    phase: 'Stopped',
    available: 2,
    replicas: 0,
    accepted,
    isAvailable: 'F Stopped: spec.replicas is 0.',
    progressing: rollingOut,
    ready: 'F Stopped: spec.replicas is 0.',
  },
  {
    name: 'a crash loop',
    snapshot: withStatus({ replicas: 2, updatedReplicas: 2 }, { pods: [crashing] }),
    ...starting,
    phase: 'Failed',
    isAvailable: crash,
    ready: crash,
  },
  {
    name: 'an image that cannot be pulled',
    snapshot: withStatus({ replicas: 2, updatedReplicas: 2 }, { pods: [aWaitingPod('a', 'ErrImagePull')] }),
    ...starting,
    phase: 'Failed',
    isAvailable: pull,
    ready: pull,
  },
  {
    name: 'a pod that fits on no node',
    snapshot: withStatus({ replicas: 2, updatedReplicas: 2 }, { pods: [pending] }),
    ...starting,
    phase: 'Failed',
    isAvailable: unfit,
    ready: unfit,
  },
  {
    name: 'a quota that lets one pod in',
    snapshot: withStatus({
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: 1,
      conditions: [reported('ReplicaFailure', 'True', 'FailedCreate', quotaWords)],
    }),
    ...starting,
    phase: 'Failed',
    available: 1,
    replicas: 1,
    isAvailable: quota,
    progressing: quota,
    ready: quota,
  },
  {
    name: 'a rollout whose surge the quota does not let in: all serve, and yet it is stuck',
    snapshot: withStatus({
      ...all,
      updatedReplicas: 0,
      conditions: [reported('ReplicaFailure', 'True', 'FailedCreate', quotaWords)],
    }),
    ...running,
    progressing: quota,
    ready: quota,
  },
  {
    name: 'a Pod Security level that refuses the pods',
    snapshot: withStatus({ conditions: [reported('ReplicaFailure', 'True', 'FailedCreate', securityWords)] }),
    ...starting,
    phase: 'Failed',
    replicas: 0,
    isAvailable: security,
    progressing: security,
    ready: security,
  },
  {
    name: 'a Secret that was never made',
    snapshot: aSnapshot({ server: named, secretExists: false }),
    phase: 'Failed',
    available: 0,
    replicas: 0,
    accepted: noSecret,
    isAvailable: noneUp,
    progressing: notStarted,
    ready: noSecret,
  },
  {
    name: 'a Secret that was deleted later: the pods go on',
    snapshot: aRunningSnapshot({ server: named, secretExists: false }),
    ...running,
    accepted: noSecret,
    progressing: complete,
    ready: noSecret,
  },
  {
    name: 'a running server whose new spec names a missing Secret: the old pods go on',
    snapshot: aSnapshot({
      server: named,
      secretExists: false,
      children: { Deployment: aLiveDeployment(server, all), Service: aLiveService(server) },
    }),
    ...running,
    accepted: noSecret,
    progressing: 'F NotApplied: The Deployment still has an older spec: see Accepted.',
    ready: noSecret,
  },
  {
    name: "a stranger's Deployment, with pods of its own",
    snapshot: withStatus(all, {}, { ownerReferences: [], labels: {} }),
    phase: 'Failed',
    available: 0,
    replicas: 0,
    accepted: foreign,
    isAvailable: noneUp,
    progressing: notStarted,
    ready: foreign,
  },
  {
    name: "a predecessor's Deployment on its way out",
    snapshot: withStatus(all, {}, { deletionTimestamp: time }),
    ...starting,
    replicas: 0,
    accepted: `U ${waiting}`,
    isAvailable: noneUp,
    progressing: notStarted,
    ready: `F ${waiting}`,
  },
  {
    name: 'a refused Service',
    snapshot: aSnapshot({
      refusals: {
        Service: refusalOf(
          { reason: 'Refused', message: 'No.' },
          { hash: appliedHash(serviceFor(server, 'None')), now: NOW, previous: undefined },
        ),
      },
    }),
    phase: 'Failed',
    available: 0,
    replicas: 0,
    accepted: 'F Refused: No.',
    isAvailable: noneUp,
    progressing: notStarted,
    ready: 'F Refused: No.',
  },
  {
    name: 'paused in the middle of a rollout',
    snapshot: (() => {
      const snapshot = withStatus({ ...all, replicas: 3, updatedReplicas: 1 });
      const deployment = aLiveDeployment(server, snapshot.children.Deployment?.status);
      const paused = { ...deployment, spec: { ...deployment.spec, paused: true } };
      return { ...snapshot, children: { ...snapshot.children, Deployment: paused } };
    })(),
    ...running,
    progressing:
      'U Paused: Somebody paused the Deployment. Resume it: kubectl rollout resume -n team-a deployment/weather',
    ready: bothReady,
  },
];

function conditionFrom(type: string, words: string): Condition {
  const [, letter = '', reason = '', message = ''] = /^(.) (\w+): (.*)$/.exec(words) ?? [];
  const status = ({ T: 'True', F: 'False', U: 'Unknown' } as const)[letter] ?? 'Unknown';
  return { type, status, reason, message, observedGeneration: 1, lastTransitionTime: time };
}

describe('the whole status of', () => {
  for (const row of rows) {
    test(row.name, () => {
      assert.deepEqual(statusOf(row.snapshot), {
        observedGeneration: 1,
        phase: row.phase,
        availableReplicas: row.available,
        verifiedReplicas: 0,
        health: { type: 'HTTP' },
        replicas: row.replicas,
        selector: 'mcp.mcp.dev/server=weather',
        ...(row.url === undefined ? {} : { url: row.url }),
        conditions: [
          conditionFrom('Accepted', row.accepted),
          conditionFrom('Available', row.isAvailable),
          conditionFrom('Verified', 'U Disabled: spec.verify.disabled is true.'),
          conditionFrom('Progressing', row.progressing),
          conditionFrom('Ready', row.ready),
        ],
      } satisfies MCPServerStatus);
    });
  }

  test('each of them, shown and looked at again an hour later, is the same: no second write', () => {
    for (const { name, snapshot } of rows) {
      const status = statusOf(snapshot);
      const later = {
        ...snapshot,
        now: snapshot.now + 3_600_000,
        refusals: {},
        server: { ...snapshot.server, status },
      };
      if (Object.keys(snapshot.refusals).length === 0) assert.deepEqual(statusOf(later), status, name);
    }
  });
});

describe('url', () => {
  test('has the port of the spec and the path of MCP', () => {
    assert.equal(
      statusOf(aRunningSnapshot({ server: aServer({ port: 9000 }) })).url,
      'http://weather.team-a.svc:9000/mcp',
    );
  });
});
