import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRecordingClient, type RecordingClientOptions } from '../../test/support/recording-client.ts';
import {
  aLiveDeployment,
  aLiveService,
  aRunningSnapshot,
  aServer,
  aSnapshot,
  NOW,
} from '../../test/support/snapshots.ts';
import { ApiError } from '../runtime/errors.ts';
import type { KubeObject, ObjectMeta } from '../runtime/object.ts';
import { nameOf, type Resource } from '../runtime/resource.ts';
import { carryOut, writeStatus } from './act.ts';
import { appliedHash } from './objects/applied-hash.ts';
import { deploymentFor } from './objects/deployment.ts';
import { serviceFor } from './objects/service.ts';
import type { Step } from './plan.ts';
import type { RefusalReason } from './refusals.ts';
import { deployments, mcpServers, services } from './resources.ts';
import type { Refusable, Snapshot } from './snapshot.ts';

const server = aServer();
const wish = deploymentFor(server, { restricted: false, healthType: 'HTTP' });
const live = aLiveDeployment(server);
const service = aLiveService(server);
const drifted = { ...live, spec: { ...live.spec, replicas: 7 } };

const create: Step = { action: 'create', kind: 'Deployment', wish };
const update: Step = { action: 'update', kind: 'Deployment', wish, live: drifted, drift: 'spec.replicas' };
const adopt: Step = { action: 'adopt', kind: 'Deployment', wish, live };
const remove: Step = { action: 'remove', kind: 'Service', live: service };

const createIt = 'apply Deployment: only version 1';
const applyIt = 'apply Deployment: only uid-deployment, force';
const lookAtIt = 'get Deployment';
const removeIt = 'delete Service: only uid-service, only version 201';
const replaceIt = 'patch Deployment: only uid-deployment, only version 200';

function there(metadata: Partial<ObjectMeta> = {}): RecordingClientOptions['objects'] {
  return [[deployments, { ...live, metadata: { ...live.metadata, ...metadata } }]];
}

const serverError = new ApiError('ServerError', 'etcdserver: request timed out', { status: 500 });
const quota = new ApiError('Forbidden', 'deployments.apps "weather" is forbidden: exceeded quota: q', { status: 403 });
const otherUid = new ApiError('Invalid', 'Deployment.apps "weather" is invalid: metadata.uid: field is immutable', {
  status: 422,
  causes: [{ reason: 'FieldValueInvalid', field: 'metadata.uid' }],
});
const duplicatePort = new ApiError('Invalid', 'Duplicate value: "http"', {
  status: 422,
  causes: [{ reason: 'FieldValueDuplicate', field: 'spec.template.spec.containers[0].ports[1].name' }],
});
const otherImage = (object: KubeObject): KubeObject => {
  const { spec } = object as typeof live;
  return { ...object, spec: { ...spec, replicas: 9 } } as KubeObject;
};
const predecessor = {
  ownerReferences: [
    { apiVersion: 'mcp.mcp.dev/v1alpha1', kind: 'MCPServer', name: 'weather', uid: 'uid-0', controller: true },
  ],
};

interface Row {
  readonly name: string;
  readonly step: Step;
  readonly objects?: RecordingClientOptions['objects'];
  readonly answers?: RecordingClientOptions['answers'];
  /** Every request, in order. */
  readonly requests: readonly string[];
  /** What the step's child looks like afterwards: its uid, or `none`. Default `uid-deployment`. */
  readonly child?: string;
  /** Writes that others are told of. */
  readonly writes?: readonly string[];
  readonly refusal?: RefusalReason;
  /** Refusals by what was refused, where that is not the child. */
  readonly refused?: Partial<Record<Refusable, RefusalReason>>;
  readonly thrown?: ApiError['code'];
}

const wrote = ['deployments.apps'];

const rows: readonly Row[] = [
  { name: 'a create', step: create, requests: [createIt], writes: wrote },
  {
    name: 'a create where ours is: the cache had not seen it',
    step: create,
    objects: there(),
    requests: [createIt, lookAtIt],
  },
  {
    name: "a create where a stranger's is",
    step: create,
    objects: there({ uid: 'uid-stranger', ownerReferences: [], labels: {} }),
    requests: [createIt, lookAtIt],
    child: 'none',
    refusal: 'ForeignObject',
  },
  {
    name: "a create where a predecessor's is",
    step: create,
    objects: there({ uid: 'uid-old', ...predecessor }),
    requests: [createIt, lookAtIt],
    child: 'uid-old',
  },
  {
    name: 'a create where an orphan is',
    step: create,
    objects: there({ ownerReferences: [] }),
    requests: [createIt, lookAtIt],
  },
  {
    name: 'a create that is told the name is taken in other words',
    step: create,
    answers: { [createIt]: [new ApiError('AlreadyExists', 'already exists', { status: 409 })] },
    objects: there(),
    requests: [createIt, lookAtIt],
  },
  {
    name: 'a create where something is, without the right to look',
    step: create,
    objects: there(),
    answers: { [lookAtIt]: [new ApiError('Forbidden', 'cannot get resource "deployments"', { status: 403 })] },
    requests: [createIt, lookAtIt],
    child: 'none',
    refusal: 'Forbidden',
  },
  {
    name: "a create where a predecessor's is that lost our label: no watch will tell when it goes",
    step: create,
    objects: there({ uid: 'uid-old', ...predecessor, labels: { app: 'weather' } }),
    requests: [createIt, lookAtIt],
    child: 'none',
    refusal: 'WaitingForDeletion',
  },
  {
    name: 'a create where something was, and is gone when looked at',
    step: create,
    answers: { [createIt]: [new ApiError('Conflict', 'conflict', { status: 409 })] },
    requests: [createIt, lookAtIt],
    thrown: 'NotFound',
  },
  {
    name: 'a create that the quota refuses',
    step: create,
    answers: { [createIt]: [quota] },
    requests: [createIt],
    child: 'none',
    refusal: 'QuotaExceeded',
  },
  {
    name: 'a create that fails',
    step: create,
    answers: { [createIt]: [serverError] },
    requests: [createIt],
    thrown: 'ServerError',
  },
  {
    name: 'a create that a webhook rewrites',
    step: create,
    answers: { [createIt]: [otherImage] },
    requests: [createIt],
    writes: wrote,
    refusal: 'Overridden',
  },
  { name: 'an update', step: update, objects: there(), requests: [applyIt], writes: wrote },
  { name: 'an adoption', step: adopt, objects: there({ ownerReferences: [] }), requests: [applyIt], writes: wrote },
  {
    name: 'an update of what is gone: read again, do not create it by the way',
    step: update,
    requests: [applyIt],
    thrown: 'Conflict',
  },
  {
    name: 'an update of what is another object by now',
    step: update,
    objects: there(),
    answers: { [applyIt]: [otherUid] },
    requests: [applyIt],
    thrown: 'Conflict',
  },
  {
    name: 'an update that the API server does not take',
    step: update,
    objects: there(),
    answers: { [applyIt]: [new ApiError('Invalid', 'spec.replicas: Invalid value', { status: 422 })] },
    requests: [applyIt],
    child: 'uid-deployment',
    refusal: 'Refused',
  },
  {
    name: 'an update that a webhook rewrites',
    step: update,
    objects: there(),
    answers: { [applyIt]: [otherImage] },
    requests: [applyIt],
    writes: wrote,
    refusal: 'Overridden',
  },
  {
    name: 'an update where somebody gave our port another number',
    step: update,
    objects: there(),
    answers: { [applyIt]: [duplicatePort] },
    requests: [applyIt, replaceIt, applyIt],
    writes: wrote,
  },
  {
    name: 'an update whose port cannot be replaced either',
    step: update,
    objects: there(),
    answers: { [applyIt]: [duplicatePort], [replaceIt]: [new ApiError('Conflict', 'modified', { status: 409 })] },
    requests: [applyIt, replaceIt],
    thrown: 'Conflict',
  },
  { name: 'a removal', step: remove, objects: [[services, service]], requests: [removeIt], child: 'none' },
  { name: 'a removal of what is gone: as wished', step: remove, requests: [removeIt], child: 'none' },
  {
    name: 'a removal of what has changed since it was looked at',
    step: remove,
    objects: [[services, service]],
    answers: { [removeIt]: [new ApiError('Conflict', 'Precondition failed: UID', { status: 409 })] },
    requests: [removeIt],
    thrown: 'Conflict',
  },
  {
    name: 'a removal without the right to it',
    step: remove,
    objects: [[services, service]],
    answers: { [removeIt]: [new ApiError('Forbidden', 'cannot delete resource "services"', { status: 403 })] },
    requests: [removeIt],
    child: 'uid-service',
    refused: { TakeBack: 'Forbidden' },
  },
  {
    name: 'a removal that a webhook refuses',
    step: remove,
    objects: [[services, service]],
    answers: { [removeIt]: [new ApiError('Forbidden', 'admission webhook "w" denied the request', { status: 403 })] },
    requests: [removeIt],
    child: 'uid-service',
    refused: { TakeBack: 'Refused' },
  },
];

describe('one request', () => {
  for (const row of rows) {
    test(row.name, async () => {
      const children =
        row.step.action === 'create'
          ? { Deployment: undefined, Service: service }
          : { Deployment: live, Service: service };
      const snapshot = aSnapshot({ server, children });
      const client = createRecordingClient({ objects: row.objects ?? [], answers: row.answers ?? {} });
      const writes: string[] = [];
      const onWrite = (resource: Resource) => void writes.push(nameOf(resource));
      let after: Snapshot | undefined;
      let thrown: ApiError | undefined;
      try {
        after = await carryOut(client, row.step, snapshot, onWrite);
      } catch (error) {
        thrown = ApiError.from(error);
      }
      assert.equal(thrown?.code, row.thrown);
      assert.deepEqual(client.requests, row.requests);
      assert.deepEqual(writes, row.writes ?? []);
      if (after === undefined) return;
      const { [row.step.kind]: child } = after.children;
      assert.equal(child?.metadata.uid ?? 'none', row.child ?? 'uid-deployment');
      assert.equal(after.refusals[row.step.kind]?.reason, row.refusal);
      assert.equal(after.refusals.TakeBack?.reason, row.refused?.TakeBack);
    });
  }
});

describe('what is sent', () => {
  test('a create is the wish, on the condition that nothing is there', async () => {
    const sent: KubeObject[] = [];
    const noteIt = (object: KubeObject): KubeObject => {
      sent.push(object);
      return object;
    };
    const client = createRecordingClient({ answers: { [createIt]: [noteIt] } });
    await carryOut(client, create, aSnapshot(), () => undefined);
    assert.deepEqual(sent, [{ ...wish, metadata: { ...wish.metadata, resourceVersion: '1' } }]);
  });

  test('a refusal knows the wish that was refused, and when to try again', async () => {
    const client = createRecordingClient({ answers: { [createIt]: [quota] } });
    const { refusals } = await carryOut(client, create, aSnapshot(), () => undefined);
    assert.equal(refusals.Deployment?.hash, appliedHash(wish));
    assert.equal(refusals.Deployment?.retryAt, NOW + 10_000);
  });

  test('a success lifts the refusal of that child, and of no other', async () => {
    const refusal = { reason: 'Refused', message: '', hash: '', retryAt: NOW, times: 3 } as const;
    const before = aSnapshot({ refusals: { Deployment: refusal, Service: refusal } });
    const { refusals } = await carryOut(createRecordingClient(), create, before, () => undefined);
    assert.deepEqual([refusals.Deployment, refusals.Service], [undefined, refusal]);
  });

  test('the answer becomes the child: status, version and all', async () => {
    const before = aRunningSnapshot();
    const client = createRecordingClient({ objects: [[services, service]] });
    const step: Step = { action: 'update', kind: 'Service', wish: serviceFor(server, 'None'), live: service };
    const { children } = await carryOut(client, step, before, () => undefined);
    assert.deepEqual(children.Service, client.stored(services, 'team-a/weather'));
    assert.equal(children.Deployment, before.children.Deployment);
  });
});

describe('writing a status', () => {
  const status = { phase: 'Running' } as const;

  test('is an apply of the status alone, to this very object', async () => {
    const client = createRecordingClient({ objects: [[mcpServers, server]] });
    const stored = await writeStatus(client, server, status);
    assert.deepEqual(client.requests, ['apply MCPServer/status: only as seen, only uid-1, force']);
    assert.deepEqual(stored.status, status);
  });

  test('does not touch a namesake that was created in the meantime', async () => {
    const namesake = { ...server, metadata: { ...server.metadata, uid: 'uid-2', resourceVersion: '2' } };
    const client = createRecordingClient({ objects: [[mcpServers, namesake]] });
    await assert.rejects(writeStatus(client, server, status), { code: 'Conflict' });
    assert.deepEqual(client.stored(mcpServers, 'team-a/weather'), namesake);
  });
});
