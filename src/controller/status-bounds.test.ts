import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  aLiveDeployment,
  aLiveService,
  aRunningSnapshot,
  aServer,
  aSnapshot,
  aWaitingPod,
  NOW,
} from '../../test/support/snapshots.ts';
import type { MCPServer, MCPServerStatus } from '../api/v1alpha1/mcp-server.ts';
import type { Deployment } from './resources.ts';
import type { Snapshot } from './snapshot.ts';
import { statusOf } from './status.ts';

/** The parts of a status that are not verdicts: when, of which generation, and in what bounds. */

const server = aServer();
/** The fixtures' time. */
const time = '2026-01-02T03:04:05Z';

function withStatus(status: Deployment['status'], fields: Partial<Snapshot> = {}): Snapshot {
  const children = { Deployment: aLiveDeployment(server, status), Service: aLiveService(server) };
  return aSnapshot({ server, children, ...fields });
}

describe('times and generations', () => {
  const at = (shown: MCPServerStatus, generation = 1): MCPServer => {
    const { metadata } = server;
    return { ...aServer({}, { metadata: { ...metadata, generation } }), status: shown };
  };
  const started = statusOf(withStatus({}));
  const timesOf = (status: MCPServerStatus) =>
    Object.fromEntries((status.conditions ?? []).map(({ type, lastTransitionTime }) => [type, lastTransitionTime]));

  test('lastTransitionTime moves with the status of its condition, and only then', () => {
    const later = aRunningSnapshot({ server: at(started), now: NOW + 10_000 });
    const moved = '2026-01-02T03:04:15Z';
    assert.deepEqual(timesOf(statusOf(later)), {
      Accepted: time,
      Available: moved,
      Verified: time,
      Progressing: time,
      Ready: moved,
    });
  });

  test('another reason for the same status is not a transition', () => {
    const later = withStatus(
      { replicas: 2, updatedReplicas: 2 },
      { server: at(started), now: NOW + 10_000, pods: [aWaitingPod('a', 'ErrImagePull')] },
    );
    const status = statusOf(later);
    assert.notDeepEqual(status.conditions, started.conditions);
    assert.deepEqual(timesOf(status), timesOf(started));
  });

  test('a condition that somebody took away begins anew', () => {
    const [first, ...others] = started.conditions ?? [];
    const later = withStatus({}, { server: at({ ...started, conditions: others }), now: NOW + 10_000 });
    assert.equal(first?.type, 'Accepted');
    assert.equal(timesOf(statusOf(later)).Accepted, '2026-01-02T03:04:15Z');
  });

  test('times have whole seconds, as the API server keeps them', () => {
    const status = statusOf(aSnapshot({ now: NOW + 999 }));
    assert.deepEqual(Object.values(timesOf(status)), [time, time, time, time, time]);
  });

  test("the generation is the snapshot's, everywhere", () => {
    const status = statusOf(aSnapshot({ server: at(started, 7) }));
    assert.deepEqual(
      [status.observedGeneration, ...(status.conditions ?? []).map((each) => each.observedGeneration)],
      [7, 7, 7, 7, 7, 7],
    );
  });
});

describe('what the API server would not take as it is', () => {
  const shout = (text: string): Snapshot =>
    withStatus({ conditions: [{ type: 'ReplicaFailure', status: 'True', message: text }] });
  const messagesOf = (snapshot: Snapshot): readonly string[] =>
    (statusOf(snapshot).conditions ?? []).map(({ message }) => message);

  test('a message is no longer than the schema lets in, whatever a webhook has to say', () => {
    for (const message of messagesOf(shout('no, '.repeat(20_000)))) assert.ok(message.length <= 32_768);
  });

  test('a message that is cut is still text: half a character would come back changed, and be written for ever', () => {
    for (const shift of ['', '.']) {
      for (const message of messagesOf(shout(shift + '🙈'.repeat(40_000)))) assert.ok(message.isWellFormed());
    }
  });
});
