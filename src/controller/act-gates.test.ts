import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRecordingClient } from '../../test/support/recording-client.ts';
import { NOW } from '../../test/support/snapshots.ts';
import { aServingPod, aVerifiedSnapshot, GATE } from '../../test/support/verified-snapshots.ts';
import { ApiError } from '../runtime/errors.ts';
import { nameOf } from '../runtime/resource.ts';
import { setGate } from './act.ts';
import { pods } from './resources.ts';
import { gateOf } from './verification.ts';

/** One request to one pod's status, bound to that pod. */

const pod = aServingPod('a', { gate: 'unset' });
const other = aServingPod('b', { gate: 'unset' });
const snapshot = aVerifiedSnapshot({ pods: [pod, other] });
const request = 'apply Pod/status: only uid-a, force';
const opening = { open: true, reason: 'HandshakePassed' } as const;
const nobody = () => assert.fail('nothing was written');

describe('setGate', () => {
  for (const [open, reason] of [
    [true, 'HandshakePassed'],
    [true, 'NotDecisive'],
    [false, 'HandshakeFailed'],
  ] as const) {
    test(`${open ? 'opens' : 'shuts'}: ${reason}`, async () => {
      const client = createRecordingClient({ objects: [[pods, pod]] });
      const written: string[] = [];
      const after = await setGate(client, { pod, open, reason }, snapshot, (resource, stored) => {
        written.push(`${nameOf(resource)} ${stored.metadata.name}`);
      });
      assert.deepEqual(client.requests, [request]);
      assert.deepEqual(written, ['pods a']);
      const stored = client.stored(pods, 'team-a/a');
      assert.deepEqual(stored?.status?.conditions, [
        {
          type: GATE,
          status: open ? 'True' : 'False',
          reason,
          lastTransitionTime: new Date(NOW).toISOString().replace('.000Z', 'Z'),
        },
      ]);
      const [changed, untouched] = after.pods;
      assert.equal(
        changed === undefined ? undefined : gateOf({ ...changed, spec: pod.spec ?? {} }),
        open ? 'True' : 'False',
      );
      assert.equal(untouched, other);
    });
  }

  test('the snapshot before stays as it was', async () => {
    const client = createRecordingClient({ objects: [[pods, pod]] });
    await setGate(client, { pod, ...opening }, snapshot, () => undefined);
    assert.equal(snapshot.pods[0], pod);
    assert.equal(gateOf(pod), undefined);
  });

  test('a pod that is gone is left to its watch', async () => {
    const gone = new ApiError('NotFound', 'pods "a" not found', { status: 404 });
    const client = createRecordingClient({ objects: [[pods, pod]], answers: { [request]: [gone] } });
    assert.equal(await setGate(client, { pod, ...opening }, snapshot, nobody), snapshot);
  });

  test('another pod of the same name is not written to, and is read again', async () => {
    const namesake = { ...pod, metadata: { ...pod.metadata, uid: 'uid-next' } };
    const client = createRecordingClient({ objects: [[pods, namesake]] });
    await assert.rejects(setGate(client, { pod, ...opening }, snapshot, nobody), { code: 'Conflict' });
    assert.equal(client.stored(pods, 'team-a/a'), namesake);
  });

  test('a conflict is tried again: left to the watch of a pod that does not change, its gate stayed shut', async () => {
    const conflict = new ApiError('Conflict', 'the object has been modified', { status: 409 });
    const client = createRecordingClient({ objects: [[pods, pod]], answers: { [request]: [conflict] } });
    await assert.rejects(setGate(client, { pod, ...opening }, snapshot, nobody), { code: 'Conflict' });
  });

  for (const code of ['Forbidden', 'ServerError', 'Timeout'] as const) {
    test(`${code} is thrown, to be tried again`, async () => {
      const answers = { [request]: [new ApiError(code, 'no')] };
      const client = createRecordingClient({ objects: [[pods, pod]], answers });
      await assert.rejects(setGate(client, { pod, open: false, reason: 'HandshakeFailed' }, snapshot, nobody), {
        code,
      });
    });
  }
});
