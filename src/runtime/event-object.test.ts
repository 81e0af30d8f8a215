import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EventSubject, eventMessage, eventNamespace, newEvent } from './event-object.ts';

const resource = { group: 'mcp.mcp.dev', version: 'v1alpha1', kind: 'MCPServer' };
const weather: EventSubject = {
  resource,
  metadata: { namespace: 'team-a', name: 'weather', uid: 'uid-1', resourceVersion: '42' },
};
const node: EventSubject = { resource: { group: '', version: 'v1', kind: 'Node' }, metadata: { name: 'node-1' } };
const happening = { type: 'Warning', reason: 'SecretNotFound', message: 'create it' } as const;
const source = { component: 'smooth-operator', instance: 'pod-1' };
const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

describe('event', () => {
  test('says what happened to whom, when, and who says so', () => {
    assert.deepEqual(newEvent(weather, happening, source, time, 1), {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'team-a', name: `weather.${time.toString(16)}0001` },
      involvedObject: {
        apiVersion: 'mcp.mcp.dev/v1alpha1',
        kind: 'MCPServer',
        namespace: 'team-a',
        name: 'weather',
        uid: 'uid-1',
        resourceVersion: '42',
      },
      type: 'Warning',
      reason: 'SecretNotFound',
      message: 'create it',
      count: 1,
      firstTimestamp: '2026-01-02T03:04:05Z',
      lastTimestamp: '2026-01-02T03:04:05Z',
      source: { component: 'smooth-operator' },
      reportingComponent: 'smooth-operator',
      reportingInstance: 'pod-1',
    });
  });

  test('about something without a namespace lives in default', () => {
    const event = newEvent(node, happening, source, time, 0);
    assert.equal(event.metadata.namespace, 'default');
    assert.deepEqual(event.involvedObject, { apiVersion: 'v1', kind: 'Node', name: 'node-1' });
    assert.equal(eventNamespace(node), 'default');
    assert.equal(eventNamespace(weather), 'team-a');
  });

  test('names differ, even in the same millisecond', () => {
    const names = [1, 2, 65_535, 65_536].map(
      (serial) => newEvent(weather, happening, source, time, serial).metadata.name,
    );
    assert.equal(new Set(names).size, 4);
  });

  test('the name of a long name is cut to what the API server takes, and stays unique', () => {
    const subject = { resource, metadata: { name: 'x'.repeat(253) } };
    const names = [1, 2].map((serial) => newEvent(subject, happening, source, time, serial).metadata.name);
    assert.equal(names[0]?.length, 253);
    assert.notEqual(names[0], names[1]);
  });
});

describe('event message', () => {
  test('is cut at 1,024 bytes, not in the middle of a character', () => {
    assert.equal(eventMessage('x'.repeat(1_024)), 'x'.repeat(1_024));
    const cut = eventMessage('ä'.repeat(600));
    assert.equal(Buffer.byteLength(cut), 1_023);
    assert.ok(cut.endsWith('ä…'));
  });

  test('hides credentials', () => {
    assert.equal(
      eventMessage('pull from https://jo:pw@registry/x failed'),
      'pull from https://[redacted]@registry/x failed',
    );
  });
});
