import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createStage, type Pass, type StageOptions } from '../../test/support/reconcile-stage.ts';
import {
  aLiveDeployment,
  aLiveService,
  aRunningSnapshot,
  aServer,
  aSnapshot,
  aWaitingPod,
} from '../../test/support/snapshots.ts';
import type { MCPServerSpec } from '../api/v1alpha1/mcp-server.ts';
import { ApiError } from '../runtime/errors.ts';
import type { KubeObject } from '../runtime/object.ts';
import { deployments, mcpServers, services } from './resources.ts';
import type { Snapshot } from './snapshot.ts';
import { statusOf } from './status.ts';

/** Each row lists every request of one pass, in order, and everything else that somebody could notice of it. */
interface Row extends Partial<Pass> {
  readonly name: string;
  readonly stage: StageOptions;
}

const makeService = 'apply Service: only version 1';
const makeDeployment = 'apply Deployment: only version 1';
const setService = 'apply Service: only uid-service, force';
const setDeployment = 'apply Deployment: only uid-deployment, force';
const setStatus = 'apply MCPServer/status: only as seen, only uid-1, force';
const dropService = 'delete Service: only uid-service, only version 201';

const server = aServer();
const deployment = aLiveDeployment(server);
const service = aLiveService(server);
const both = { Deployment: deployment, Service: service };
const strange = { uid: 'uid-stranger', ownerReferences: [], labels: {} };
const predecessor = {
  uid: 'uid-old',
  ownerReferences: [
    { apiVersion: 'mcp.mcp.dev/v1alpha1', kind: 'MCPServer', name: 'weather', uid: 'uid-0', controller: true },
  ],
};
const up = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };

/** A snapshot whose status has been shown already, after which its spec may have been changed. */
function shown(snapshot: Snapshot, spec: Partial<MCPServerSpec> = {}): Snapshot {
  const { server: owner } = snapshot;
  return { ...snapshot, server: { ...owner, status: statusOf(snapshot), spec: { ...owner.spec, ...spec } } };
}

const running = shown(aRunningSnapshot());
const drifted = { ...running.children, Service: { ...service, spec: { ...service.spec, type: 'NodePort' } } };
const quota = new ApiError('Forbidden', 'x is forbidden: exceeded quota: q', { status: 403 });
const broken = new ApiError('ServerError', 'etcdserver: request timed out', { status: 500 });
const webhook = (object: KubeObject): KubeObject =>
  ({ ...object, spec: { ...(object as typeof deployment).spec, replicas: 9 } }) as KubeObject;

const rows: readonly Row[] = [
  {
    name: 'a new server: three writes',
    stage: { snapshot: aSnapshot() },
    requests: [makeService, makeDeployment, setStatus],
    status: 'Pending Starting',
  },
  { name: 'a settled server: nothing', stage: { snapshot: running }, requests: [], status: 'Running Ready' },
  {
    name: 'a server that has come up: one write',
    stage: { snapshot: { ...running, server: shown(aSnapshot({ children: both })).server } },
    requests: [setStatus],
    status: 'Running Ready',
  },
  {
    name: 'a stop between the two creates: the pass goes on where the other ended',
    stage: { snapshot: aSnapshot({ children: { Deployment: undefined, Service: service } }) },
    requests: [makeDeployment, setStatus],
    status: 'Pending Starting',
  },
  {
    name: 'a stop before the status',
    stage: { snapshot: aSnapshot({ children: both }) },
    requests: [setStatus],
    status: 'Pending Starting',
  },
  {
    name: 'a new image: the spec is applied and the rollout shown',
    stage: { snapshot: shown(aRunningSnapshot(), { image: 'other' }) },
    requests: [setDeployment],
    status: 'Running Ready',
  },
  {
    name: 'more replicas',
    stage: { snapshot: shown(aRunningSnapshot(), { replicas: 3 }) },
    requests: [setDeployment, setStatus],
    status: 'Pending Starting',
  },
  {
    name: 'a foreign change',
    stage: { snapshot: { ...running, children: drifted } },
    requests: [setService],
    events: ['Normal Restored'],
    status: 'Running Ready',
  },
  {
    name: 'a Service deleted by hand',
    stage: { snapshot: { ...running, children: { ...running.children, Service: undefined } } },
    requests: [makeService],
    events: ['Normal Restored'],
    status: 'Running Ready',
  },
  {
    name: 'an orphan',
    stage: {
      snapshot: {
        ...running,
        children: { ...running.children, Deployment: aLiveDeployment(server, up, { ownerReferences: [] }) },
      },
    },
    requests: [setDeployment],
    events: ['Normal Adopted'],
    status: 'Running Ready',
  },
  {
    name: 'the name is taken by ours, which a stale cache does not show: no event says that it was missing',
    stage: {
      snapshot: { ...running, children: { ...running.children, Service: undefined } },
      hidden: [[services, service]],
    },
    requests: [makeService, 'get Service'],
    status: 'Running Ready',
  },
  {
    name: 'the name is taken by ours, which lost its labels and so is hidden from the cache',
    stage: {
      snapshot: { ...running, children: { ...running.children, Service: undefined } },
      hidden: [[services, aLiveService(server, { labels: {} })]],
    },
    requests: [makeService, 'get Service', setService],
    events: ['Normal Restored'],
    status: 'Running Ready',
  },
  {
    name: "the Service's name is taken by a stranger: no Deployment is made for it",
    stage: { snapshot: aSnapshot(), hidden: [[services, aLiveService(server, strange)]] },
    requests: [makeService, 'get Service', setStatus],
    events: ['Warning ForeignObject'],
    creationErrors: ['Service'],
    againAfter: 10,
    status: 'Failed ForeignObject',
  },
  {
    name: "the Deployment's name is taken by a stranger: the Service is taken back",
    stage: { snapshot: aSnapshot(), hidden: [[deployments, aLiveDeployment(server, up, strange)]] },
    requests: [
      makeService,
      makeDeployment,
      'get Deployment',
      'delete Service: only uid-service, only version 1001',
      setStatus,
    ],
    events: ['Warning ForeignObject'],
    creationErrors: ['Deployment'],
    againAfter: 10,
    status: 'Failed ForeignObject',
  },
  {
    name: "the Deployment's name is taken by a predecessor's: its end is waited for",
    stage: { snapshot: aSnapshot(), hidden: [[deployments, aLiveDeployment(server, up, predecessor)]] },
    requests: [makeService, makeDeployment, 'get Deployment', setStatus],
    status: 'Pending WaitingForDeletion',
  },
  {
    name: "the Deployment's name is taken by a predecessor's that lost our label: nobody will tell of its end",
    stage: {
      snapshot: aSnapshot({ children: { Deployment: undefined, Service: undefined } }),
      hidden: [[deployments, { ...deployment, metadata: { ...deployment.metadata, ...predecessor, labels: {} } }]],
    },
    requests: [makeService, makeDeployment, 'get Deployment', setStatus],
    creationErrors: ['Deployment'],
    againAfter: 10,
    status: 'Pending WaitingForDeletion',
  },
  {
    name: 'the Service cannot be taken back: both are told, and it is tried again',
    stage: {
      snapshot: aSnapshot({ children: { Deployment: undefined, Service: service } }),
      answers: {
        [makeDeployment]: [quota],
        [dropService]: [new ApiError('Forbidden', 'User "op" cannot delete resource "services"', { status: 403 })],
      },
    },
    requests: [makeDeployment, dropService, setStatus],
    creationErrors: ['Deployment'],
    events: ['Warning Forbidden'],
    againAfter: 10,
    status: 'Failed Forbidden',
  },
  {
    name: 'the name is taken by an orphan of ours: adopted at once',
    stage: { snapshot: aSnapshot(), hidden: [[services, aLiveService(server, { ownerReferences: [] })]] },
    requests: [makeService, 'get Service', setService, makeDeployment, setStatus],
    events: ['Normal Adopted'],
    status: 'Pending Starting',
  },
  {
    name: "a stranger's Deployment in sight: left alone, without a timer, for the watch will tell",
    stage: { snapshot: aSnapshot({ children: { ...both, Deployment: aLiveDeployment(server, up, strange) } }) },
    requests: [dropService, setStatus],
    events: ['Warning ForeignObject'],
    status: 'Failed ForeignObject',
  },
  {
    name: 'the quota refuses the Service',
    stage: { snapshot: aSnapshot(), answers: { [makeService]: [quota] } },
    requests: [makeService, setStatus],
    events: ['Warning QuotaExceeded'],
    creationErrors: ['Service'],
    againAfter: 10,
    status: 'Failed QuotaExceeded',
  },
  {
    name: 'the quota refuses the Deployment: nothing is left half made',
    stage: { snapshot: aSnapshot(), answers: { [makeDeployment]: [quota] } },
    requests: [makeService, makeDeployment, 'delete Service: only uid-service, only version 1001', setStatus],
    events: ['Warning QuotaExceeded'],
    creationErrors: ['Deployment'],
    againAfter: 10,
    status: 'Failed QuotaExceeded',
  },
  {
    name: 'an update is refused: what runs goes on, and its being older is told',
    stage: {
      snapshot: shown(aRunningSnapshot(), { image: 'bad' }),
      answers: { [setDeployment]: [new ApiError('Invalid', 'image is not allowed', { status: 422 })] },
    },
    requests: [setDeployment, setStatus],
    events: ['Warning Refused'],
    againAfter: 10,
    status: 'Running Refused',
  },
  {
    name: 'a webhook rewrites the Deployment as it is created: it is there, so that counts as no failed creation',
    stage: { snapshot: aSnapshot(), answers: { [makeDeployment]: [webhook] } },
    requests: [makeService, makeDeployment, setStatus],
    events: ['Warning Overridden'],
    againAfter: 10,
    status: 'Failed Overridden',
  },
  {
    name: 'the API server fails on the first create: thrown, nothing shown',
    stage: { snapshot: aSnapshot(), answers: { [makeService]: [broken] } },
    requests: [makeService],
    creationErrors: ['Service'],
    thrown: 'ServerError',
    status: 'none',
  },
  {
    name: 'the API server fails on the second create',
    stage: { snapshot: aSnapshot(), answers: { [makeDeployment]: [broken] } },
    requests: [makeService, makeDeployment],
    creationErrors: ['Deployment'],
    thrown: 'ServerError',
    status: 'none',
  },
  {
    name: 'the API server fails on an update, which is no failed creation',
    stage: { snapshot: shown(aRunningSnapshot(), { image: 'other' }), answers: { [setDeployment]: [broken] } },
    requests: [setDeployment],
    thrown: 'ServerError',
    status: 'Running Ready',
  },
  {
    name: 'the API server fails on the status: nothing is announced that is not shown',
    stage: {
      snapshot: aSnapshot({ server: aServer({ secretName: 'keys' }), secretExists: false }),
      answers: { [setStatus]: [broken] },
    },
    requests: [setStatus],
    thrown: 'ServerError',
    status: 'none',
  },
  {
    name: 'the object is another by now: read again',
    stage: {
      snapshot: shown(aRunningSnapshot(), { image: 'other' }),
      gone: [deployments],
      hidden: [[deployments, aLiveDeployment(server, up, { uid: 'uid-new' })]],
    },
    requests: [setDeployment],
    thrown: 'Conflict',
    status: 'Running Ready',
  },
  {
    name: 'the server was created again under its name: its status is not touched',
    stage: {
      snapshot: aSnapshot({ children: both }),
      gone: [mcpServers],
      hidden: [[mcpServers, aServer({}, { metadata: { ...server.metadata, uid: 'uid-2', resourceVersion: '2' } })]],
    },
    requests: [setStatus],
    thrown: 'Conflict',
    status: 'none',
  },
  {
    name: 'the Service to take back is gone already',
    stage: {
      snapshot: aSnapshot({ children: { ...both, Deployment: aLiveDeployment(server, up, strange) } }),
      gone: [services],
    },
    requests: [dropService, setStatus],
    events: ['Warning ForeignObject'],
    status: 'Failed ForeignObject',
  },
  {
    name: 'a missing Secret: one status, no children',
    stage: { snapshot: aSnapshot({ server: aServer({ secretName: 'keys' }), secretExists: false }) },
    requests: [setStatus],
    events: ['Warning SecretNotFound'],
    status: 'Failed SecretNotFound',
  },
  {
    name: 'an image that cannot be pulled',
    stage: { snapshot: { ...shown(aSnapshot({ children: both })), pods: [aWaitingPod('a', 'ErrImagePull')] } },
    requests: [setStatus],
    events: ['Warning ImagePullBackOff'],
    status: 'Failed ImagePullBackOff',
  },
  {
    name: 'a server that is being deleted: the garbage collector does the rest',
    stage: {
      snapshot: aSnapshot({
        server: aServer({}, { metadata: { ...server.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      }),
    },
    requests: [],
    status: 'none',
  },
];

const quiet: Omit<Pass, 'requests' | 'status'> = {
  events: [],
  creationErrors: [],
  againAfter: undefined,
  thrown: undefined,
};

describe('one pass', () => {
  for (const { name, stage, ...expected } of rows) {
    test(name, async () => assert.deepEqual(await createStage(stage).pass(), { ...quiet, ...expected }));
  }

  test('a server that is not there: nothing', async () => {
    const stage = createStage({ snapshot: aSnapshot() });
    stage.client.put(mcpServers, 'team-a/weather', undefined);
    stage.sync();
    assert.deepEqual(await stage.pass(), { ...quiet, requests: [], status: 'none' });
  });

  test('a webhook that rewrites an object each time in another way is not fought', async () => {
    let turn = 0;
    const other = (object: KubeObject): KubeObject => {
      turn += 1;
      return { ...object, metadata: { ...object.metadata, annotations: { turn: String(turn) } } };
    };
    const stage = createStage({ snapshot: aSnapshot(), answers: { [makeService]: Array(20).fill(other) } });
    const { requests, againAfter } = await stage.pass();
    assert.deepEqual(requests, [makeService, setStatus]);
    assert.equal(againAfter, 10);
  });
});

describe('what is logged', () => {
  test('each request, and each no with what it said', async () => {
    const stage = createStage({ snapshot: aSnapshot(), answers: { [makeDeployment]: [quota] } });
    await stage.pass();
    assert.deepEqual(stage.log.at('info'), ['Creating', 'Creating', 'Taking back', 'Writing the status']);
    const { fields } = stage.log.line('The API server says no');
    assert.deepEqual([fields.kind, fields.reason], ['Deployment', 'QuotaExceeded']);
  });

  test('what somebody else changed is named', async () => {
    const stage = createStage({ snapshot: { ...running, children: drifted } });
    await stage.pass();
    assert.deepEqual(stage.log.line('Putting right what somebody else changed').fields, {
      kind: 'Service',
      drift: 'spec.type',
    });
  });

  test('a settled server is not worth a line', async () => {
    const stage = createStage({ snapshot: running });
    await stage.pass();
    assert.deepEqual(stage.log.lines, []);
  });
});
